"""Loops that aren't beside the pipeline are left to who helps, and taken back when it falls silent."""

import threading
import time
from collections.abc import Callable

import pytest

from zhiji.kernel import help as helping
from zhiji.kernel.help import Help
from zhiji.kernel.loops import Loop, run_loops


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_loops_are_left_to_who_helps_until_it_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "LEASE", 2.0)
    rounds = {"pipeline": 0, "other": 0}
    stop, help = threading.Event(), Help()

    def counted(name: str) -> Callable[[], bool]:
        def run() -> bool:
            rounds[name] += 1
            return False

        return run

    loops = [Loop(name, counted(name), pause=0.01, rest=0.01) for name in rounds]
    turning = threading.Thread(target=run_loops, args=(loops, stop, help))
    turning.start()
    try:
        wait_for(lambda: min(rounds.values()) > 3)
        help.is_there()
        time.sleep(0.3)
        before = dict(rounds)
        wait_for(lambda: rounds["pipeline"] > before["pipeline"] + 3)
        assert rounds["other"] == before["other"]
        wait_for(lambda: rounds["other"] > before["other"] + 3)
    finally:
        stop.set()
        turning.join()


def test_help_is_asked_for_by_a_loop_at_work_for_long_and_not_by_one_that_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []
    help = Help(lambda: asked.append(True))
    help.begins("lake")
    help.look()
    assert not asked
    now = time.monotonic()
    monkeypatch.setattr(helping.time, "monotonic", lambda: now + helping.LONG + 1)
    help.pauses("lake")
    help.begins("lake")
    help.look()
    assert not asked
    monkeypatch.setattr(helping.time, "monotonic", lambda: now + 2 * helping.LONG + 2)
    help.begins("lake")
    help.look()
    assert asked
