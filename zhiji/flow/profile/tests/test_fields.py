"""The customer list narrowed by custom fields: on the page, by API, in views, exports, bulk acts and segments."""

from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.http import QueryDict
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.config.api import api
from zhiji.flow.profile import actions, fields
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.tests.acts import all_settle, identified, portrait
from zhiji.flow.segment.conditions import parse
from zhiji.records.models import SavedView

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
HOSTILE = [
    "身高/体重",
    "a.b",
    'a"b',
    "it's",
    "100%",
    "%s",
    "长" * 100,
    "x]_min",
    "_min",
    "a[0]",
    "?q=1#f",
    "a&b",
    "\\",
    "+",
]
HELD: dict[str, dict[str, Any]] = {
    "王": {"等级": "金卡", "身高": 170, "到期日": "2026-01-15", "会员": True},
    "李": {"等级": "银卡", "身高": "165.5", "到期日": "2026-03-31", "会员": False},
    "张": {"等级": "金卡", "身高": 181, "会员": True},
    "刘": {},
}


@pytest.fixture
def four(bob: User) -> list[Portrait]:
    """The second and the fourth are Bob's."""
    for number, (name, held) in enumerate(HELD.items()):
        identified(f"user:{number}", days=number * 10, name=name + "芳", **held)
    all_settle()
    found = [portrait(f"user:{number}") for number in range(4)]
    actions.assign_owner(customer_ids=[found[1].pk, found[3].pk], owner=bob, by=None)
    return found


def names(user: User, query: str) -> str:
    return "".join(row.name[0] for row in Listing(user, QueryDict(query)).page().rows)


@pytest.mark.parametrize(
    ("query", "shown", "chip"),
    [
        ("field[等级]=金卡", "王张", "等级是 金卡"),
        ("field[等级]=金卡&field[等级]=银卡", "王李张", "等级是 金卡 或 银卡"),
        ("field[会员]=true", "王张", "会员是 是"),
        ("field_min[身高]=165.5&field_max[身高]=175", "王李", "身高在 165.5 到 175 之间"),
        ("field_min[身高]=171", "张", "身高 ≥ 171"),
        ("field_from[到期日]=2026-02-01", "李", "到期日不早于 2026-02-01"),
        ("field_to[到期日]=2026/1/15", "王", "到期日不晚于 2026-01-15"),
        ("field_from[到期日]=2026-01-15&field_to[到期日]=2026-03-31", "王李", "到期日在 2026-01-15 到 2026-03-31 之间"),
        ("field[没有]=x", "", "没有是 x"),
    ],
)
def test_the_list_is_narrowed_by_a_field_and_says_so(
    query: str, shown: str, chip: str, alice: User, four: list[Portrait]
) -> None:
    assert names(alice, query) == shown
    (said,) = Listing(alice, QueryDict(query)).chips()
    assert (said.sentence, said.without) == (chip, "")


def test_several_fields_narrow_together_and_beside_other_filters(alice: User, four: list[Portrait]) -> None:
    assert names(alice, "field[等级]=金卡&field_max[身高]=175") == "王"
    assert names(alice, "field[等级]=金卡&last_seen_before=15") == "张"
    assert names(alice, "field[身高]=170&field_min[身高]=1") == "王"


def test_a_salesperson_narrows_only_their_own_and_is_offered_only_what_those_hold(
    alice: User, bob: User, four: list[Portrait]
) -> None:
    assert (names(alice, "field[等级]=金卡&field[等级]=银卡"), names(bob, "field[等级]=金卡&field[等级]=银卡")) == (
        "王李张",
        "李",
    )
    assert dict(fields.values(alice, "等级")) == {"金卡": "金卡", "银卡": "银卡"}
    assert dict(fields.values(bob, "等级")) == {"银卡": "银卡"}


def test_a_contact_value_in_a_field_is_nothing_to_choose(alice: User) -> None:
    identified("user:x", name="王芳", 备注="请打 13812345678", 等级="金卡")
    all_settle()
    (held,) = (one.attributes for one in Portrait.objects.all())
    assert "⟦phone" in held["备注"]
    assert (fields.values(alice, "备注"), fields.values(alice, "等级")) == ([], [("金卡", "金卡")])
    assert names(alice, urlencode({"field[备注]": "请打 13812345678"})) == ""


