"""A round without facts foresees when the clock alone makes work again, so that a resting loop is there in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from zhiji.flow.segment import actions
from zhiji.flow.segment.tests.shop import bought
from zhiji.kernel import clock
from zhiji.kernel.pipeline import EDGE, run_once

pytestmark = pytest.mark.django_db
Moved = Callable[[timedelta], None]
LATER = timedelta(minutes=1)  # so that the rounds in which facts came are over
MINUTE: dict[str, Any] = {"kind": "behaviour", "fact": "order_paid", "window": {"last": 1, "unit": "minutes"}}
BIRTHDAY = {"kind": "anniversary", "attribute": "birthday", "before": 7}


def foreseen(condition: dict[str, Any], at: datetime) -> float | None:
    """In how many seconds after a round at this moment work is foreseen."""
    actions.create_segment(by=None, key="s", name="段", condition=condition)
    actions.build(at)
    run_once(as_of=at)
    return None if EDGE.at is None else (EDGE.at - at).total_seconds()


@pytest.mark.parametrize(("seconds_ago", "rest"), [(58, 2), (57.5, 2.5), (30, None), (61, None)])
def test_a_fact_that_leaves_a_window_soon(seconds_ago: float, rest: float | None) -> None:
    now = clock.now() + LATER
    bought({"Ann": 1, "Ben": 1}, at=now - timedelta(seconds=seconds_ago))
    assert foreseen({**MINUTE, "op": "ge", "value": 1}, now) == (rest and pytest.approx(rest, abs=0.02))


def test_a_fact_dated_ahead_whose_moment_comes() -> None:
    now = clock.now() + LATER
    bought({"Ann": 1}, at=now + timedelta(seconds=3))
    assert foreseen({**MINUTE, "op": "ge", "value": 1}, now) == 3


def test_midnight_where_a_definition_reads_a_calendar(move_clock: Moved) -> None:
    move_clock(clock.days_before(clock.now(), -1) - LATER - clock.now())
    bought({"Ann": 1})
    assert foreseen(BIRTHDAY, clock.days_before(clock.now(), -1) - timedelta(seconds=2.5)) == 2.5


def test_it_rings_once() -> None:
    EDGE.at = clock.now()
    assert (EDGE.rest(), EDGE.rest()) == (0, EDGE.most)
