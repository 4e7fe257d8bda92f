"""Loops turn, pause, wake each other and end."""

import threading
import time

import pytest

from zhiji.kernel.loops import Loop, run_loops

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_loop_is_woken_when_the_one_before_it_has_worked_and_all_end_at_once() -> None:
    stop, work = threading.Event(), threading.Event()
    rounds: list[float] = []

    def first() -> bool:
        worked = work.is_set()
        work.clear()
        return worked

    def second() -> bool:
        rounds.append(time.monotonic())
        return False

    loops = [Loop("first", first, pause=0.01), Loop("second", second, pause=60, after="first")]
    turning = threading.Thread(target=run_loops, args=(loops, stop))
    turning.start()
    for told in (1, 2, 3):
        until = time.monotonic() + 10
        while len(rounds) < told and time.monotonic() < until:
            time.sleep(0.01)
        assert len(rounds) == told
        work.set()
    stop.set()
    turning.join(timeout=8)
    assert not turning.is_alive()
