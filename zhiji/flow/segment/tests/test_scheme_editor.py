"""The scheme editor shows whom a threshold moves before anything changes, and publishes with the choice about rules."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.definitions.thresholds import spreads, thresholds
from zhiji.flow.segment.figures import customer_sample, preview
from zhiji.flow.segment.models import Build, Classification, CutPoints, Scheme
from zhiji.flow.segment.tests.shop import CLASSES, bought, owned
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
PEOPLE = {"林一": 1, "王二": 2, "张三": 3, "李四": 4}


@pytest.fixture
def people(db: None) -> dict[str, int]:
    """Four buyers with one to four orders; three make a regular."""
    found = bought(PEOPLE)
    actions.create_scheme(by=None, key="plan", name="常客方案", classes=CLASSES)
    actions.build(clock.now())
    return found


def _at(value: float, **more: Any) -> list[dict[str, Any]]:
    classes = deepcopy(CLASSES)
    classes[0]["condition"] |= {"value": value, **more}  # type: ignore[operator]
    return classes


def _try(browser: Client, classes: Any, **more: Any) -> dict[str, Any]:
    asked = json.dumps({"classes": classes, **more})
    found: dict[str, Any] = browser.post("/schemes/plan/trial/", asked, content_type="application/json").json()
    return found


def test_a_lower_threshold_shows_who_would_move(
    people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    found = _try(signed_in(mark), _at(2))
    assert (found["moved"], found["before"], found["sizes"]) == (1, {"often": 2, "rest": 2}, {"often": 3, "rest": 1})
    assert "王二" in found["list"] and "林一" not in found["list"]
    links = {(one["source"].strip(), one["target"], one["value"]) for one in found["sankey"]["series"][0]["links"]}
    assert ("其他", "常客", 1) in links


def test_trying_changes_nothing(people: dict[str, int], mark: User, signed_in: Callable[[User], Client]) -> None:
    _try(signed_in(mark), _at(1))
    assert Classification.objects.filter(scheme_class__key="often").count() == 2
    assert not Build.objects.exists()


def test_a_threshold_comes_with_how_the_population_lies(
    people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    one = _try(signed_in(mark), CLASSES, spreads=True)["thresholds"][0]
    assert (one["value"], one["op"], one["whole"], one["path"]) == (3, "ge", True, ["value"])
    assert one["spread"]["bars"][:5] == [0, 1, 1, 1, 1]


def test_every_number_of_a_nested_condition_has_a_handle() -> None:
    tree = {
        "kind": "all",
        "of": [
            {"kind": "recency", "fact": "order_paid", "op": "le", "value": 8, "unit": "weeks"},
            {"kind": "not", "of": {"kind": "score", "measure": "monetary", "op": "ge", "value": 4}},
            {"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.2},
            {"kind": "attribute", "name": "region", "op": "eq", "value": "浙江"},
        ],
    }
    found = [(one.path, one.value, one.unit, one.negated) for one in thresholds(0, tree)]
    assert found == [
        (("of", 0, "value"), 8.0, "weeks", False),
        (("of", 1, "of", "value"), 4.0, "", True),
        (("of", 2, "share"), 0.2, "share", False),
    ]


def test_recency_is_spread_in_its_own_unit(people: dict[str, int]) -> None:
    tree = {"kind": "recency", "fact": "order_paid", "op": "le", "value": 60, "unit": "days"}
    (found,) = spreads(thresholds(0, tree), clock.now())
    assert found is not None and found.bars[0] == 4 and found.missing == 0


def test_a_wrong_class_is_told_by_its_name(
    people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    found = _try(signed_in(mark), _at(1, measure="total"))
    assert found["problem"]["place"] == 0 and "常客" in found["problem"]["text"]


def test_flows_count_and_name_only_whom_one_may_see(people: dict[str, int], bob: User, mona: User) -> None:
    from zhiji.flow.segment.web.trial import trial

    owned(bob, people["林一"])
    shown = trial("plan", _at(1), bob)["shown"]["flows"][0]
    assert shown["count"] == 1 and [name for name, _url in shown["sample"]] == ["林一"]
    assert trial("plan", _at(1), mona)["shown"]["flows"][0]["count"] == 2


@pytest.mark.parametrize(("said", "fires"), [("", False), ("on", True)])
def test_publishing_takes_the_choice_about_rules(
    said: str, fires: bool, people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    form = {"name": "常客方案", "classes": json.dumps(_at(2)), "fire": said, "version": "1"}
    assert signed_in(mark).post("/schemes/plan/edit/", form).status_code == 302
    asked = Build.objects.get()
    assert (asked.schemes, asked.fire) == (["plan"], fires)
    build_queue.run_due(clock.now())
    assert Classification.objects.filter(scheme_class__key="often").count() == 3


def test_whoever_opened_it_earlier_does_not_overwrite(
    people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    actions.edit_scheme(by=None, scheme=Scheme.objects.get(), classes=_at(4))
    form = {"name": "常客方案", "classes": json.dumps(_at(2)), "version": "1"}
    answer = signed_in(mark).post("/schemes/plan/edit/", form)
    assert answer.status_code == 422 and "有人改过" in answer.content.decode()


def test_sales_cannot_open_the_editor(people: dict[str, int], bob: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(bob).get("/schemes/plan/edit/").status_code == 403


def test_a_share_that_no_points_are_published_for_is_tried_all_the_same(people: dict[str, int]) -> None:
    top = {"kind": "rank", "measure": "orders_ever", "op": "top", "share": 0.25}
    found = preview.of_scheme("plan", [{**CLASSES[0], "condition": top}, CLASSES[1]], clock.now())
    assert found.sizes == {"often": 2, "rest": 2}  # the cut point is 3 orders; who is on it belongs
    assert not CutPoints.objects.filter(measure__contains="orders_ever").exists()


def test_while_dragging_many_customers_are_estimated_from_a_sample(
    people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_sample, "_kept", {})  # this sample isn't for the tests that come within a minute
    monkeypatch.setattr(customer_sample, "_roots", lambda: ([people["林一"], people["李四"]], 2.0))
    found = preview.of_scheme("plan", _at(1), clock.now(), quick=True)
    assert found.sampled and found.matrix == {("rest", "often"): 2, ("often", "often"): 2}
    monkeypatch.setattr(customer_sample, "_roots", lambda: ([], 1.0))
    again = preview.of_scheme("plan", _at(5), clock.now(), quick=True)
    assert again.matrix == {("rest", "rest"): 2, ("often", "rest"): 2}
    assert not preview.of_scheme("plan", _at(5), clock.now()).sampled
