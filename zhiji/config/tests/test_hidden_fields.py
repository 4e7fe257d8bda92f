"""A role that may not read a field neither sees nor asks it: on no page, in no answer, by no filter or condition."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.conf import settings
from django.test import Client

from zhiji.access.models import User
from zhiji.config.tests.house import bearer, furnished, moved_in
from zhiji.config.tests.test_masks_everywhere import ASKED, answers, pages, shown
from zhiji.flow.act.actions import create_rule
from zhiji.flow.act.definition import RuleRefused
from zhiji.flow.profile.actions import edit_attributes
from zhiji.flow.profile.tests.acts import all_settle, customer
from zhiji.flow.segment import actions as segment
from zhiji.flow.segment.conditions import ConditionError
from zhiji.kernel import clock
from zhiji.records.tests.acts import secret

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
VALUE = "镜湖绝密九"
IS = {"kind": "attribute", "name": "attributes.诊断", "op": "eq", "value": VALUE, "type": "text"}
TOLD = {
    "kind": "behaviour", "fact": "attributes_changed", "measure": "count", "op": "ge", "value": 1,
    "where": [{"property": "changes", "op": "contains", "value": VALUE}],
}  # fmt: skip


@pytest.fixture
def one(alice: User, monkeypatch: pytest.MonkeyPatch) -> int:
    """A customer with a value that sources and a person told, and a segment that reads it."""
    monkeypatch.setattr(settings, "DEMO", True)
    furnished(alice)
    moved_in(["甲一", "乙二"], alice)
    pk = customer("user:h1", name="明了", 诊断=VALUE).pk
    field = secret("诊断")
    edit_attributes(customer_ids=[pk], changes={field.path: f"{VALUE}甲"}, by=alice)
    edit_attributes(customer_ids=[pk], changes={field.path: VALUE}, by=alice)
    all_settle()
    segment.create_segment(by=alice, key="ill", name="病人", condition={"kind": "any", "of": [IS, IS | {"op": "ne"}]})
    classes = [{"key": "ill", "name": "病", "condition": IS}, {"key": "rest", "name": "余", "condition": None}]
    segment.create_scheme(by=alice, key="health", name="健康", classes=classes)
    segment.build(clock.now())
    return pk


@pytest.mark.long
@pytest.mark.parametrize("role", ["sue"])
def test_no_page_and_no_answer_shows_a_hidden_value(
    role: str, one: int, alice: User, request: pytest.FixtureRequest, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user: User = request.getfixturevalue(role)
    asked = {"customer": str(one), "fact": "attributes_changed", "property": "changes", "of": "segment:ill"}
    for name, value in asked.items():
        monkeypatch.setitem(ASKED, name, value)
    client.force_login(user)
    answered, leaks = shown(client, pages(), (VALUE,))
    assert not leaks and len(answered) > 30
    answered, leaks = shown(Client(), answers(), (VALUE,), **bearer(user))
    assert not leaks and len(answered) > 15
    told = ("segments/", "segments/ill/", "schemes/health/", "schemes/health/ill/")
    for path in (f"/customers/{one}/", f"/explain/{one}/?of=segment:ill", *(f"/{path}" for path in told)):
        assert VALUE not in client.get(path).content.decode()
        assert VALUE in _as(alice).get(path).content.decode()


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_list_is_not_narrowed_or_counted_by_it(one: int, alice: User, sue: User) -> None:
    right, wrong = (urlencode({"field[诊断]": value}) for value in (VALUE, "别的"))
    for user, differs in ((alice, True), (sue, False)):
        counts = [_as(user).get(f"/customers/count/?{query}").content for query in (right, wrong)]
        rows = [_as(user).get(f"/customers/?{query}").content.decode() for query in (right, wrong)]
        assert (counts[0] != counts[1], "明了" in rows[1]) == (differs, not differs)
    assert "诊断" in _as(alice).get("/customers/filters/").content.decode()
    assert "诊断" not in _as(sue).get("/customers/filters/").content.decode()
    query = urlencode({"of": "诊断"})
    assert VALUE in _as(alice).get(f"/customers/filters/field/?{query}").content.decode()
    assert VALUE not in _as(sue).get(f"/customers/filters/field/?{query}").content.decode()


def test_a_program_is_told_that_there_is_no_such_field(one: int, alice: User, sue: User, client: Client) -> None:
    query = urlencode({"field[诊断]": VALUE})
    found = client.get(f"/api/customers?{query}", headers=bearer(alice))
    assert [row["id"] for row in found.json()["rows"]] == [one]
    refused = client.get(f"/api/customers?{query}", headers=bearer(sue))
    assert refused.status_code == 422 and "没有这个自定义字段" in refused.json()["detail"]


@pytest.mark.parametrize("tree", [IS, TOLD, {"kind": "not", "of": IS}])
def test_no_condition_asks_it(tree: dict[str, Any], one: int, alice: User, mark: User, client: Client) -> None:
    body = {"condition": tree}
    for path in ("conditions/preview", "segments/ill/difference"):
        asked = [
            client.post(f"/api/{path}", body, content_type="application/json", headers=bearer(user))
            for user in (alice, mark)
        ]
        assert [answer.status_code for answer in asked] == [200, 422]
    explained = client.post(
        "/api/conditions/explain", body | {"customer": one}, content_type="application/json", headers=bearer(mark)
    )
    assert explained.status_code == 422 and VALUE not in explained.content.decode().replace(str(tree), "")
    posted = {"condition": orjson.dumps(tree).decode()}
    posted |= {"own_key": "segment:ill", "sample": str(one)}
    for url in (
        "/conditions/count/",
        *(f"/segments/preview/{name}" for name in ("", "people/", "trend/", "difference/")),
    ):
        told, untold = (_as(user).post(url, posted) for user in (alice, mark))
        assert told.status_code == 200 and told.content != untold.content
        assert "明了" not in untold.content.decode()
    with pytest.raises(ConditionError):
        segment.create_segment(by=mark, key="new", name="新", condition=tree)
    with pytest.raises(RuleRefused):
        create_rule(
            by=mark, name="新", trigger={"kind": "fact", "fact": "order_paid"}, audience=tree,
            steps=[{"kind": "tag", "tag": "谢"}],
        )  # fmt: skip


def test_what_others_published_stays_usable_and_says_no_reason(one: int, alice: User, mark: User) -> None:
    for user, told in ((alice, True), (mark, False)):
        page = _as(user).get(f"/explain/{one}/?of=segment:ill").content.decode()
        assert ("看不到的字段" in page) is not told
        assert ("诊断" in str(_as(user).get("/conditions/").json())) is told
    members = _as(mark).get("/segments/ill/members/").content.decode()
    assert "明了" in members


def test_a_definition_that_reads_it_is_told_without_its_condition_and_opened_by_those_who_may_read(
    one: int, alice: User, mark: User, client: Client
) -> None:
    for path in ("segments", "segments/ill", "schemes", "schemes/health"):
        told, untold = (str(client.get(f"/api/{path}", headers=bearer(user)).json()) for user in (alice, mark))
        assert VALUE in told and VALUE not in untold and "条件用到您看不到的字段。" in untold
    for path in ("segments/ill/edit/", "segments/new/?copy=ill", "schemes/health/edit/"):
        opened, refused = (_as(user).get(f"/{path}") for user in (alice, mark))
        assert (opened.status_code, refused.status_code) == (200, 403)
        assert VALUE in opened.content.decode() and VALUE not in refused.content.decode()
