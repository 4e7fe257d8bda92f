"""Segments and schemes are made, edited and archived by those who may, and never refer to themselves."""

from datetime import timedelta
from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.models import Classification, MembershipChange, Segment, SegmentMembership
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
BUYERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1, "window": {"last": 30, "unit": "days"}}


def _made(key: str, tree: Any = BUYERS) -> Segment:
    return actions.create_segment(by=None, key=key, name=key, condition=tree)


def _buyer(ago_days: float = 0, key: str = "1") -> int:
    at = clock.now() - timedelta(days=ago_days)
    record([NewFact("order_paid", at, "test", key, {"amount": 20}, identity=f"user:{key}")])
    while run_once():
        pass
    return Customer.objects.latest("pk").pk


def test_a_salesperson_may_not_make_a_segment(bob: User) -> None:
    with pytest.raises(Forbidden):
        actions.create_segment(by=bob, key="x", name="x", condition=BUYERS)
    assert not Segment.objects.exists()


def test_making_one_leaves_an_audit_line(mark: User) -> None:
    actions.create_segment(by=mark, key="x", name="x", condition=BUYERS)
    assert AuditLine.objects.get(verb="segment created").user == mark


def test_a_segment_that_comes_back_to_itself_is_refused_with_the_way_it_takes() -> None:
    _made("one")
    _made("two", {"kind": "segment", "segment": "one"})
    with pytest.raises(ConditionError, match="segment:one → segment:two → segment:one"):
        actions.edit_segment(
            by=None, segment=Segment.objects.get(key="one"), condition={"kind": "segment", "segment": "two"}
        )


def test_a_reference_to_nothing_is_refused_with_the_nearest() -> None:
    _made("buyers")
    with pytest.raises(ConditionError, match="“buyers”"):
        _made("two", {"kind": "segment", "segment": "buyer"})


def test_a_segment_in_use_is_not_archived() -> None:
    one = _made("one")
    _made("two", {"kind": "segment", "segment": "one"})
    with pytest.raises(actions.InUse, match="two"):
        actions.archive_segment(by=None, segment=one)


def test_members_come_and_go_by_themselves_with_the_reason() -> None:
    segment = _made("buyers")
    actions.build(clock.now())
    buyer = _buyer(ago_days=29.9)
    member = SegmentMembership.objects.get(segment=segment)
    assert (member.customer_id, member.why[0]["value"], member.why[0]["holds"]) == (buyer, 1, True)
    run_once(as_of=clock.now() + timedelta(days=1))
    assert not SegmentMembership.objects.exists()
    left = MembershipChange.objects.get(entered=False)
    assert (left.cause, left.why[0]["value"]) == ("window", 0)
    assert Segment.objects.get().size == 0


def test_a_fact_dated_ahead_counts_when_its_moment_comes() -> None:
    _made("buyers")
    actions.build(clock.now())
    _buyer(ago_days=-1)
    assert not SegmentMembership.objects.exists()
    run_once(as_of=clock.now() + timedelta(days=1.1))
    assert SegmentMembership.objects.count() == 1


def test_an_edit_keeps_the_members_until_it_is_built_then_the_old_ones_leave() -> None:
    segment = _made("buyers")
    _buyer()
    actions.build(clock.now())
    actions.edit_segment(by=None, segment=segment, condition={**BUYERS, "value": 2})
    assert SegmentMembership.objects.count() == 1
    actions.build(clock.now(), segments=["buyers"], cause="definition")
    assert not SegmentMembership.objects.exists()
    assert MembershipChange.objects.get(entered=False).cause == "definition"
    assert Segment.objects.get().version == 2


def test_what_refers_to_an_edited_segment_is_built_with_it() -> None:
    segment = _made("buyers")
    _made("also", {"kind": "segment", "segment": "buyers"})
    _buyer()
    actions.build(clock.now())
    actions.edit_segment(by=None, segment=segment, condition={**BUYERS, "value": 2})
    actions.build(clock.now(), segments=["buyers"])
    assert not SegmentMembership.objects.exists()


def test_everyone_has_exactly_one_class_newcomers_too() -> None:
    classes = [
        {"key": "buyer", "name": "买过", "condition": BUYERS},
        {"key": "rest", "name": "其他", "condition": None},
    ]
    actions.create_scheme(by=None, key="plan", name="方案", classes=classes)
    actions.build(clock.now())
    _buyer()
    record([NewFact("page_viewed", clock.now(), "test", "p", {}, identity="anonymous:2")])
    run_once()
    assert sorted(Classification.objects.values_list("scheme_class__key", flat=True)) == ["buyer", "rest"]


def test_nothing_is_classified_during_a_first_load() -> None:
    _made("buyers")
    actions.build(clock.now())
    actions.pause()
    _buyer()
    assert not SegmentMembership.objects.exists()
    actions.build(clock.now())
    assert SegmentMembership.objects.count() == 1


def test_a_cancelled_build_changes_nothing() -> None:
    _made("buyers")
    _buyer()
    asked = actions.ask_build(by=None, segments=["buyers"])
    assert actions.cancel_build(by=None, build=asked)
    build_queue.run_due(clock.now())
    assert not SegmentMembership.objects.exists()


def test_top_share_needs_published_cut_points_and_gets_them_with_the_build() -> None:
    rank = {"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.5}
    _made("top", rank)
    _buyer(key="1")
    record([NewFact("order_paid", clock.now(), "test", "2", {"amount": 100}, identity="user:2")])
    run_once()
    actions.build(clock.now())
    assert SegmentMembership.objects.count() == 2  # half of two is the lower; on the point is in
    assert actions.publish_cut_points(by=None, as_of=clock.now()) in ([], ["recency"])
