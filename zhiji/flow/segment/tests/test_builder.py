"""The condition builder: what it is given, what it is told of a tree, and the templates to begin from."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import evaluate
from zhiji.flow.segment.catalogue import classics
from zhiji.flow.segment.catalogue.lunar_words import days_like, said
from zhiji.flow.segment.catalogue.sentence import sentence
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.conditions.tree import KINDS
from zhiji.flow.segment.web.wording import texts
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
SCRIPTS = Path(__file__).parents[1] / "static/segment/builder"
TEMPLATES = [(trade.key, one) for trade in classics.TRADES for one in trade.templates]
BUYERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}


@pytest.fixture
def buyer(db: None) -> None:
    """Somebody who bought twice."""
    record(
        [
            NewFact("order_paid", clock.now(), "test", key, {"amount": 20, "product_id": "P1"}, identity="user:1")
            for key in "12"
        ]
    )
    run_once()


def scripts() -> str:
    return "".join(path.read_text("utf-8") for path in SCRIPTS.glob("*.js"))


def test_every_word_that_the_scripts_say_is_given() -> None:
    asked = set(re.findall(r"\btexts\.([a-z_]+)\b", scripts())) - {"text"}
    parts = set(re.findall(r"\btexts\[`([a-z]+_)\$", scripts()))
    assert asked - set(texts()) == set()
    assert all(any(name.startswith(part) for name in texts()) for part in parts)


def test_no_word_is_given_that_no_script_says() -> None:
    parts = tuple(re.findall(r"\btexts\[`([a-z]+_)\$", scripts()))
    assert {name for name in texts() if f"texts.{name}" not in scripts() and not name.startswith(parts)} == set()


def test_every_kind_of_the_language_can_be_drawn() -> None:
    drawn = set(re.findall(r"B\.leaf\.([a-z]+) = ", scripts()))
    assert drawn | {"all", "any", "not"} == set(KINDS)


def test_every_icon_of_the_scripts_is_on_the_page(mark: User, signed_in: Callable[[User], Client]) -> None:
    page = signed_in(mark).get("/segments/new/").content.decode()
    asked = set(re.findall(r'(?:icon|iconButton)\("([a-z0-9-]+)"', scripts()))
    assert asked - set(re.findall(r'data-zb-icon="([^"]+)"', page)) == set()


@pytest.mark.parametrize(("trade", "one"), TEMPLATES, ids=[f"{key}-{one.name[1]}" for key, one in TEMPLATES])
def test_a_template_parses_and_is_said_in_both_languages(trade: str, one: classics.Template) -> None:
    node = parse(one.tree)
    assert re.search("[\u4e00-\u9fff]", sentence(node, "zh-hans"))
    assert sentence(node, "en")


def test_every_trade_has_at_least_eight_templates_and_they_count(buyer: None) -> None:
    assert all(len(trade.templates) >= 8 for trade in classics.TRADES)
    held = evaluate.verdicts({str(at): one.tree for at, (_trade, one) in enumerate(TEMPLATES)}, None, clock.now())
    assert len(held) == len(TEMPLATES)
    assert sum(map(len, held.values())) >= 1


def test_the_builder_is_given_what_conditions_can_be_made_of(
    buyer: None, mark: User, signed_in: Callable[[User], Client]
) -> None:
    given = signed_in(mark).get("/conditions/").json()
    assert ["order_paid", "支付订单"] in given["facts"]
    assert {"place", "birthday"} <= {one["key"] for one in given["attributes"]}
    assert [one["label"] for one in given["places"]][:2] == ["华北", "华东"]
    assert given["operators"]["number"][0] == ["ge", "≥"]


def test_a_property_says_its_type_and_its_picker(buyer: None, mark: User, signed_in: Callable[[User], Client]) -> None:
    found = {one["key"]: one for one in signed_in(mark).get("/conditions/properties/", {"fact": "order_paid"}).json()}
    assert found["amount"]["type"] == "money"
    assert found["product_id"]["picker"] == "product"


def test_values_lately_seen_are_offered(buyer: None, mark: User, signed_in: Callable[[User], Client]) -> None:
    asked = {"fact": "order_paid", "property": "product_id"}
    assert signed_in(mark).get("/conditions/values/", asked).json() == ["P1"]


def _checked(browser: Client, tree: Any) -> dict[str, Any]:
    answer: dict[str, Any] = browser.post("/conditions/check/", {"condition": json.dumps(tree)}).json()
    return answer


def test_a_sound_tree_is_answered_with_its_sentence(mark: User, signed_in: Callable[[User], Client]) -> None:
    found = _checked(signed_in(mark), BUYERS)
    assert found["problem"] is None
    assert "支付订单" in found["sentence"]


def test_what_is_wrong_is_told_with_its_place(mark: User, signed_in: Callable[[User], Client]) -> None:
    problem = _checked(signed_in(mark), {"kind": "all", "of": [BUYERS, {"kind": "tag", "tag": " "}]})["problem"]
    assert problem["path"].startswith("$.of[1]")
    assert problem["reason"]


def test_the_figures_count_and_name_with_the_reason(
    buyer: None, mona: User, signed_in: Callable[[User], Client]
) -> None:
    browser, asked = signed_in(mona), {"condition": json.dumps(BUYERS)}
    shown = browser.post("/segments/preview/", asked).content.decode()
    assert 'data-count="1"' in shown
    root = Customer.objects.get().pk
    assert f'"sample": "{root}"' in shown
    assert "sg-reason" in browser.post("/segments/preview/people/", {**asked, "sample": str(root)}).content.decode()
    assert signed_in(mona).post("/conditions/count/", {"condition": json.dumps(BUYERS)}).json()["count"] == 1


def test_of_very_many_a_sample_is_counted_first(
    buyer: None, mona: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Customer.objects.get().pk
    monkeypatch.setattr("zhiji.flow.segment.figures.customer_sample._roots", lambda: ([root], 10.0))
    monkeypatch.setattr("zhiji.flow.segment.figures.customer_sample._kept", {})
    asked = {"condition": json.dumps(BUYERS)}
    about = signed_in(mona).post("/segments/preview/", asked).content.decode()
    assert 'data-about="10"' in about and "exact" in about
    exact = signed_in(mona).post("/segments/preview/", {**asked, "exact": "on"}).content.decode()
    assert 'data-count="1"' in exact


def test_the_last_ninety_days_are_drawn(buyer: None, mona: User, signed_in: Callable[[User], Client]) -> None:
    shown = signed_in(mona).post("/segments/preview/trend/", {"condition": json.dumps(BUYERS)}).content.decode()
    assert "trend-option" in shown and "style=" not in shown


def test_a_sentence_becomes_a_tree(mark: User, signed_in: Callable[[User], Client]) -> None:
    browser = signed_in(mark)
    found = browser.post("/conditions/read/", {"text": sentence(BUYERS)}).json()
    assert found["tree"]["fact"] == "order_paid"
    refused = browser.post("/conditions/read/", {"text": "近 90 天 支付订但"}).json()
    assert refused["tree"] is None and "支付订单" in refused["reason"]


def test_what_may_follow_is_offered(mark: User, signed_in: Callable[[User], Client]) -> None:
    found = signed_in(mark).post("/conditions/suggest/", {"text": "近 90 天 支付"}).json()
    assert any(one["text"].startswith("近 90 天 支付订单") for one in found)


def test_whoever_may_not_see_segments_is_told_nothing(client: Client) -> None:
    assert client.get("/conditions/").status_code in (302, 403)


def test_a_refused_tree_stays_as_it_was_typed(mark: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(mark).post("/segments/new/", {"name": "常客", "condition": '{"kind": "all", "of": [}'})
    assert answer.status_code == 422
    assert "&quot;of&quot;: [}" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2025年八月十五", "2025-10-06"),
        ("2025 闰六月初一", "2025-07-25"),
        ("1990年腊月三十", "1991-02-14"),
        ("2026 1 1", "2026-02-17"),
    ],
)
def test_a_lunar_date_finds_its_solar_day(typed: str, day: str) -> None:
    assert [one["value"] for one in days_like(typed, clock.day_of(clock.now()))] == [day]


def test_a_day_is_told_by_the_lunar_calendar() -> None:
    assert said("2025-10-06") == "农历八月十五"
    assert said("2025-07-25") == "农历闰六月初一"
    assert said("no day") == ""
