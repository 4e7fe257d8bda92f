"""What a large build writes by SQL alone is what a small one writes, and the log tells every exit."""

from datetime import timedelta

import pytest

from zhiji.flow.resolve.actions import merge
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.live import log_blocks, membership_bitmap
from zhiji.flow.segment.models import (
    Block,
    BlockChange,
    Classification,
    MembershipChange,
    Segment,
    SegmentMembership,
)
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Watermark
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
BUYERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 2, "window": {"last": 30, "unit": "days"}}


@pytest.fixture
def two() -> list[int]:
    """Two customers of three orders each, a segment and a scheme that nobody has built."""
    at = clock.now() - timedelta(days=1)
    record(
        NewFact("order_paid", at, "test", f"{who}-{n}", {"amount": 20}, identity=f"user:{who}")
        for who in ("one", "two")
        for n in range(3)
    )
    run_once()
    actions.create_segment(by=None, key="buyers", name="buyers", condition=BUYERS)
    classes = [
        {"key": "yes", "name": "yes", "condition": BUYERS},
        {"key": "no", "name": "no", "condition": None},
    ]
    actions.create_scheme(by=None, key="buys", name="buys", classes=classes)
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def _written() -> list[list[tuple[object, ...]]]:
    return [
        list(SegmentMembership.objects.order_by("customer").values_list("segment__key", "customer_id")),
        list(Classification.objects.order_by("customer").values_list("scheme_class__key", "customer_id")),
        sorted(
            MembershipChange.objects.values_list(
                "customer_id", "segment__key", "entered", "from_class__key", "to_class__key", "cause", "version"
            ),
            key=str,
        ),
        [(Segment.objects.get().size,)],
    ]


def test_many_are_written_as_few_are(two: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "MOST", 0)
    actions.build(clock.now())
    many = _written()
    Segment.objects.update(size=0)
    for table in (Block, BlockChange):
        table.objects.all().delete()
    Watermark.objects.filter(name=membership_bitmap.MARK).delete()
    monkeypatch.setattr(log_blocks, "MOST", 5_000)
    actions.build(clock.now())
    assert _written() == many
    assert many[0] == [("buyers", one) for one in two]


def test_reasons_left_out_are_computed_when_shown(two: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "MOST", 0)
    actions.build(clock.now())
    rows = [SegmentMembership.objects.earliest("pk"), Classification.objects.earliest("pk")]
    assert [one.why for one in rows] == [[], []]
    recall(rows, clock.now(), None)
    assert [one.why[0]["value"] for one in rows] == [3, 3]


def test_many_leave_as_few_do(two: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    actions.build(clock.now())
    monkeypatch.setattr(log_blocks, "MOST", 0)
    actions.build(clock.now() + timedelta(days=60))
    assert not SegmentMembership.objects.exists()
    assert Segment.objects.get().size == 0
    assert set(Classification.objects.values_list("scheme_class__key", flat=True)) == {"no"}


def test_the_log_tells_that_a_merged_customer_left(two: list[int]) -> None:
    actions.build(clock.now())
    winner, loser = two
    merge(loser=loser, winner=winner, by=None)
    while run_once():
        pass
    exits = MembershipChange.objects.filter(customer=loser, cause="merge")
    assert exits.get(segment__key="buyers").entered is False
    gone = exits.get(scheme__key="buys")
    assert gone.from_class is not None
    assert (gone.from_class.key, gone.to_class) == ("yes", None)
