"""A name that came in by one door is the same at every other: it works there, or the first door refused it in words."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.config.tests.house import bearer, furnished, moved_in
from zhiji.flow.collect.protocol.names import snake
from zhiji.flow.collect.tests.conftest import Door
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.tests.filing import imported, uploaded
from zhiji.flow.profile.timeline import MOST_DETAILS
from zhiji.flow.segment.actions import build
from zhiji.flow.segment.catalogue.sentence import said
from zhiji.kernel import clock
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.values.written import cell, safe
from zhiji.records.models import SavedView

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
NAMES = [
    "a/b", "a.b", 'a"b', "a'b", "%s", "{{x}}", "{% x", "[x]", "=1+1", "@x", "a,b", "a;b", "a  b", "a\\b", "身高/体重",
    "😀", "长" * 90, "__proto__", "constructor", "א\u200fב", "<b>x</b>", "前90天", "是", "'x", "-1",
]  # fmt: skip
LEAD = {" lead": "lead", "trail ": "trail", "\u200fleft": "left"}
"""What stands around a name is no part of it."""


@pytest.fixture
def one(alice: User) -> int:
    furnished(alice)
    return next(iter(moved_in(["甲一"], alice).values()))


class House:
    """What a browser and a program are shown."""

    def __init__(self, browser: Client, user: User) -> None:
        self.browser, self.key = browser, bearer(user)

    def page(self, address: str, **form: str) -> str:
        answer = self.browser.post(address, form) if form else self.browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        text = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        return unescape(text.decode("utf-8-sig"))

    def asked(self, address: str, **form: str) -> Any:
        return json.loads(self.page(address, **form) if form else self.browser.get(address).content)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(self.browser, method)(f"/api/{path}", headers=self.key, **more)
        assert answer.status_code < 300, (path, answer.status_code, answer.content.decode())
        return answer.json()


@pytest.fixture
def house(one: int, alice: User, signed_in: Browser) -> House:
    return House(signed_in(alice), alice)


def table(*rows: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def wrong_of(house: House, one: int, trees: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """{name: what a door did} where a condition isn't checked without doubts, said and read again as it is; then all
    of them as one segment: counted, listed, explained and exported."""
    wrong: dict[str, Any] = {}
    for name, tree in trees.items():
        told = house.asked("/conditions/check/", condition=json.dumps(tree))
        again = house.asked("/conditions/read/", text=told["sentence"])
        if told["problem"] or told["warnings"] or not again["tree"] or said(again["tree"]) != told["sentence"]:
            wrong[name] = [told, again]
    whole = {"kind": "all", "of": list(trees.values())}
    counted = house.asked("/conditions/count/", condition=json.dumps(whole))
    assert counted["count"] == 1
    house.call("post", "segments", {"key": "all", "name": "=全部", "condition": whole})
    build(clock.now())
    assert [row["customer_id"] for row in house.call("get", "segments/all/members")["rows"]] == [one]
    shown = {
        "people": house.page("/segments/preview/people/", condition=json.dumps(whole), sample=str(one)),
        "page": house.page("/segments/all/"),
        "explained": house.page(f"/explain/{one}/?of=segment:all"),
        "file": "\n".join(map(cell, read(house.page("/segments/all/export/", form="csv"))[1])),
    }
    assert f"/customers/{one}/" in house.page("/customers/?segment=all")
    for name, tree in trees.items():
        if missing := [place for place, text in shown.items() if said(tree) not in text]:
            wrong[name] = [missing, said(tree), *wrong.get(name, [])]
    return wrong


def test_a_column_of_a_file_is_a_custom_field_of_that_name_everywhere(house: House, one: int) -> None:
    columns = [*NAMES, *LEAD]
    text = table(
        ["会员号", "姓名", *map(safe, columns)], ["甲一", "甲一", *(f"v{place}" for place in range(len(columns)))]
    )
    draft = house.page(uploaded(house.browser, text))
    assert [name for name in map(cell, columns) if name not in draft] == []
    assert imported(house.browser, text).taken == 1
    names = [cell(name) for name in columns]
    assert Portrait.objects.get(pk=one).attributes == {name: f"v{place}" for place, name in enumerate(names)}
    assert house.call("get", f"customers/{one}")["attributes"] == Portrait.objects.get(pk=one).attributes
    record_page = house.page(f"/customers/{one}/")
    assert [name for name in names if name not in record_page] == []
    known = house.asked("/conditions/")["attributes"]
    assert {part["label"] for part in known if part.get("custom")} == set(names)
    trees = {
        name: {"kind": "attribute", "name": f"attributes.{name}", "op": "eq", "value": f"v{place}"}
        for place, name in enumerate(names)
    }
    assert wrong_of(house, one, trees) == {}


@pytest.mark.parametrize("name", ["长" * 101, "a\u202eb", "a\nb"])
def test_a_column_that_no_field_can_be_called_is_named_with_the_cure_at_every_form(
    name: str, house: House, one: int
) -> None:
    text = table(["会员号", "姓名", name], ["七", "七", "v"])
    draft = uploaded(house.browser, text)
    for form in ({"kind": "customer"}, {"kind": "customer", "start": "1"}):
        told = house.page(draft, **form)
        assert f"“{name[:60]}”这一列不能收作自定义字段" in told and "前后没有空格" in told
    assert imported(house.browser, text, **{"rest-type-2": ""}).taken == 1
    written = f"{name} ".replace("\n", "\x01")
    for address, form in (
        (f"/customers/{one}/fields/", {"name": written, "value": "v"}),
        (
            "/customers/new/",
            {"key": "k", "kind": "person", "priority": "0", "name": "丁", "field": written, "value": "v"},
        ),
    ):
        answer = house.browser.post(address, form)
        assert answer.status_code == 422 and "自定义字段的名称要有" in answer.content.decode()
    assert set(Portrait.objects.values_list("name", flat=True)) == {"甲一", "七"}
    assert not any(Portrait.objects.values_list("attributes", flat=True))


def test_a_custom_field_of_any_name_fills_a_letter_or_is_not_offered(house: House, one: int) -> None:
    house.call("patch", f"customers/{one}", {"attributes": {name: f"v{place}" for place, name in enumerate(NAMES)}})
    (data,) = re.findall(r'id="letter-editor" type="application/json">(.*?)</script>', house.page("/templates/new"))
    groups = json.loads(data)["groups"]
    offered = {part["path"]: part for group in groups for part in group["entries"]}
    left_out = [name for name in NAMES if f"attributes.{name}" not in offered]
    assert left_out == ['a"b', "a\\b", "__proto__"], "a template can't name these"
    html = "".join(f"<p>{one['source']}</p>" for path, one in offered.items() if path.startswith("attributes."))
    filled = house.page("/templates/preview", subject="x", html=html, text="", customer=str(one))
    assert [name for place, name in enumerate(NAMES) if name not in left_out and f">v{place}<" not in filled] == []
    saved = house.browser.post(
        "/templates/new", {"name": "x", "key": "x", "purpose": "service", "subject": "x", "html": html, "text": ""}
    )
    assert saved.status_code == 302, saved.content.decode()


def test_a_tag_of_any_name_narrows_lists_is_kept_and_goes_out_and_comes_in(house: House, one: int) -> None:
    names = [name for name in NAMES if len(name) <= 40]
    house.call("patch", f"customers/{one}", {"add_tags": names[:20]})
    house.call("patch", f"customers/{one}", {"add_tags": names[20:]})
    kept = house.call("get", f"customers/{one}")["tags"]
    assert len(kept) == len(names)
    filters = house.page("/customers/filters/")
    wrong = {}
    for name in kept:
        query = urlencode({"tag": name})
        shown = house.page(f"/customers/?{query}")
        address = next(part for part in shown.split('"') if part.startswith("/segments/new/?condition="))
        tree = json.loads(parse_qs(urlsplit(address).query)["condition"][0])
        answer = house.browser.post("/customers/views/", {"name": name[:40], "query": query})
        view = SavedView.objects.latest("id")
        fine = {
            "list": f"/customers/{one}/" in shown,
            "api": [row["id"] for row in house.call("get", f"customers?{query}")["rows"]] == [one],
            "filter": f'value="{name}"' in filters,
            "chip": f"标签是 {name}" in shown,
            "condition": house.asked("/conditions/count/", condition=json.dumps(tree))["count"] == 1,
            "form": json.dumps(name, ensure_ascii=False) in house.page(address),
            "view": view.name == name[:40] and f"/customers/{one}/" in house.page(answer["Location"]),
        }
        if unfit := [what for what, holds in fine.items() if not holds]:
            wrong[name] = f"{unfit} {tree} {view.query}"
    assert wrong == {}
    for row in read(house.page("/customers/export/", query="column=tags&column=phone")):
        assert all(safe(cell(text)) == text for text in row)
    trees = {name: {"kind": "tag", "tag": name} for name in kept}
    assert wrong_of(house, one, trees) == {}


def sent(*events: tuple[str, dict[str, Any]]) -> int:
    """How many of these events of the customer's the tracking door put into quarantine."""
    calls = [{"type": "track", "userId": "甲一", "event": name, "properties": told} for name, told in events]
    refused = Door().send("/v1/batch", {"batch": calls}, key="wk").json().get("quarantined", 0)
    run_once()
    return int(refused)


