"""Named figures. Each takes `as_of` and answers plain JSON values."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise

from zhiji.flow.act.models import Rule
from zhiji.flow.deliver.queries import sent_and_opened
from zhiji.flow.measure.effect import effect_of
from zhiji.flow.measure.metric import Metric
from zhiji.flow.measure.models import Snapshot
from zhiji.flow.profile.queries import owned_sql, population
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.queries import schemes, sizes_of_classes
from zhiji.kernel.clock import day_of
from zhiji.kernel.properties import property_sql
from zhiji.kernel.registry import offered


def kept() -> dict[str, Any]:
    """Every kept metric's last value, by name, in one read."""
    return {row.name: row.data for row in Snapshot.objects.exclude(data=None)}


def troubles() -> list[tuple[str | Promise, datetime | None]]:
    """(label, as of when its value is) of each metric that couldn't be computed when it was last tried; None where
    there is no value yet."""
    labels = {one.name: one.label for one in offered(Metric)}
    failed = Snapshot.objects.exclude(trouble="").order_by("name")
    return [(labels.get(row.name, row.name), None if row.data is None else row.as_of) for row in failed]


def metric(name: str, as_of: datetime, owner: int | None = None) -> Snapshot | None:
    """A metric's last value; of one that is kept elsewhere, and of one owner's customers, what it is now."""
    for one in offered(Metric):
        if one.name == name and (one.every is None or owner is not None):
            return Snapshot(name=name, as_of=as_of, data=one.compute(as_of, owner), trouble="")
    return Snapshot.objects.filter(name=name).first()


