"""Live classification over the server and the workers that ship: definitions come while facts flow."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhiji.ops.tests.installation import Doors, running, track, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
LEVEL = [{"property": "level", "op": "ge", "value": 1}]
VIEWED = {"fact": "view", "where": LEVEL}
DAY = {"last": 1, "unit": "days"}
WATCHED = {"kind": "sequence", "steps": [{"fact": "play"}, VIEWED], "same": "item", "within": DAY}
PLAYED_ONLY = {"kind": "absence", "fact": "play", "without": VIEWED, "within": DAY}
PLAYED_HIGH = {"kind": "behaviour", "fact": "play", "where": LEVEL, "measure": "count", "window": None, "op": "ge"}


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with running("zhiji-live-") as (_, found):
        yield found


def segment(doors: Doors, key: str, condition: dict[str, Any]) -> None:
    doors.ask("POST", "/segments", {"key": key, "name": key, "condition": condition})


def sizes(doors: Doors, *keys: str) -> list[int]:
    return [doors.ask("GET", f"/segments/{key}")["size"] for key in keys]


def built(doors: Doors, *keys: str) -> None:
    wait_for(lambda: all(doors.ask("GET", f"/segments/{key}")["built_at"] for key in keys))


def becomes(doors: Doors, expected: list[int], *keys: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while (found := sizes(doors, *keys)) != expected:
        assert time.monotonic() < deadline, f"{keys} have {found} members, not {expected}, after {seconds:.0f} s"
        time.sleep(0.1)


def watches(doors: Doors, *users: str) -> None:
    for user in users:
        doors.send(track("play", user, item="film", level=2))
        doors.send(track("view", user, item="film", level=2))


def test_a_segment_that_reads_more_of_a_fact_leaves_those_before_it_alive(doors: Doors) -> None:
    segment(doors, "watched", WATCHED)
    segment(doors, "played-only", PLAYED_ONLY)
    built(doors, "watched", "played-only")
    watches(doors, "u1", "u2", "u3")
    becomes(doors, [3], "watched")
    segment(doors, "played-high", {**PLAYED_HIGH, "value": 1})
    becomes(doors, [3, 3], "watched", "played-high")
    watches(doors, "u4", "u5", "u6")
    becomes(doors, [6, 6], "watched", "played-high")


def test_a_burst_of_forty_segments_leaves_none_waiting(doors: Doors) -> None:
    keys = [f"burst-{at}" for at in range(40)]
    for at, key in enumerate(keys):
        segment(doors, key, {**PLAYED_HIGH, "value": 1 + at})
    waiting = doors.ask("GET", f"/segments/{keys[-1]}")["build"]
    assert waiting is None or waiting["reason"], "what waits says why"
    built(doors, *keys)
    assert sizes(doors, "burst-0", "burst-1") == [6, 0]
    assert {one["state"] for one in doors.ask("GET", "/builds?size=200")["rows"]} == {"done"}


def test_archiving_at_once_ends_the_build(doors: Doors) -> None:
    segment(doors, "soon-gone", {**PLAYED_HIGH, "value": 1})
    doors.ask("DELETE", "/segments/soon-gone")
    newest = doors.ask("GET", "/builds?size=1")["rows"][0]
    wait_for(lambda: doors.ask("GET", f"/builds/{newest['id']}")["state"] in ("archived", "done"))


def test_the_status_says_up_to_when_all_is_in(doors: Doors) -> None:
    watches(doors, "u7")
    now = datetime.now(UTC)
    wait_for(lambda: datetime.fromisoformat(doors.ask("GET", "/status")["live"]["caught_up_to"]) >= now)
    assert sizes(doors, "watched", "played-high") == [7, 7]
    status = doors.ask("GET", "/status")
    assert status["set_aside"] == [] and status["builds"]["waiting"] == 0


def test_what_the_clock_alone_takes_out_of_a_window_leaves_at_once_in_a_resting_house(doors: Doors) -> None:
    window = {"last": 1, "unit": "minutes"}
    segment(doors, "lately", {**PLAYED_HIGH, "where": [], "fact": "rested", "value": 1, "window": window})
    built(doors, "lately")
    now = datetime.now(UTC)
    happened = {f"r{number}": now - timedelta(seconds=48 - 3.3 * number) for number in range(3)}
    doors.send(*({**track("rested", user), "timestamp": at.isoformat()} for user, at in happened.items()))
    becomes(doors, [3], "lately", seconds=8)
    late = []
    for left, at in zip((2, 1, 0), happened.values(), strict=True):
        becomes(doors, [left], "lately")
        late.append((datetime.now(UTC) - at).total_seconds() - 60)
    assert min(late) > 0 and max(late) < 2, "a look every four seconds would be late for one of them"
