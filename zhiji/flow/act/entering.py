"""Take customers into rules: the last stage of the pipeline, in the transaction of what follows.

Candidates of a rule's trigger pass, in order: the loop guard, re-entry, the audience, the hold-out. Those left
become entries by one insert; (rule, customer, occasion) is unique, so nothing enters twice, whatever crashes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db import connection, transaction

from zhiji.flow.act import anniversaries, missed
from zhiji.flow.act.chain import barred, chains_in
from zhiji.flow.act.holdout import held_out
from zhiji.flow.act.models import Missed, Rule, RuleEntry
from zhiji.flow.act.triggers import Candidate, Moment, Trigger, parse
from zhiji.flow.segment.evaluate import verdicts
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.models import Watermark
from zhiji.kernel.pipeline import Batch

log = structlog.get_logger()
CLOCK = "act.clock"
TICK = timedelta(seconds=1)


def run(batch: Batch) -> None:
    """Turn what a batch brought, and what the clock brought since the last round, into entries."""
    changed = anniversaries.changed_in(batch)
    if changed:
        anniversaries.refresh(changed)
    last = Watermark.objects.filter(name=CLOCK).values_list("at", flat=True).first()
    ticked = last is None or batch.as_of - last >= TICK
    if not (batch.count or batch.changes or ticked):
        return
    rules = list(Rule.objects.filter(enabled_at__isnull=False, archived_at=None).order_by("id"))
    if rules:
        if ticked:
            _catch_up(rules, batch.as_of)
        _fire(rules, batch, since=last or batch.as_of)
    if last is None or batch.as_of > last:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO kernel_watermark (name, at) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at",
                [CLOCK, batch.as_of],
            )


def _fire(rules: Sequence[Rule], batch: Batch, since: datetime) -> None:
    chains = chains_in("batch") if batch.count else {}
    for rule in rules:
        enabled_at = rule.enabled_at or batch.as_of
        moment = Moment(
            since=max(since, enabled_at),
            as_of=batch.as_of,
            enabled_at=enabled_at,
            changes=batch.changes,
            names=batch.names,
            chains=chains,
        )
        _fire_one(rule, moment)


def _fire_one(rule: Rule, moment: Moment) -> None:
    """One rule, behind a savepoint: what is wrong with it is shown on its page, stops no other and loses nobody."""
    try:
        with transaction.atomic():
            enter(rule, fired(rule, parse(rule.trigger), moment), moment.as_of)
    except Exception as error:
        if of_the_house(error):
            raise
        _troubled(rule, error)
        missed.keep(rule, moment)


def _catch_up(rules: Sequence[Rule], as_of: datetime) -> None:
    """Let rules look again at what they missed, each at one piece a round."""
    for row, rule, moment in missed.due(rules, as_of):
        try:
            with transaction.atomic():
                enter(rule, fired(rule, parse(rule.trigger), moment), as_of)
                missed.settled(row, rule)
        except Exception as error:
            if of_the_house(error):
                raise
            _troubled(rule, error)
            Missed.objects.filter(pk=row.pk).update(tried_at=as_of)


def _troubled(rule: Rule, error: Exception) -> None:
    log.exception("a rule couldn't take anybody in", rule=rule.key)
    rule.trouble = f"{type(error).__name__}: {error}"[:500]
    Rule.objects.filter(pk=rule.pk).update(trouble=rule.trouble)


def fired(rule: Rule, trigger: Trigger, moment: Moment) -> list[Candidate]:
    """The trigger's candidates but those whom the rule's own doing brought (see chain.py), or who come too late."""
    grace = None if rule.grace_hours is None else timedelta(hours=rule.grace_hours)
    return [
        one
        for one in trigger.candidates(moment)
        if not barred(rule.key, one.chain) and (grace is None or one.late <= grace)
    ]


def enter(rule: Rule, candidates: Sequence[Candidate], as_of: datetime) -> int:
    """Enter into the rule those candidates whom its policy lets in. Returns how many came."""
    if not candidates:
        return 0
    before = _entered_before(rule, sorted({one.customer_id for one in candidates}))
    chosen = _may_reenter(rule, candidates, before, as_of)
    if chosen and rule.audience is not None:
        ids = sorted({one.customer_id for one in chosen})
        inside = verdicts({"audience": rule.audience}, ids, as_of)["audience"]
        chosen = [one for one in chosen if one.customer_id in inside]
    if not chosen:
        return 0
    share = float(rule.holdout)
    alone = {
        one.customer_id
        for one in chosen
        if held_out(rule.key, one.customer_id, share) or (share and before.get(one.customer_id, (None, False))[1])
    }
    return _insert(rule, chosen, alone, as_of)


def _entered_before(rule: Rule, customer_ids: list[int]) -> dict[int, tuple[datetime, bool]]:
    """Of each root: its last entry, by whichever of the merged customers, and whether a merged one was held out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.root_id, max(e.entered_at), bool_or(e.state = 'held_out' AND e.customer_id <> c.root_id)
            FROM resolve_customer c JOIN act_ruleentry e ON e.customer_id = c.id AND e.rule_id = %s
            WHERE c.root_id = ANY(%s) GROUP BY c.root_id
            """,
            [rule.pk, customer_ids],
        )
        return {root: (at, held) for root, at, held in cursor.fetchall()}


def _may_reenter(
    rule: Rule, candidates: Sequence[Candidate], before: dict[int, tuple[datetime, bool]], as_of: datetime
) -> list[Candidate]:
    """`reentry_days` None: once ever; N: once in N days, so at most once a day; 0: on every occasion."""
    if rule.reentry_days == 0:
        return list(candidates)
    chosen: dict[int, Candidate] = {}
    for one in candidates:
        if one.customer_id in chosen:
            continue
        earlier = before.get(one.customer_id)
        waited = earlier is None or (
            rule.reentry_days is not None and as_of - earlier[0] >= timedelta(days=rule.reentry_days)
        )
        if waited:
            chosen[one.customer_id] = one
    return list(chosen.values())


def _insert(rule: Rule, chosen: Sequence[Candidate], alone: set[int], as_of: datetime) -> int:
    rows: list[tuple[Any, ...]] = []
    for one in chosen:
        state = RuleEntry.State.HELD_OUT if one.customer_id in alone else RuleEntry.State.RUNNING
        why = {**one.why, "at": one.at, "chain": [*one.chain, rule.key]}
        rows.append((one.customer_id, one.occasion, state.value, orjson.dumps(why, default=str).decode()))
    customers, occasions, states, whys = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO act_ruleentry (rule_id, version, customer_id, occasion, entered_at, due_at, state, why)
            SELECT %s, %s, customer_id, occasion, %s, %s, state, why::jsonb
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS t (customer_id, occasion, state, why)
            ON CONFLICT (rule_id, customer_id, occasion) DO NOTHING
            """,
            [rule.pk, rule.version, as_of, as_of, customers, occasions, states, whys],
        )
        came = int(cursor.rowcount)
    log.info("customers entered a rule", rule=rule.key, entered=came, held_out=len(alone))
    return came
