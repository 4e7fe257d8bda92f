"""A condition may speak of what never was, but not unnoticed; sentences and doubts by API."""

from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.segment.catalogue.observed_names import warnings
from zhiji.flow.segment.conditions import parse
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
ORDERS: dict[str, Any] = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}


@pytest.fixture
def orders(db: None) -> None:
    """Somebody bought something fresh, and trained."""
    given = {"amount": 20, "category": "生鲜", "gift_wrap": True}
    record(
        [
            NewFact("order_paid", clock.now(), "test", "1", given, identity="user:1"),
            NewFact("lesson_trained", clock.now(), "test", "2", {"coach": "a"}, identity="user:1"),
        ]
    )
    run_once()


@pytest.mark.parametrize(
    ("tree", "path", "meant"),
    [
        ({**ORDERS, "fact": "order_payed"}, "$.fact", "order_paid"),
        ({**ORDERS, "fact": "支付定单"}, "$.fact", "order_paid"),
        ({**ORDERS, "fact": "leson_trained"}, "$.fact", "lesson_trained"),
        ({**ORDERS, "measure": "sum", "property": "amont"}, "$.property", "amount"),
        ({**ORDERS, "where": [{"property": "gift_rap", "op": "not_empty"}]}, "$.where[0].property", "gift_wrap"),
        ({**ORDERS, "where": [{"property": "category", "op": "eq", "value": "生鲜类"}]}, "$.where[0].value", "生鲜"),
        (
            {"kind": "sequence", "steps": [{"fact": "order_paid"}, {"fact": "lesson_traind"}]},
            "$.steps[1].fact",
            "lesson_trained",
        ),
        ({"kind": "not", "of": {"kind": "attribute", "name": "attributes.cty", "op": "empty"}}, "$.of.name", "city"),
    ],
)  # fmt: skip
def test_what_was_never_seen_is_doubted_with_what_is_most_like_it(
    orders: None, tree: Any, path: str, meant: str
) -> None:
    (found,) = warnings(parse(tree))
    assert found.path == path and found.text
    assert meant in [one["value"] for one in found.take]


def test_what_was_seen_or_is_declared_is_not_doubted(orders: None) -> None:
    seen = {"property": "gift_wrap", "op": "eq", "value": True}
    for fact, where in (("order_paid", [seen]), ("lesson_trained", []), ("message_opened", [])):
        assert warnings(parse({**ORDERS, "fact": fact, "where": where})) == []


def test_a_tag_nobody_bears_is_doubted(orders: None) -> None:
    (found,) = warnings(parse({"kind": "tag", "tag": "vipp"}))
    assert found.path == "$.tag"


def _api(user: User) -> Client:
    token = create_token(by=None, user=user, name="t", scopes=("segments:read", "segments:write"))
    return Client(headers={"Authorization": f"Bearer {token}"})


def _post(api: Client, path: str, body: dict[str, Any], language: str = "zh-hans") -> Any:
    headers = {"Accept-Language": language}
    return api.post(f"/api/{path}", body, content_type="application/json", headers=headers)


def test_a_sentence_is_read_by_api_and_said_back_in_the_language_asked_for(orders: None, mark: User) -> None:
    found = _post(_api(mark), "conditions/read", {"sentence": "最近30天下单次数>=3"}).json()
    assert found["condition"]["window"] == {"last": 30, "unit": "days"}
    assert (found["sentence"], found["warnings"]) == ("近 30 天 支付订单 次数 ≥ 3", [])
    english = {"sentence": "order paid: count in the past 30 days >= 3", "language": "en"}
    assert _post(_api(mark), "conditions/read", english).json()["condition"] == found["condition"]


def test_an_unreadable_sentence_is_refused_by_api_with_the_place(mark: User) -> None:
    refused = _post(_api(mark), "conditions/read", {"sentence": "近 30 天 支付订单 次 ≥ 3"})
    assert (refused.status_code, refused.json()["position"], refused.json()["hint"]) == (422, 12, "次数")


def test_a_wrong_tree_is_refused_by_api_in_the_language_asked_for(mark: User) -> None:
    told = [
        _post(_api(mark), "conditions/preview", {"condition": {"kind": "tg"}}, one).json() for one in ("zh-hans", "en")
    ]
    assert [one["reason"] for one in told] == ["没有“tg”这种条件", "there is no kind of condition “tg”"]
    assert [one["take"][0]["value"] for one in told] == ["tag", "tag"]


def test_doubts_come_with_the_preview_and_with_what_was_made(orders: None, mark: User) -> None:
    tree = {**ORDERS, "fact": "order_payed"}
    assert _post(_api(mark), "conditions/preview", {"condition": tree}).json()["warnings"][0]["path"] == "$.fact"
    made = _post(_api(mark), "segments", {"key": "x", "name": "x", "condition": tree})
    assert made.status_code == 201 and made.json()["warnings"][0]["take"][0]["value"] == "order_paid"


def test_what_may_follow_is_offered_by_api_with_what_was_seen(orders: None, mark: User) -> None:
    found = _post(_api(mark), "conditions/suggest", {"sentence": "近 30 天 lesson", "cursor": 13}).json()
    assert found[0] == {"start": 7, "text": "lesson_trained", "label": "lesson_trained"}
