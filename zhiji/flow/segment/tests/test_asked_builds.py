"""Builds that were asked for go together, wait for no other's edits, and always say why they wait or how they ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from zhiji.flow.resolve import actions as resolve
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.builds.population_scan import Asked
from zhiji.flow.segment.models import Build, Segment, SegmentMembership
from zhiji.flow.segment.tests.shop import BUYERS, OFTEN, bought
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.loops import beat
from zhiji.kernel.models import Heartbeat
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db


def asked(key: str, condition: dict[str, Any] = BUYERS, **more: Any) -> Build:
    actions.create_segment(by=None, key=key, name=key, condition=condition)
    return actions.ask_build(by=None, segments=[key], **more)


def states() -> list[str]:
    return list(Build.objects.order_by("pk").values_list("state", flat=True))


def sizes() -> dict[str, int]:
    return dict(Segment.objects.exclude(built_at=None).values_list("key", "size"))


def once_asked(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]) -> list[tuple[str, ...]]:
    """Let something happen once everybody was asked for the first time. Returns what is asked, as it goes."""
    asks: list[tuple[str, ...]] = []
    before = Asked.catch_up

    def catch_up(self: Asked) -> None:
        asks.append(self.keys)
        before(self)
        if len(asks) == 1:
            meanwhile()

    monkeypatch.setattr(Asked, "catch_up", catch_up)
    return asks


def test_a_burst_of_new_segments_is_built_in_one_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    bought({"Ann": 1, "Bob": 3})
    for at in range(12):
        asked(f"s{at}", {**BUYERS, "value": 1 + at})
    asks = once_asked(monkeypatch, lambda: None)
    assert build_queue.run_due(clock.now()) and not build_queue.run_due(clock.now())
    assert len(asks) == 1 and len(asks[0]) == 12
    assert (sizes()["s0"], sizes()["s2"], sizes()["s11"]) == (2, 1, 0) and set(states()) == {"done"}


def test_edits_of_others_keep_no_build_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    bought({"Ann": 1})
    asked("first")
    asks = once_asked(monkeypatch, lambda: [asked(f"later{at}") for at in range(5)])
    build_queue.run_due(clock.now())
    assert asks == [("segment:first",)] and states() == ["done"] + ["waiting"] * 5
    build_queue.run_due(clock.now())
    assert len(asks) == 2 and set(states()) == {"done"} and sizes()["later4"] == 1


def test_what_is_edited_while_it_is_built_is_built_as_it_is_then_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bought({"Ann": 1, "Bob": 3})
    mine = asked("edited")
    asked("other")
    segment = Segment.objects.get(key="edited")
    once_asked(monkeypatch, lambda: actions.edit_segment(by=None, segment=segment, condition=OFTEN))
    build_queue.run_due(clock.now())
    mine.refresh_from_db()
    beat(build_queue.LOOP)
    assert states() == ["waiting", "done"] and sizes() == {"other": 2}
    assert "条件又改了" in build_queue.progress_of([mine])[mine.pk].reason
    build_queue.run_due(clock.now())
    assert states() == ["done", "done"] and sizes() == {"other": 2, "edited": 1}


@pytest.mark.parametrize("when", ["before", "during"])
def test_archiving_ends_the_build_as_archived(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bought({"Ann": 1})
    mine = asked("gone")
    asked("stays")
    archive = lambda: actions.archive_segment(by=None, segment=Segment.objects.get(key="gone"))  # noqa: E731
    if when == "before":
        archive()
    else:
        once_asked(monkeypatch, archive)
    build_queue.run_due(clock.now())
    mine.refresh_from_db()
    assert (mine.state, mine.share) == ("archived", 1) and states() == ["archived", "done"]
    assert sizes() == {"stays": 1} and not SegmentMembership.objects.filter(segment__key="gone").exists()
    assert build_queue.progress_of([mine])[mine.pk].reason == "已归档，不再计算。"


def test_a_build_says_whom_it_waits_for_and_that_nobody_works() -> None:
    first, second = asked("first"), asked("second")
    Heartbeat.objects.all().delete()
    assert "没有响应" in build_queue.progress_of([first])[first.pk].reason
    beat(build_queue.LOOP)
    assert build_queue.progress_of([second])[second.pk].reason == "马上开始计算。"
    Build.objects.filter(pk=first.pk).update(state="running")
    assert "等待前面 1 个计算" in build_queue.progress_of([second])[second.pk].reason


def test_a_cancelled_build_isn_t_swapped_in_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bought({"Ann": 1})
    mine = asked("mine")
    asked("other")
    once_asked(monkeypatch, lambda: actions.cancel_build(by=None, build=mine))
    build_queue.run_due(clock.now())
    assert states() == ["cancelled", "done"] and sizes() == {"other": 1}


def test_who_is_merged_away_while_everybody_is_asked_is_no_member(monkeypatch: pytest.MonkeyPatch) -> None:
    people = bought({"Ann": 1, "Bob": 1})
    asked("buyers")

    def merge() -> None:
        resolve.merge(loser=people["Bob"], winner=people["Ann"], by=None)
        run_once()

    once_asked(monkeypatch, merge)
    build_queue.run_due(clock.now())
    assert list(SegmentMembership.objects.values_list("customer_id", flat=True)) == [people["Ann"]]
    assert sizes() == {"buyers": 1}


def test_a_day_that_begins_while_everybody_is_asked_counts_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = clock.zone()
    evening = datetime.combine(clock.day_of(clock.now()), datetime.min.time(), zone) + timedelta(days=1, seconds=-5)
    tomorrow = clock.day_of(evening + timedelta(days=1))
    born = f"1990-{tomorrow:%m-%d}"
    facts = {"traits": {"birthday": born}}
    record([NewFact("customer_identified", clock.now(), "test", "b", facts, identity="user:Ann")])
    run_once(as_of=evening)
    asked("birthday", {"kind": "anniversary", "attribute": "birthday", "before": 0, "after": 0})
    once_asked(monkeypatch, lambda: run_once(as_of=evening + timedelta(seconds=10)))
    build_queue.run_due(evening)
    assert sizes() == {"birthday": 1}


def test_a_first_load_ends_with_what_came_in_while_it_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    actions.create_segment(by=None, key="buyers", name="buyers", condition=BUYERS)
    actions.pause()
    bought({"Ann": 1})
    once_asked(monkeypatch, lambda: bought({"Bob": 1}, clock.now()))
    actions.build(clock.now())
    assert sizes() == {"buyers": 2}


def test_cut_points_that_one_build_publishes_reach_whoever_else_reads_them() -> None:
    best = {"kind": "rank", "measure": {"fact": "order_paid", "measure": "count"}, "op": "top", "share": 0.5}
    asked("best", best)
    build_queue.run_due(clock.now())
    bought({"Ann": 1, "Bob": 3, "Cid": 3})
    assert sizes() == {"best": 0}, "nobody had ordered, so there were no points"
    asked("other")
    while build_queue.run_due(clock.now()):
        pass
    assert sizes() == {"best": 2, "other": 3} and set(states()) == {"done"}


def test_published_cut_points_whose_build_died_are_built_by_the_next_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked("recent", {"kind": "score", "measure": "recency", "op": "ge", "value": 1})
    build_queue.run_due(clock.now())
    bought({"Ann": 1, "Bob": 3})
    with monkeypatch.context() as dying:
        dying.setattr(build_queue, "run", lambda rows, as_of: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.publish_cut_points(by=None, as_of=clock.now())
    assert actions.publish_cut_points(by=None, as_of=clock.now()) == [], "they are published"
    assert build_queue.run_due(clock.now()) and sizes() == {"recent": 2}
