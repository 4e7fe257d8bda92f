"""The pages and the API show segments and schemes to those who may see them."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.models import Build, Scheme, Segment, SegmentMembership
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
BUYERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
CLASSES = [{"key": "buyer", "name": "买过", "condition": BUYERS}, {"key": "rest", "name": "其他", "condition": None}]


@pytest.fixture
def buyer(db: None) -> int:
    """A customer who bought, in a segment and a scheme."""
    record([NewFact("order_paid", clock.now(), "test", "1", {"amount": 20}, identity="user:1")])
    run_once()
    actions.create_segment(by=None, key="buyers", name="买家", condition=BUYERS)
    actions.create_scheme(by=None, key="plan", name="购买方案", classes=CLASSES)
    actions.build(clock.now())
    return SegmentMembership.objects.get().customer_id


@pytest.mark.parametrize(
    "path",
    [
        "/segments/",
        "/segments/buyers/",
        "/segments/new/",
        "/segments/buyers/edit/",
        "/schemes/",
        "/schemes/plan/",
        "/schemes/plan/buyer/",
        "/schemes/plan/edit/",
        "/schemes/new/",
    ],
)
def test_every_page_opens(path: str, buyer: int, mona: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(mona).get(path)
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode().split('id="content"')[1]


def test_sales_see_only_members_who_are_theirs(buyer: int, bob: User, signed_in: Callable[[User], Client]) -> None:
    assert f"/customers/{buyer}/" not in signed_in(bob).get("/segments/buyers/").content.decode()
    assert signed_in(bob).get("/segments/new/").status_code == 403


def test_the_builder_previews_counts_and_refuses_with_advice(
    buyer: int, mark: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(mark)
    shown = browser.post("/segments/preview/", {"condition": json.dumps(BUYERS)}).content.decode()
    assert ">1<" in shown
    refused = browser.post("/segments/preview/", {"condition": '{"kind": "tg"}'}).content.decode()
    assert "tag" in refused


def test_saving_asks_a_worker_for_the_members(buyer: int, mark: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(mark).post("/segments/new/", {"name": "常客", "condition": json.dumps(BUYERS)})
    assert answer.status_code == 302
    made = Segment.objects.get(name="常客")
    assert Build.objects.get().segments == [made.key]
    build_queue.run_due(clock.now())
    assert Segment.objects.get(name="常客").size == 1


def test_what_was_typed_stays_when_it_is_refused(mark: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(mark).post("/segments/new/", {"name": "常客", "condition": '{"kind": "tg"}'})
    assert answer.status_code == 422
    assert "常客" in answer.content.decode()


def test_a_scheme_is_saved_from_its_form(buyer: int, mark: User, signed_in: Callable[[User], Client]) -> None:
    form = {"name": "新方案", "classes": json.dumps(CLASSES)}
    assert signed_in(mark).post("/schemes/new/", form).status_code == 302
    assert Scheme.objects.get(name="新方案").classes.count() == 2


def _api(user: User, *scopes: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {create_token(by=None, user=user, name='t', scopes=scopes)}"})


def test_the_api_lists_members_and_explains_them(buyer: int, mona: User) -> None:
    api = _api(mona, "segments:read")
    assert api.get("/api/segments").json()["rows"][0]["size"] == 1
    assert api.get("/api/segments/buyers/members").json()["rows"][0]["customer_id"] == buyer
    found = api.get(f"/api/segments/buyers/explain?customer={buyer}").json()
    assert found["holds"] is True and found["why"][0]["value"] == 1
    assert api.get(f"/api/schemes/plan/explain?customer={buyer}").json()["found"] == "buyer"


def test_the_api_makes_and_refuses(buyer: int, mark: User) -> None:
    api = _api(mark, "segments:read", "segments:write")
    made = api.post("/api/segments", {"key": "x", "name": "x", "condition": BUYERS}, content_type="application/json")
    assert made.status_code == 201
    bad = api.post(
        "/api/segments", {"key": "y", "name": "y", "condition": {"kind": "tg"}}, content_type="application/json"
    )
    assert bad.status_code == 422 and "tag" in bad.json()["detail"]
    assert (
        api.post("/api/conditions/preview", {"condition": BUYERS}, content_type="application/json").json()["count"] == 1
    )
    assert "$defs" in api.get("/api/conditions/schema").json()


def test_a_token_without_the_scope_may_not(buyer: int, mark: User) -> None:
    assert _api(mark, "customers:read").get("/api/segments").status_code == 403
