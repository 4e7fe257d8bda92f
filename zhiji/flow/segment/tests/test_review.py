"""The review of a scheme: month by month, classes that are too big or too empty, and who is near a border."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.segment import actions, border, review
from zhiji.flow.segment.models import SchemeClass
from zhiji.flow.segment.tests.shop import CLASSES, bought, owned
from zhiji.flow.segment.web.review import advice
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> dict[str, int]:
    """Four buyers with one to four orders; three make a regular. One of three orders bought them a year ago."""
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
    (one,) = border.compute("plan", clock.now())["borders"]
    sides = {(side["from"], side["to"]): [pk for pk, _value in side["sample"]] for side in one["sides"]}
    assert sides[("rest", "often")] == [people["王二"]]
    assert sorted(sides[("often", "rest")]) == sorted([people["张三"], people["赵五"]])
    assert one["sides"][0]["sample"][0][1] == 3


def test_a_salesperson_reads_only_their_own_near_a_border(
    people: dict[str, int], bob: User, signed_in: Callable[[User], Client]
) -> None:
    owned(bob, people["张三"])
    text = signed_in(bob).get("/schemes/plan/borders/").content.decode()
    assert "张三" in text and "王二" not in text


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
    assert {side["source"] for side in sides} == {"often", "rest"}
    asked = {"classes": [{**CLASSES[0], "condition": {**CLASSES[0]["condition"], "value": 2}}, CLASSES[1]]}  # type: ignore[dict-item]
    moves = api.post("/api/schemes/plan/trial", asked, content_type="application/json").json()["moves"]
    assert {"source": "rest", "target": "often", "count": 1, "sample": [people["王二"]]} in moves
