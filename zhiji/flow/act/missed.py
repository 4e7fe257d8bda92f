"""What a rule couldn't look at because it raised is kept, and looked at again once it is mended, or after a while.

Kept is where to find it: the facts' place in the log, the changes that concern the rule, the span of time. What
happened has the same occasion however often it is seen, so whoever came in before doesn't come in twice.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection
from msgspec.structs import replace

from zhiji.flow.act.chain import chains_in
from zhiji.flow.act.models import Missed, Rule
from zhiji.flow.act.triggers import Moment
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.live.batch_changes import Change

AGAIN = timedelta(minutes=1)
FACTS, CHANGES = 20_000, 5_000
"""What one row holds at most; more becomes another row."""


def keep(rule: Rule, moment: Moment) -> None:
    """Note down what this round showed the rule; rounds without a gap are one row."""
    changes = [msgspec.to_builtins(change) for change in moment.changes if _concerns(rule, change)]
    first = last = None
    if moment.names:
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(fact_id), max(fact_id) FROM batch")
            first, last = cursor.fetchone()
    row = Missed.objects.filter(rule=rule, as_of=moment.since).order_by("id").last()
    if row is None or len(row.changes) + len(changes) > CHANGES or (last or 0) - (row.first_fact or last or 0) > FACTS:
        row = Missed(rule=rule, since=moment.since)
    row.as_of = row.tried_at = moment.as_of
    row.first_fact, row.last_fact = row.first_fact or first, last or row.last_fact
    row.changes = [*row.changes, *changes]
    row.save()


def due(rules: Iterable[Rule], as_of: datetime) -> Iterator[tuple[Missed, Rule, Moment]]:
    """Of each rule the oldest of what it missed, if it was mended since or some time has passed."""
    by_id = {rule.pk: rule for rule in rules}
    for row in Missed.objects.filter(rule__in=by_id).order_by("rule_id", "id").distinct("rule_id"):
        rule = by_id[row.rule_id]
        if not rule.trouble or as_of - row.tried_at >= AGAIN:
            yield row, rule, _moment(row, rule, as_of)


def settled(row: Missed, rule: Rule) -> None:
    """The rule has looked at this."""
    row.delete()
    if not Missed.objects.filter(rule=rule).exists():
        Rule.objects.filter(pk=rule.pk).update(trouble="")


def _concerns(rule: Rule, change: Change) -> bool:
    asked: Any = rule.trigger if isinstance(rule.trigger, dict) else {}
    if change.scheme_key is not None:
        return bool(asked.get("scheme") == change.scheme_key)
    return bool(asked.get("segment") == change.segment_key)


def _moment(row: Missed, rule: Rule, as_of: datetime) -> Moment:
    """The round as the rule would have seen it, its facts in the temporary table `missed`."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.missed")
        cursor.execute(
            "CREATE TEMP TABLE missed ON COMMIT DROP AS"
            " SELECT id AS fact_id, name, customer_id, occurred_at, received_at, properties"
            " FROM kernel_fact WHERE id BETWEEN %s AND %s",
            [row.first_fact or 0, row.last_fact or -1],
        )
        cursor.execute("SELECT DISTINCT name FROM missed")
        names = frozenset(name for (name,) in cursor.fetchall())
    changes = msgspec.convert(row.changes, list[Change])
    roots = dict(
        Customer.objects.filter(pk__in={change.customer_id for change in changes}).values_list("id", "root_id")
    )
    enabled_at = rule.enabled_at or as_of
    return Moment(
        since=max(row.since, enabled_at),
        as_of=row.as_of,
        enabled_at=enabled_at,
        changes=[
            replace(change, customer_id=roots[change.customer_id]) for change in changes if change.customer_id in roots
        ],
        names=names,
        chains=chains_in("missed") if names else {},
        facts="missed",
        now=as_of,
    )
