"""Whoever shows members says up to when they are right: pages, the API, the status, the administrators' banner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.definitions.set_aside import set_aside
from zhiji.flow.segment.tests.shop import BUYERS, CLASSES, bought
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.loops import Loop, beat
from zhiji.kernel.models import Accepted
from zhiji.kernel.pipeline import follow_once, run_once, tell_once
from zhiji.kernel.registry import offered
from zhiji.kernel.waiting import waiting

pytestmark = pytest.mark.django_db
Moved = Callable[[timedelta], None]
LATER = timedelta(seconds=90)


@pytest.fixture
def buyer() -> int:
    found = bought({"Ann": 1})["Ann"]
    actions.create_segment(by=None, key="buyers", name="买过", condition=BUYERS)
    actions.create_scheme(by=None, key="plan", name="方案", classes=CLASSES)
    actions.build(clock.now())
    for loop in offered(Loop):
        beat(loop.name)
    return found


@pytest.fixture
def api(mona: User) -> Client:
    token = create_token(by=None, user=mona, name="t", scopes=["segments:read", "rules:read", "settings:read"])
    return Client(headers={"Authorization": f"Bearer {token}"})


def live(api: Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/status").json()["live"]
    return found


def test_all_is_well_while_the_pipeline_turns(buyer: int, api: Client, alice: User, signed_in: Any) -> None:
    run_once()
    now = live(api)
    assert (now["behind"], now["loop"], now["reason"]) == (False, "", "") and now["lag_seconds"] < 5
    assert api.get("/api/segments/buyers").json()["live"]["behind"] is False
    assert "zj-alarm" not in signed_in(alice).get("/alarms/").content.decode()


def test_a_fact_that_waits_says_which_loop_is_behind_and_since_when(buyer: int, api: Client) -> None:
    record([NewFact("order_paid", clock.now(), "test", "1", {"amount": 1}, identity="user:Ann")])
    Accepted.objects.update(received_at=clock.now() - LATER)
    follow_once()
    assert live(api)["loop"] == "pipeline" and live(api)["lag_seconds"] == pytest.approx(90, abs=4)
    tell_once()
    assert live(api)["loop"] == "following" and live(api)["lag_seconds"] == pytest.approx(90, abs=4)
    run_once()
    assert not live(api)["behind"]


def test_how_long_a_fact_waits_is_told_by_the_clock_that_stamped_it(move_clock: Moved) -> None:
    move_clock(timedelta(days=1))
    record([NewFact("order_paid", clock.now(), "test", "1", {"amount": 1}, identity="user:Ann")])
    move_clock(LATER)
    assert waiting().pipeline == pytest.approx(90, abs=4)
    tell_once()
    assert waiting().following == pytest.approx(90, abs=4)
    follow_once()
    assert waiting().longest == 0


def test_pages_and_answers_say_that_they_are_behind(
    buyer: int, api: Client, alice: User, bob: User, signed_in: Any, move_clock: Moved
) -> None:
    run_once()
    move_clock(LATER)
    for path in ("/segments/buyers/", "/schemes/plan/", "/schemes/plan/rest/", f"/customers/{buyer}/", "/segments/"):
        assert "之后的行为还没有反映在这里" in signed_in(alice).get(path).content.decode(), path
    for path in ("segments/buyers", "schemes/plan", "segments/buyers/members", "schemes/plan/classes/rest/members"):
        assert "只算到" in api.get(f"/api/{path}").json()["live"]["reason"], path
    mine = api.get(f"/api/customers/{buyer}/memberships").json()
    assert all(one["live"]["behind"] for one in (*mine["classes"], *mine["segments"])) and mine["segments"]
    assert "落后 1 分钟" in signed_in(alice).get("/alarms/").content.decode()
    assert "/alarms/" in signed_in(alice).get("/").content.decode()
    assert (
        signed_in(bob).get("/alarms/").status_code == 403 and "/alarms/" not in signed_in(bob).get("/").content.decode()
    )


def test_what_is_set_aside_is_told_where_it_is_shown(buyer: int, api: Client, alice: User, signed_in: Any) -> None:
    trigger = {"kind": "segment_entered", "segment": "buyers"}
    switch_on(create_rule(by=None, key="r", name="规则", trigger=trigger, steps=[{"kind": "tag", "tag": "x"}]), by=None)
    run_once()
    set_aside({"segment:buyers": MemoryError("too large")}, clock.now(), clock.now())
    for path in ("/segments/buyers/", f"/customers/{buyer}/", "/rules/r/"):
        assert "起没有更新：计算它所需的内存" in signed_in(alice).get(path).content.decode(), path
    assert "起没有更新" not in signed_in(alice).get("/schemes/plan/").content.decode()
    assert "1 个客群或方案算不了" in signed_in(alice).get("/alarms/").content.decode()
    (aside,) = api.get("/api/status").json()["set_aside"]
    assert (aside["kind"], aside["key"], aside["tries"]) == ("segment", "buyers", 1) and "内存" in aside["reason"]
    assert "内存" in api.get("/api/rules/r").json()["behind"]


def test_a_segment_that_is_being_built_says_how_far_it_is(buyer: int, api: Client) -> None:
    actions.create_segment(by=None, key="new", name="新", condition=BUYERS)
    asked = actions.ask_build(by=None, segments=["new"])
    found = api.get("/api/segments/new").json()["build"]
    assert (found["state"], found["reason"], found["id"]) == ("waiting", "马上开始计算。", asked.pk)
    assert api.get("/api/status").json()["builds"]["waiting"] == 1
    build_queue.run_due(clock.now())
    assert api.get("/api/segments/new").json()["build"] is None
    assert api.get(f"/api/builds/{asked.pk}").json()["state"] == "done"
    assert [one["id"] for one in api.get("/api/builds?size=5").json()["rows"]] == [asked.pk]
