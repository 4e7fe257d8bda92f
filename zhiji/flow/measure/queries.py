"""Named figures. Each takes `as_of` and answers plain JSON values."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from zhiji.flow.act.models import Rule
from zhiji.flow.measure.effect import effect_of
from zhiji.flow.measure.models import Snapshot
from zhiji.kernel.clock import day_of


def snapshot(name: str, default: Any = None) -> Any:
    """The last computed value of a metric."""
    row = Snapshot.objects.filter(name=name).values_list("data", flat=True).first()
    return default if row is None else row


def snapshots() -> dict[str, Snapshot]:
    """Every metric's last value, by name, in one read."""
    return {row.name: row for row in Snapshot.objects.all()}


def _rows(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def totals(as_of: datetime) -> dict[str, Any]:
    """Customers, those active in 30 days, orders and revenue of 30 days and the 30 before."""
    month = timedelta(days=30)
    (customers,) = _rows(
        """
        SELECT count(*) AS customers,
               count(*) FILTER (WHERE last_seen_at > %(since)s) AS active,
               count(*) FILTER (WHERE registered_at > %(since)s) AS registered
        FROM profile_portrait WHERE NOT merged
        """,
        since=as_of - month,
    )
    spans = _rows(
        """
        SELECT occurred_at > %(middle)s AS recent, count(*) AS orders,
               coalesce(sum((properties ->> 'amount')::numeric), 0)::float AS amount
        FROM kernel_fact
        WHERE name = 'order_paid' AND occurred_at > %(start)s AND occurred_at <= %(as_of)s
        GROUP BY 1
        """,
        start=as_of - 2 * month,
        middle=as_of - month,
        as_of=as_of,
    )
    by_span = {row["recent"]: row for row in spans}
    nothing = {"orders": 0, "amount": 0.0}
    now, before = by_span.get(True, nothing), by_span.get(False, nothing)
    (sent,) = _rows(
        "SELECT count(*) AS sent, count(*) FILTER (WHERE opened_at IS NOT NULL) AS opened"
        " FROM deliver_message WHERE sent_at > %(since)s",
        since=as_of - month,
    )
    return {
        **customers,
        **sent,
        "active_share": customers["active"] / max(1, customers["customers"]),
        "orders": now["orders"],
        "amount": now["amount"],
        "orders_before": before["orders"],
        "amount_before": before["amount"],
    }


def class_sizes(as_of: datetime, owner_id: int | None = None) -> list[dict[str, Any]]:
    """Schemes with their classes in order, each with its size; of one owner's customers when given."""
    join = "JOIN profile_portrait p ON p.customer_id = c.customer_id AND p.owner_id = %(owner)s" if owner_id else ""
    rows = _rows(
        f"""
        SELECT scheme.key AS scheme, scheme.name AS scheme_name, class.key, class.name, class.colour,
               coalesce(held.size, 0) AS size
        FROM segment_schemeclass AS class
        JOIN segment_scheme AS scheme ON scheme.id = class.scheme_id
        LEFT JOIN (
            SELECT c.scheme_class_id, count(*) AS size FROM segment_classification AS c {join} GROUP BY 1
        ) AS held ON held.scheme_class_id = class.id
        ORDER BY scheme.id, class.position
        """,
        owner=owner_id,
    )
    schemes: dict[str, dict[str, Any]] = {}
    for row in rows:
        scheme = schemes.setdefault(row["scheme"], {"key": row["scheme"], "name": row["scheme_name"], "classes": []})
        scheme["classes"].append({name: row[name] for name in ("key", "name", "colour", "size")})
    return list(schemes.values())


def recency_frequency(as_of: datetime) -> list[dict[str, Any]]:
    """Customers and their amount of a year by recency score × frequency score (1 to 5)."""
    return _rows(
        """
        SELECT m.recency_score AS recency, m.frequency_score AS frequency, count(*) AS customers,
               coalesce(sum(m.amount_365d), 0)::float AS amount
        FROM profile_measures AS m JOIN profile_portrait AS p USING (customer_id)
        WHERE NOT p.merged AND m.recency_score IS NOT NULL AND m.frequency_score IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2
        """
    )


def weeks(as_of: datetime) -> list[dict[str, Any]]:
    """The last 53 weeks that have begun, Monday first in the workspace's zone: revenue, orders, who bought."""
    monday = day_of(as_of) - timedelta(days=day_of(as_of).weekday())
    return _rows(
        """
        SELECT to_char(date_trunc('week', f.occurred_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD') AS week,
               coalesce(sum((f.properties ->> 'amount')::numeric), 0)::float AS amount,
               count(*) AS orders, count(DISTINCT c.root_id) AS customers
        FROM kernel_fact AS f JOIN resolve_customer AS c ON c.id = f.customer_id
        WHERE f.name = 'order_paid' AND f.occurred_at <= %(as_of)s
          AND f.occurred_at >= (%(start)s)::timestamp AT TIME ZONE %(zone)s
        GROUP BY 1 ORDER BY 1
        """,
        zone=settings.TIME_ZONE,
        start=(monday - timedelta(weeks=52)).isoformat(),
        as_of=as_of,
    )


def rule_effects(as_of: datetime) -> list[dict[str, Any]]:
    """Every rule's arms, messages and difference with its bounds."""
    found = []
    for rule in Rule.objects.order_by("id"):
        effect = effect_of(rule, as_of)
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


def buyers_between(start: datetime, end: datetime, limit: int) -> list[int]:
    """Root ids of those who paid an order in [start, end), at most `limit`."""
    rows = _rows(
        """
        SELECT DISTINCT c.root_id AS id
        FROM kernel_fact AS f JOIN resolve_customer AS c ON c.id = f.customer_id
        WHERE f.name = 'order_paid' AND f.occurred_at >= %(start)s AND f.occurred_at < %(end)s LIMIT %(limit)s
        """,
        start=start,
        end=end,
        limit=limit,
    )
    return [row["id"] for row in rows]