def _rows(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_SIGNED = f"""CASE name WHEN 'order_paid' THEN {property_sql("amount", "number")}
    ELSE -{property_sql("amount", "number")} END"""
"""Revenue: what was paid less what was given back, each by its own day."""
_MONEY = "('order_paid', 'order_refunded')"
SPAN = timedelta(days=30)


def takings(start: datetime, end: datetime, owner: int | None = None) -> tuple[Decimal, int]:
    """(revenue, orders paid) in (start, end]."""
    (found,) = _rows(
        f"""
        SELECT coalesce(sum({_SIGNED}), 0) AS amount, count(*) FILTER (WHERE name = 'order_paid') AS orders
        FROM kernel_fact WHERE name IN {_MONEY} AND occurred_at > %(start)s AND occurred_at <= %(end)s{_among(owner)}
        """,
        owner=owner,
        start=start,
        end=end,
    )
    return found["amount"], found["orders"]


def _among(owner: int | None) -> str:
    """Facts of an owner's customers only; nothing is joined for everybody's."""
    if owner is None:
        return ""
    return f" AND customer_id IN (SELECT id FROM resolve_customer WHERE {owned_sql('root_id')})"


def totals(as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """Customers, those active and those registered in 30 days, revenue and orders of 30 days and the 30 before,
    messages of 30 days."""
    people = population(as_of, SPAN, owner)
    (amount, orders), (amount_before, orders_before) = (
        takings(as_of - SPAN, as_of, owner),
        takings(as_of - 2 * SPAN, as_of - SPAN, owner),
    )
    sent, opened = sent_and_opened(as_of - SPAN, as_of, owner)
    return {
        "customers": people.customers,
        "active": people.active,
        "registered": people.registered,
        "sent": sent,
        "opened": opened,
        "active_share": people.active / max(1, people.customers),
        "orders": orders,
        "amount": float(amount),
        "orders_before": orders_before,
        "amount_before": float(amount_before),
    }


def class_sizes(as_of: datetime, owner: int | None = None) -> list[dict[str, Any]]:
    """Schemes with their classes in order, each with its size."""
    return sizes_of_classes(owner)


def class_moves(as_of: datetime, owner: int | None = None) -> list[dict[str, Any]]:
    """Per scheme, how many customers were in which class 30 days ago and are in which other one now, as its page says;
    of a scheme whose figure is still being computed, nothing."""
    found = []
    for scheme in schemes():
        kept = figure("movements", scheme.key, as_of, owner)
        names = {one.key: one.name for one in scheme.classes.all()}
        found += [
            {"scheme": scheme.key, "from_key": source, "from_name": names.get(source, ""), "to_key": target,
             "to_name": names.get(target, ""), "customers": count}
            for source, target, count in (kept.data if kept else ())
        ]  # fmt: skip
    return found


def recency_frequency(as_of: datetime, owner: int | None = None) -> list[dict[str, Any]]:
    """Customers and their amount of a year by recency score × frequency score (1 to 5)."""
    return _rows(
        f"""
        SELECT m.recency_score AS recency, m.frequency_score AS frequency, count(*) AS customers,
               coalesce(sum(m.amount_365d), 0)::float AS amount
        FROM profile_measures AS m JOIN profile_portrait AS p USING (customer_id)
        WHERE NOT p.merged AND m.recency_score IS NOT NULL AND m.frequency_score IS NOT NULL
          AND {owned_sql("p.customer_id")}
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        owner=owner,
    )


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(as_of: datetime, owner: int | None = None) -> list[dict[str, Any]]:
    """The last 53 weeks that have begun, Monday first in the workspace's zone: revenue, orders, who bought."""
    return _rows(
        f"""
        SELECT to_char(date_trunc('week', f.occurred_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD') AS week,
               coalesce(sum({_SIGNED}), 0)::float AS amount, count(*) FILTER (WHERE name = 'order_paid') AS orders,
               count(DISTINCT c.root_id) FILTER (WHERE name = 'order_paid') AS customers
        FROM kernel_fact AS f JOIN resolve_customer AS c ON c.id = f.customer_id
        WHERE f.name IN {_MONEY} AND f.occurred_at <= %(as_of)s
          AND f.occurred_at >= (%(start)s)::timestamp AT TIME ZONE %(zone)s AND {owned_sql("c.root_id")}
        GROUP BY 1 ORDER BY 1
        """,
        owner=owner,
        zone=settings.TIME_ZONE,
        start=(monday_of(day_of(as_of)) - timedelta(weeks=52)).isoformat(),
        as_of=as_of,
    )


def rule_effects(as_of: datetime, owner: int | None = None) -> list[dict[str, Any]]:
    """Every rule's arms, messages and difference with its bounds."""
    found = []
    for rule in Rule.objects.order_by("id"):
        effect = effect_of(rule, as_of, owner)
        interval = effect.interval
        found.append(
            {
                "key": rule.key,
                "name": rule.name,
                "enabled": rule.enabled_at is not None,
                "goal_days": int(rule.goal.get("days", 14)),
                "treated": {**asdict(effect.treated), "share": effect.treated.share},
                "held_out": {**asdict(effect.held_out), "share": effect.held_out.share},
                "sent": effect.sent,
                "opened": effect.opened,
                "clicked": effect.clicked,
                "difference": interval.difference,
                "low": interval.low,
                "high": interval.high,
                "verdict": interval.verdict if min(effect.treated.entries, effect.held_out.entries) else "open",
            }
        )
    return found


def buyers_between(start: datetime, end: datetime, limit: int, owner: int | None) -> list[int]:
    """Root ids of those who paid an order in [start, end), at most `limit`."""
    rows = _rows(
        f"""
        SELECT DISTINCT c.root_id AS id
        FROM kernel_fact AS f JOIN resolve_customer AS c ON c.id = f.customer_id
        WHERE f.name = 'order_paid' AND f.occurred_at >= %(start)s AND f.occurred_at < %(end)s
          AND {owned_sql("c.root_id")} LIMIT %(limit)s
        """,
        owner=owner,
        start=start,
        end=end,
        limit=limit,
    )
    return [row["id"] for row in rows]