COUNT = {"kind": "behaviour", "measure": "count", "op": "ge", "value": 1}


@pytest.mark.django_db(transaction=True)
def test_an_event_of_any_name_is_a_fact_everywhere_or_in_quarantine_with_the_reason(house: House, one: int) -> None:
    refused = [name for name in NAMES if not snake(name)]
    assert sent(*((name, {"n": 1}) for name in NAMES)) == len(refused) > 0
    assert house.page("/quarantine/").count("事件名") >= len(refused)
    facts = sorted({snake(name) for name in NAMES} - {""})
    assert {"a_b", "constructor", "身高_体重", "1"} <= set(facts)
    kinds, wrong = house.page(f"/customers/{one}/"), {}
    for place, fact in enumerate(facts):
        query = urlencode({"name": fact})
        trigger = {"kind": "fact", "fact": fact, "where": [{"property": "n", "op": "eq", "value": 1}]}
        rule = {"key": f"r{place}", "name": "规则", "trigger": trigger, "steps": [{"kind": "tag", "tag": "x"}]}
        fine = {
            "timeline": fact in house.page(f"/customers/{one}/timeline/?{urlencode({'kind': fact})}"),
            "api": {row["name"] for row in house.call("get", f"customers/{one}/timeline?{query}")["rows"]} == {fact},
            "log": {row["name"] for row in house.call("get", f"facts?{query}")["rows"]} == {fact},
            "rule": house.call("post", "rules", rule) and f"「{fact}」" in house.page(f"/rules/r{place}/"),
        }
        if unfit := [what for what, holds in fine.items() if not holds]:
            wrong[fact] = unfit
    assert wrong == {} and "?kind=a_b" in kinds
    assert wrong_of(house, one, {fact: {**COUNT, "fact": fact} for fact in facts}) == {}


@pytest.mark.django_db(transaction=True)
def test_a_property_of_any_name_is_shown_offered_and_asked_for(house: House, one: int) -> None:
    every = {name: f"v{place}" for place, name in enumerate(NAMES)}
    parts = [dict(list(every.items())[at : at + MOST_DETAILS]) for at in range(0, len(every), MOST_DETAILS)]
    assert sent(*(("told", part) for part in parts)) == 0
    timeline = house.page(f"/customers/{one}/timeline/?kind=told")
    assert [name for name in NAMES if name not in timeline] == []
    offered = house.asked("/conditions/properties/?fact=told")
    assert [name for name in NAMES if name not in {part["key"] for part in offered}] == []
    values = [house.asked(f"/conditions/values/?{urlencode({'fact': 'told', 'property': name})}") for name in NAMES]
    assert values == [[value] for value in every.values()]
    wheres = {name: [{"property": name, "op": "eq", "value": value}] for name, value in every.items()}
    assert (
        wrong_of(house, one, {name: {**COUNT, "fact": "told", "where": where} for name, where in wheres.items()}) == {}
    )
