"""Standing among all and within a group; for how long a class, and which before."""

from datetime import UTC, datetime
from typing import Any

import pytest

from zhiji.flow.segment import actions
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.models import Scheme, SchemeClass, SingleChange
from zhiji.flow.segment.tests.asked import NOW, person, who

pytestmark = pytest.mark.django_db
SPENT = {"fact": "order_paid", "measure": "sum", "property": "amount"}


def buyers(region: str, *amounts: int) -> None:
    for amount in amounts:
        person(f"{region}{amount}", ("order_paid", "2026-05-01T01:00", {"amount": amount}), region=region)


def ranked(**how: Any) -> dict[str, Any]:
    """A rank that a definition asks for, with its points published."""
    tree = {"kind": "rank", "measure": SPENT, **how}
    actions.create_segment(by=None, key="ranked", name="ranked", condition=tree)
    actions.publish_cut_points(by=None, as_of=NOW)
    return tree


def test_between_counts_from_the_top() -> None:
    buyers("浙江", 10, 20, 30, 40, 50)
    person("never ordered")
    assert who(ranked(op="between", share=[0.2, 0.6])) == {"浙江20", "浙江30"}


def test_within_a_region_everyone_is_held_against_its_own_points() -> None:
    buyers("浙江", 10, 20, 30, 40)
    buyers("上海", 100, 200)
    tree = ranked(op="top", share=0.5, within={"attribute": "region"})
    assert who(tree) == {"浙江20", "浙江30", "浙江40", "上海100", "上海200"}
    points = next(some for name, some in definitions().cuts.items() if name.endswith(" by region"))
    assert points == {"上海": [100], "浙江": [20]}


def held(days: int, **more: Any) -> dict[str, Any]:
    return {"kind": "class", "scheme": "plan", "classes": ["buyer"], "held": {"op": "ge", "value": days}, **more}


def test_for_how_long_goes_by_the_days_of_the_log() -> None:
    one = person("one", ("order_paid", "2026-05-01T01:00"))
    bought = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
    classes: list[dict[str, Any]] = [
        {"key": "buyer", "name": "b", "condition": bought},
        {"key": "rest", "name": "r", "condition": None},
    ]
    actions.create_scheme(by=None, key="plan", name="plan", classes=classes)
    assert who(held(0)) == set()
    rest, buyer = (SchemeClass.objects.get(key=key) for key in ("rest", "buyer"))
    at = datetime(2026, 5, 18, 15, 59, tzinfo=UTC)  # the last minute of the 18th in Shanghai
    SingleChange.objects.create(
        at=at, customer_id=one, scheme=Scheme.objects.get(), from_class=rest, to_class=buyer, cause="fact"
    )
    assert who(held(2)) == {"one"} == who(held(2, previous=["rest"]))
    assert who(held(3)) == set() == who(held(0, previous=["buyer"]))
