from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import Role, User
from zhiji.access.tokens import create_token
from zhiji.kernel import clock, facts, loops
from zhiji.kernel.loops import Loop, beat
from zhiji.kernel.registry import offered
from zhiji.ops import readiness

pytestmark = pytest.mark.django_db


def all_loops_beat() -> None:
    for loop in offered(Loop):
        beat(loop.name)


def test_alive_says_so_to_strangers(client: Client) -> None:
    assert client.get("/healthz").content == b"alive\n"


def ready(client: Client) -> dict[str, Any]:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_it_serves_while_no_worker_runs_and_says_so(client: Client) -> None:
    found = ready(client)
    assert found["ready"] and found["degraded"] == ["worker"] and found["database"] == {"ok": True}
    assert "pipeline" in found["worker"]["silent"]


def test_all_goes_on_when_every_loop_is_alive(client: Client) -> None:
    all_loops_beat()
    found = ready(client)
    assert found["degraded"] == [] and found["pipeline"]["lag_seconds"] == 0


def test_the_worker_is_said_to_stand_still_from_a_minute_on(
    client: Client, move_clock: Callable[[timedelta], None]
) -> None:
    all_loops_beat()
    move_clock(timedelta(seconds=readiness.ALIVE_WITHIN - 20))
    assert ready(client)["degraded"] == []
    move_clock(timedelta(seconds=21))
    assert ready(client)["degraded"] == ["worker"]


def test_the_lag_is_the_age_of_the_oldest_waiting_fact(client: Client, move_clock: Callable[[timedelta], None]) -> None:
    facts.record([facts.NewFact("page_viewed", clock.now(), "test", "1", identity="user:1")])
    for lag, degraded in ((readiness.LONGEST_LAG - 20, []), (21, ["pipeline"])):
        move_clock(timedelta(seconds=lag))
        all_loops_beat()
        assert ready(client)["degraded"] == degraded


def test_not_ready_where_tables_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "unapplied", lambda: ["kernel.0009_next"])
    answer = client.get("/readyz")
    assert answer.status_code == 503 and not answer.json()["ready"]


def test_figures_are_read_from_this_machine(client: Client) -> None:
    beat("pipeline")
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'zhiji_request_seconds_count{method="GET",route="healthz",status="200"}' in text
    assert "zhiji_inbox_facts 0.0" in text and 'zhiji_heartbeat_age_seconds{loop="pipeline"}' in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_figures_are_refused_through_a_proxy(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "10.0.0.1"}).status_code == 403


def test_figures_are_refused_from_elsewhere_but_for_a_token_with_the_scope(client: Client, alice: User) -> None:
    def status(scope: str) -> int:
        token = create_token(by=alice, user=alice, name="scraper", scopes=[scope])
        headers = {"Authorization": f"Bearer {token}"}
        return client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers=headers).status_code

    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 403
    assert status("customers:read") == 403
    assert status("settings:read") == 200


def test_a_token_never_does_more_than_its_role(client: Client, anna: User) -> None:
    assert anna.role == Role.ANALYST
    token = create_token(by=anna, user=anna, name="scraper", scopes=["settings:read"])
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers=headers).status_code == 403


def test_every_answer_carries_an_id_and_a_sane_given_one_is_kept(client: Client) -> None:
    assert len(client.get("/healthz").headers["X-Request-ID"]) == 32
    assert client.get("/healthz", headers={"X-Request-ID": "proxy-12345"}).headers["X-Request-ID"] == "proxy-12345"
    assert "<" not in client.get("/healthz", headers={"X-Request-ID": "<script>alert</script>"}).headers["X-Request-ID"]


def test_a_loop_that_fails_again_and_again_is_said_at_once(client: Client) -> None:
    all_loops_beat()
    loops._say_failing("following", [clock.now()] * 2, RuntimeError("4 columns where it declared 3"))
    assert ready(client)["degraded"] == []
    loops._say_failing("following", [clock.now()] * 3, RuntimeError("4 columns where it declared 3"))
    found = ready(client)
    assert found["degraded"] == ["worker"] and found["worker"]["failing"]["following"]["times"] == 3
    assert "4 columns" not in str(found), "strangers get no errors"
    beat("following")
    assert ready(client)["degraded"] == []