def test_the_panel_offers_each_field_by_what_it_holds(alice: User, four: list[Portrait], signed_in: Browser) -> None:
    browser = signed_in(alice)
    panel = browser.get("/customers/filters/?field[等级]=金卡").content.decode()
    assert all(f'<option value="{name}">' in panel for name in ("等级", "身高", "到期日", "会员"))
    assert 'name="field[等级]" value="金卡" checked' in panel and 'name="field[等级]" value="银卡">' in panel
    asked = {name: browser.get("/customers/filters/field/", {"of": name}).content.decode() for name in HELD["王"]}
    assert 'type="number" step="any" name="field_min[身高]"' in asked["身高"]
    assert 'type="date" name="field_to[到期日]"' in asked["到期日"]
    assert 'value="true"' in asked["会员"] and ">是<" in asked["会员"]
    assert "fieldset" not in browser.get("/customers/filters/field/", {"of": "没有"}).content.decode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_field_of_any_name_narrows_everywhere(name: str, alice: User, signed_in: Browser) -> None:
    for number, value in enumerate(("一", "二")):
        identified(f"user:{number}", name=f"{value}号")
    all_settle()
    for number, value in enumerate(("一", "二")):
        actions.edit_attributes(
            customer_ids=[portrait(f"user:{number}").pk], changes={f"attributes.{name}": value}, by=alice
        )
    all_settle()
    browser, query = signed_in(alice), urlencode({f"field[{name}]": "二"})
    page = browser.get(f"/customers/?{query}").content.decode()
    assert "二号" in page and "一号" not in page and f"{name}是 二" in unescape(page)
    assert f"[{name}]" in unescape(browser.get(f"/customers/filters/?{query}").content.decode())
    assert f"field[{name}]" in unescape(browser.get("/customers/filters/field/", {"of": name}).content.decode())
    token = create_token(by=None, user=alice, name="t", scopes=["customers:read"])
    told = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/customers?{query}")
    assert [row["name"] for row in told.json()["rows"]] == ["二号"]
    parse(Listing(alice, QueryDict(query)).condition())


def test_the_api_narrows_and_refuses_in_words(alice: User, four: list[Portrait]) -> None:
    token = create_token(by=None, user=alice, name="t", scopes=["customers:read"])
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def told(**query: Any) -> Any:
        answer = client.get("/api/customers", query)
        return [one["name"][0] for one in answer.json()["rows"]] if answer.status_code == 200 else answer.json()["path"]

    assert told(**{"field[等级]": ["金卡", "银卡"], "field_min[身高]": "166"}) == ["王", "张"]
    for name, value in {
        "field": "金卡", "field[]": "x", "field[ a]": "x", "fields[a]": "x", "field_max[身高]": "much",
        "field_from[到期日]": "soon", "field_less[身高]": "1", "field[a\nb]": "x", "region[a]": "x",
    }.items():  # fmt: skip
        assert told(**{name: value}) == name, name
    assert told(**{f"field[{number}]": "x" for number in range(21)}) == "field[20]"
    (described,) = (
        one
        for one in api.get_openapi_schema()["paths"]["/api/customers"]["get"]["parameters"]
        if one["name"] == "field"
    )
    assert described["style"] == "deepObject" and described["schema"]["additionalProperties"]["type"] == "array"


def test_a_view_an_export_a_bulk_act_and_a_segment_keep_to_the_field(
    alice: User, four: list[Portrait], signed_in: Browser
) -> None:
    browser, query = signed_in(alice), urlencode({"field[等级]": "金卡"})
    browser.post("/customers/views/", {"name": "金卡", "query": query})
    assert names(alice, SavedView.objects.get().query) == "王张"
    lines = b"".join(browser.post("/customers/export/", {"query": query})).decode().splitlines()[1:]  # type: ignore[arg-type]
    assert [line.split(",")[1][0] for line in lines] == ["王", "张"]
    browser.post("/customers/bulk/", {"everyone": "1", "query": query, "verb": "priority", "priority": "2"})
    assert set(Portrait.objects.filter(priority=2).values_list("pk", flat=True)) == {four[0].pk, four[2].pk}
    shown = browser.get(f"/customers/?{query}")
    tree = QueryDict(shown.context["segment_url"].partition("?")[2])["condition"]
    assert orjson.loads(tree)["of"] == [
        {"kind": "attribute", "name": "attributes.等级", "op": "in", "value": ["金卡"], "type": "text"}
    ]
