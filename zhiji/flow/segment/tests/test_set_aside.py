"""A definition that can't be evaluated is set aside and says so; all others go on, and it comes back by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.conditions.behaviour import Behaviour
from zhiji.flow.segment.definitions.registry import advance
from zhiji.flow.segment.definitions.set_aside import words
from zhiji.flow.segment.engine.resident import resident
from zhiji.flow.segment.live.classify_stage import let_go
from zhiji.flow.segment.models import Build, MembershipChange, Scheme, Segment, Trouble
from zhiji.flow.segment.tests.shop import BUYERS, OFTEN, bought
from zhiji.kernel import clock, plans
from zhiji.kernel.models import SetAside
from zhiji.kernel.pipeline import run_once, try_again

pytestmark = pytest.mark.django_db
SCHEME = [{"key": "often", "name": "常客", "condition": OFTEN}, {"key": "rest", "name": "其他", "condition": None}]


@contextmanager
def broken(value: int, error: Exception | None = None) -> Iterator[None]:
    """Behaviours that are held against this number can't be evaluated."""
    holds = Behaviour.holds

    def fails(self: Behaviour, row: Any, needs: Any) -> Any:
        if self.value == value:
            raise error or duckdb.ConversionException("Could not convert")
        return holds(self, row, needs)

    with patch.object(Behaviour, "holds", fails):
        yield


@pytest.fixture
def house() -> datetime:
    """Three segments, one of which refers to another, and a scheme: all built."""
    bought({"Ann": 1})
    actions.create_segment(by=None, key="buyers", name="买过", condition=BUYERS)
    actions.create_segment(by=None, key="bad", name="坏的", condition={**BUYERS, "value": 77})
    actions.create_segment(by=None, key="leans", name="靠它", condition={"kind": "segment", "segment": "bad"})
    actions.create_scheme(by=None, key="plan", name="方案", classes=SCHEME)
    actions.build(clock.now())
    let_go()
    return clock.now()


def aside() -> list[str]:
    return sorted(Trouble.objects.values_list("of", flat=True))


def size(key: str) -> int:
    return Segment.objects.get(key=key).size


def test_one_that_fails_is_set_aside_with_what_leans_on_it_and_the_others_go_on(house: datetime) -> None:
    with broken(77):
        bought({"Bob": 3}, clock.now())
    assert aside() == ["segment:bad", "segment:leans"] and size("buyers") == 2
    assert Scheme.objects.get().classes.get(key="often").size == 1
    one = Trouble.objects.get(of="segment:bad")
    assert one.reason == "value" and one.since <= clock.now() and "更正这个值" in words(one.reason, one.detail)
    with broken(77):
        bought({"Cid": 1}, clock.now())
    assert size("buyers") == 3


def test_it_comes_back_when_it_is_tried_again_with_those_who_came_meanwhile(house: datetime) -> None:
    with broken(77):
        bought({"Bob": 80}, clock.now())
    assert size("bad") == 0
    assert build_queue.run_due(clock.now() + timedelta(hours=2))
    assert aside() == [] and (size("bad"), size("leans")) == (1, 1)
    run_once()
    bought({"Cid": 80}, clock.now() + timedelta(seconds=1))
    run_once(as_of=clock.now() + timedelta(seconds=2))
    assert (size("bad"), size("leans")) == (2, 2)


def test_it_is_tried_ever_more_seldom_but_at_once_by_a_process_that_has_just_begun(house: datetime) -> None:
    now = clock.now()
    build_queue._begun.at = now
    with broken(77):
        bought({"Bob": 1}, now)
        assert not build_queue.run_due(now)
        for minutes in (2, 5, 10):
            assert build_queue.run_due(now + timedelta(minutes=minutes))
        assert Trouble.objects.get(of="segment:bad").tries == 4
        assert not build_queue.run_due(now + timedelta(minutes=11))
        build_queue._begun.at = None
        assert build_queue.run_due(now + timedelta(minutes=11))
    assert Build.objects.latest("pk").state == "failed" and size("buyers") == 2


def test_an_edit_that_mends_it_ends_the_trouble(house: datetime) -> None:
    with broken(77):
        bought({"Bob": 1}, clock.now())
    actions.edit_segment(by=None, segment=Segment.objects.get(key="bad"), condition={**BUYERS, "value": 2})
    actions.ask_build(by=None, segments=["bad"])
    build_queue.run_due(clock.now())
    assert aside() == [] and size("bad") == 0
    bought({"Cid": 2}, clock.now())
    assert (size("bad"), size("leans")) == (1, 1)


def test_what_fails_only_with_what_is_kept_in_memory_heals_by_itself(house: datetime) -> None:
    bought({"Bob": 1}, clock.now())
    kept = resident()

    def gather(self: Any, *given: Any) -> Any:
        if self is kept:
            raise KeyError("4 columns where it declared 3")
        return {}

    with patch.object(type(kept), "gather", gather):
        bought({"Cid": 1}, clock.now())
    assert aside() == [] and size("buyers") == 3 and resident() is not kept
    assert MembershipChange.objects.filter(segment__key="buyers", entered=True).count() == 3


def test_when_facts_fail_without_any_definition_none_is_set_aside_and_the_facts_are_looked_at_later(
    house: datetime,
) -> None:
    with patch("zhiji.flow.segment.live.dirty_customers.by_facts", side_effect=MemoryError):
        bought({"Bob": 1}, clock.now())
    assert aside() == [] and size("buyers") == 1
    assert {row.stage for row in SetAside.objects.all()} == {"classify"}
    try_again(as_of=clock.now() + timedelta(minutes=2))
    assert size("buyers") == 2 and not SetAside.objects.exists()


def test_a_stored_condition_that_is_refused_by_now_stops_no_other(house: datetime) -> None:
    Segment.objects.filter(key="bad").update(condition={"kind": "behaviour", "fact": "order_paid", "op": "gone"})
    advance()
    bought({"Bob": 1}, clock.now())
    assert aside() == ["segment:bad", "segment:leans"] and size("buyers") == 2
    assert Trouble.objects.get(of="segment:bad").reason == "condition"


def test_a_build_goes_on_for_the_others_and_says_what_failed(house: datetime) -> None:
    actions.create_segment(by=None, key="new", name="新的", condition={**BUYERS, "value": 78})
    actions.ask_build(by=None, segments=["new"])
    actions.ask_build(by=None, segments=["buyers"])
    with broken(78, MemoryError()):
        build_queue.run_due(clock.now())
    first, second = Build.objects.order_by("pk")
    assert (first.state, second.state) == ("failed", "done") and aside() == ["segment:new"]
    assert first.reason.startswith("“新的”：计算它所需的内存")


def test_a_turn_that_fails_lets_go_of_what_is_kept(house: datetime) -> None:
    plans.plan("SELECT 1")
    with (
        patch("zhiji.flow.act.entering.anniversaries.changed_in", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        run_once(as_of=clock.now() + timedelta(seconds=5))
    assert not plans._plans
