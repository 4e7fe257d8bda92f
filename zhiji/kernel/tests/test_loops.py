"""Loops turn, pause, wake each other and end."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from zhiji.kernel.loops import Loop, Pulse, beating, pulses, run_loops
from zhiji.kernel.rest import RING

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


def test_a_loop_that_fails_says_so_before_it_falls_silent_and_takes_it_back_when_it_is_well() -> None:
    stop, well = threading.Event(), threading.Event()

    def run() -> bool:
        if not well.is_set():
            raise RuntimeError("no such column")
        return False

    loops = [Loop("pipeline", run, pause=0.01)]
    turning = threading.Thread(target=run_loops, args=(loops, stop))
    turning.start()
    failing = until(lambda: pulse("pipeline").failing)
    assert failing["times"] >= 3 and "no such column" in failing["error"] and not pulse("pipeline").well
    well.set()
    until(lambda: pulse("pipeline").well)
    stop.set()
    turning.join(timeout=8)


def test_who_only_finds_another_at_it_gives_no_sign_of_life() -> None:
    stop = threading.Event()
    loops = [Loop("pipeline", lambda: None, pause=0.01)]
    turning = threading.Thread(target=run_loops, args=(loops, stop))
    turning.start()
    time.sleep(0.3)
    stop.set()
    turning.join(timeout=8)
    assert pulse("pipeline").seconds is None


def test_a_worker_that_ends_says_so() -> None:
    stop = threading.Event()
    turning = threading.Thread(target=run_loops, args=([Loop("pipeline", lambda: False, pause=0.01)], stop))
    turning.start()
    until(lambda: pulse("pipeline").well)
    stop.set()
    turning.join(timeout=8)
    assert not pulse("pipeline").well


def test_a_long_round_gives_signs_of_life() -> None:
    with beating("pipeline"):
        until(lambda: pulse("pipeline").well)


def test_resting_loops_wait_for_a_ring_and_wake_at_once() -> None:
    stop, rounds = threading.Event(), list[float]()

    def run() -> bool:
        rounds.append(time.monotonic())
        return False

    loops = [Loop("pipeline", run, pause=0.01, rest=600.0)]
    turning = threading.Thread(target=run_loops, args=(loops, stop))
    turning.start()
    until(lambda: rounds and time.monotonic() - rounds[-1] > 1)
    before, rung = len(rounds), time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(RING)
    until(lambda: len(rounds) > before + 5)
    assert rounds[before] - rung < 1
    stop.set()
    turning.join(timeout=8)
    assert not turning.is_alive()


def pulse(name: str) -> Pulse:
    return next(one for one in pulses() if one.name == name)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (it := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return it
