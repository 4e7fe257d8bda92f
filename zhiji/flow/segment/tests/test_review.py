"""The review of a scheme: month by month, classes that are too big or too empty, and who is near a border."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.segment import actions, evaluate
from zhiji.flow.segment.figures import review, sensitivity
from zhiji.flow.segment.models import SchemeClass
from zhiji.flow.segment.tests.shop import BUYERS, CLASSES, bought, owned
from zhiji.flow.segment.web.review import advice
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None, move_clock: Callable[[timedelta], None]) -> dict[str, int]:
    """Four buyers with one to four orders; three make a regular. One of three orders bought them a year ago.

    It is the middle of a month, so that an hour ago is the same month.
    """
    coming = clock.day_of(clock.now() + timedelta(days=31)).replace(day=15)
    move_clock(datetime.combine(coming, time(12), clock.zone()) - clock.now())
    found = bought({"林一": 1, "王二": 2, "张三": 3, "李四": 4})
    found |= bought({"赵五": 3}, clock.now() - timedelta(days=200))
    actions.create_scheme(by=None, key="plan", name="常客方案", classes=CLASSES)
    actions.build(clock.now())
    return found


def test_months_before_the_log_are_asked_as_of_their_end(people: dict[str, int]) -> None:
    months = review.compute("plan", clock.now())["months"]
    assert len(months) == 13 and not months[0]["told"] and months[-1]["told"]
    assert months[0]["sizes"] == {} and months[-2]["sizes"] == {"often": 1}
    assert months[-1]["sizes"] == {"often": 3, "rest": 2}
    assert sorted(map(tuple, months[-1]["flows"])) == [("", "often", 2), ("", "rest", 2)]


def test_the_log_tells_who_moved_since(people: dict[str, int], move_clock: Callable[[timedelta], None]) -> None:
    move_clock(timedelta(days=40))
    bought({"王二": 3})
    months = review.compute("plan", clock.now())["months"]
    assert months[-2]["told"] and months[-2]["sizes"] == {"often": 3, "rest": 2}
    assert list(map(tuple, months[-1]["flows"])) == [("rest", "often", 1)]


def test_those_one_order_off_are_near_the_border(people: dict[str, int]) -> None:
    (one,) = sensitivity.compute("plan", clock.now())["borders"]
    (side,) = one["sides"]
    assert (side["from"], side["to"], side["act"]) == ("rest", "often", "order_paid")
    assert side["sample"] == [[people["王二"], 2]], "orders once made don't pass: nobody falls out of them"


LATELY = {"kind": "recency", "fact": "order_paid", "op": "le", "value": 60, "unit": "days"}
ONCE = {"kind": "not", "of": {**BUYERS, "value": 2}}
MUCH = {**BUYERS, "measure": "sum", "property": "amount", "value": 305}
LIFE = [
    {"key": "potential", "name": "潜在", "condition": {"kind": "not", "of": BUYERS}},
    {"key": "first", "name": "首购", "condition": {"kind": "all", "of": [LATELY, ONCE]}},
    {"key": "rich", "name": "大户", "condition": {"kind": "all", "of": [LATELY, MUCH]}},
    {"key": "repeat", "name": "复购", "condition": LATELY},
    {"key": "lost", "name": "流失", "condition": None},
]


def test_whom_the_review_recommends_one_more_order_really_moves() -> None:
    now = clock.now()
    bought({"林一": 0, "王二": 1, "丁八": 3})
    bought({"赵五": 1, "孙七": 2}, now - timedelta(days=200))
    found = bought({"周六": 2}, now - timedelta(days=59))
    actions.create_scheme(by=None, key="life", name="生命", classes=LIFE)
    actions.build(now)
    sides = [side for one in sensitivity.compute("life", now)["borders"] for side in one["sides"]]
    told = {(side["from"], side["to"]) for side in sides if side["act"]}
    assert {("potential", "first"), ("lost", "repeat"), ("repeat", "rich")} <= told
    assert not {("potential", "lost"), ("lost", "potential")} & {(side["from"], side["to"]) for side in sides}
    assert [found["周六"]] in [[pk for pk, _value in side["sample"]] for side in sides if not side["act"]]
    led = {(pk, side["from"], side["to"]) for side in sides if side["act"] for pk, _value in side["sample"]}
    record(NewFact("order_paid", now, "test", f"act-{pk}", {"amount": 15.25}, customer_id=pk) for pk, _, _ in led)
    run_once()
    after = evaluate.classes(["life"], [pk for pk, _, _ in led], now)["life"]
    assert led and {(pk, was, after[pk]) for pk, was, _to in led} == led


def test_a_salesperson_reads_only_their_own_near_a_border(
    people: dict[str, int], bob: User, signed_in: Callable[[User], Client]
) -> None:
    mine = bought({"吴九": 2})["吴九"]
    owned(bob, mine)
    text = signed_in(bob).get("/schemes/plan/borders/").content.decode()
    assert "吴九" in text and "王二" not in text and "再有 1 次" in text


def test_the_review_page_and_its_parts_open(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(mona)
    for part in ("review/", "months/", "months/?month=3", "borders/", "movements/", ""):
        answer = browser.get(f"/schemes/plan/{part}")
        assert answer.status_code == 200 and "style=" not in answer.content.decode().split('id="content"')[-1]


@pytest.mark.parametrize(
    ("sizes", "alone", "said"),
    [
        ((900, 100), {"a": 900}, "超过六成"),
        ((2, 998), {"a": 2}, "几乎没有人"),
        ((1, 999), {"a": 500}, "前面的类别收走"),
        ((300, 300, 400), {}, ""),
    ],
)
def test_classes_too_big_or_too_empty_come_with_advice(
    sizes: tuple[int, ...], alone: dict[str, int], said: str
) -> None:
    classes = [SchemeClass(key="abc"[at], name="abc"[at], size=size) for at, size in enumerate(sizes)]
    texts = [one["text"] for one in advice(classes, alone)]
    assert any(said in text for text in texts) if said else not texts


def test_the_api_tells_months_borders_and_moves(people: dict[str, int], mona: User) -> None:
    token = create_token(by=None, user=mona, name="t", scopes=("segments:read",))
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/schemes/plan/review").json()["months"][-1]["sizes"] == {"often": 3, "rest": 2}
    sides = api.get("/api/schemes/plan/borders").json()["borders"][0]["sides"]
    assert [(side["source"], side["target"], side["act"]) for side in sides] == [("rest", "often", "order_paid")]
    asked = {"classes": [{**CLASSES[0], "condition": {**CLASSES[0]["condition"], "value": 2}}, CLASSES[1]]}  # type: ignore[dict-item]
    moves = api.post("/api/schemes/plan/trial", asked, content_type="application/json").json()["moves"]
    assert {"source": "rest", "target": "often", "count": 1, "sample": [people["王二"]]} in moves
