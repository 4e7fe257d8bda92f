"""Figures by API: the dashboard's metrics and each rule's effect."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from zhiji.access.tokens import scoped
from zhiji.flow.act.models import Rule
from zhiji.flow.measure import queries
from zhiji.flow.measure.effect import ArmCount, effect_of
from zhiji.flow.measure.models import Snapshot
from zhiji.flow.profile.queries import only_owner
from zhiji.kernel import clock

router = Router(tags=["measure"])
CENT = Decimal("0.01")


class MetricOut(Schema):
    """`trouble` says why it couldn't be computed when it was last tried; `data` is from `as_of`, before that."""

    name: str
    as_of: datetime
    data: Any
    trouble: str


class ArmOut(Schema):
    """`amount` is in the workspace's currency."""

    entries: int
    reached: int
    share: float
    facts: int
    amount: Decimal


class EffectOut(Schema):
    """`difference` of the shares who reached the goal, treated minus held out, with its 95 % bounds."""

    rule: str
    treated: ArmOut
    held_out: ArmOut
    sent: int
    opened: int
    clicked: int
    difference: float
    low: float
    high: float


@router.get("/metrics/{name}", response=MetricOut, summary="The last value of a metric")
def metric(request: HttpRequest, name: str) -> Snapshot:
    user = scoped(request, "reports:read")
    found = queries.metric(name, clock.now(), only_owner(user))
    if found is None:
        raise Http404
    return found


@router.get("/rules/{key}/effect", response=EffectOut, summary="A rule against its hold-out, counted now")
def effect(request: HttpRequest, key: str) -> EffectOut:
    user = scoped(request, "reports:read")
    rule = get_object_or_404(Rule, key=key)
    found = effect_of(rule, clock.now(), only_owner(user))
    interval = found.interval
    return EffectOut(
        rule=rule.key,
        treated=_arm(found.treated),
        held_out=_arm(found.held_out),
        sent=found.sent,
        opened=found.opened,
        clicked=found.clicked,
        difference=interval.difference,
        low=interval.low,
        high=interval.high,
    )


def _arm(arm: ArmCount) -> ArmOut:
    amount = Decimal(str(arm.amount)).quantize(CENT)
    return ArmOut(entries=arm.entries, reached=arm.reached, share=arm.share, facts=arm.facts, amount=amount)
