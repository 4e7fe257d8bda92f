"""What is said, and when, while the workers stand still: over the real processes, with the clock put forward."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from zhiji.kernel.loops import ALIVE_WITHIN
from zhiji.ops.tests.installation import Doors, Installation, running, track, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Installation, Doors]]:
    with running("zhiji-still-", ZHIJI_TEST_CLOCK="true") as found:
        yield found


def ready(installation: Installation) -> tuple[int, list[str]]:
    answer = httpx.get(f"{installation.url}/readyz", timeout=10, trust_env=False)
    return answer.status_code, answer.json()["degraded"]


def live(doors: Doors) -> dict[str, Any]:
    found: dict[str, Any] = doors.ask("GET", "/status")["live"]
    return found


def test_workers_that_stand_still_are_said_within_a_minute_and_facts_are_taken_meanwhile(
    house: tuple[Installation, Doors],
) -> None:
    installation, doors = house
    wait_for(lambda: ready(installation) == (200, []) and not live(doors)["behind"])
    workers = installation.called("worker")
    assert workers
    for one in workers:
        one.suspend()
    try:
        doors.send(track("visited", "u1", mark="meanwhile"))
        wait_for(lambda: bool(live(doors)["behind"]), seconds=20)
        assert live(doors)["reason"].startswith("只算到")
        assert ready(installation) == (200, []) and "zj-alarm" not in doors.pages.get("/alarms/").text

        (installation.home / "clock").write_text(str(ALIVE_WITHIN + 1))
        assert ready(installation) == (200, ["worker", "pipeline"])
        assert {one["name"] for one in doors.ask("GET", "/status")["loops"] if not one["well"]} >= {"pipeline", "email"}
        banner = doors.pages.get("/alarms/").text
        assert "后台循环没有正常运行" in banner and "实时分类落后" in banner
        told = installation.command("doctor")
        assert told.returncode == 1 and "not heard of for a minute: " in told.stdout
        assert "warn  pipeline: the oldest fact has waited" in told.stdout
    finally:
        for one in workers:
            one.resume()
    wait_for(lambda: ready(installation) == (200, []) and not live(doors)["behind"], seconds=60)
    assert "zj-alarm" not in doors.pages.get("/alarms/").text
    one = {"kind": "behaviour", "fact": "visited", "measure": "count", "window": None, "op": "ge", "value": 1}
    wait_for(lambda: doors.ask("POST", "/conditions/preview", {"condition": one})["count"] == 1, seconds=60)
