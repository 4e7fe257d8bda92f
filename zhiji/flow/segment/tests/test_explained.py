"""An explanation says what decided, since when, until when, and what would change it; on the page and by API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.profile.actions import add_tag, assign_owner, edit_attributes
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.engine.course import Course
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.explain import validity
from zhiji.flow.segment.explain.asked_moment import moment_of
from zhiji.flow.segment.explain.explanation import Explanation, Part, explain, explain_scheme
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-05-20T12:00:00+08:00")
VIP = {"kind": "tag", "tag": "vip"}


def orders(least: int, days: int = 30, **more: Any) -> dict[str, Any]:
    window = {"last": days, "unit": "days"}
    return {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": least, "window": window, **more}


def spent(least: float) -> dict[str, Any]:
    return orders(1) | {"measure": "sum", "property": "amount", "value": least}


def settle() -> None:
    while run_once(as_of=NOW):
        pass


def happens(name: str, days: float, who: str = "1", **properties: Any) -> int:
    at = NOW - timedelta(days=days)
    record([NewFact(name, at, "test", f"{name} {days} {who} {properties}", properties, identity=f"user:{who}")])
    settle()
    return Customer.objects.latest("pk").pk


@pytest.fixture
def buyer(db: None) -> int:
    """Two orders of 40 each, 5 and 20 days ago."""
    happens("order_paid", 20, amount=40)
    return happens("order_paid", 5, amount=40)


def explained(tree: Any, root: int, days_ago: float = 0) -> Explanation:
    found = explain(tree, root, NOW - timedelta(days=days_ago), now=NOW)
    assert found is not None
    return found


def only(found: Explanation) -> list[str]:
    return [" + ".join(part.lacks for part in way) for way in found.ways]


def test_it_says_since_when_and_until_when(buyer: int) -> None:
    found = explained(orders(2), buyer).tree
    assert (found.holds, found.since, found.until) == (True, NOW - timedelta(days=5), NOW + timedelta(days=10))


def test_a_verdict_older_than_the_horizon_has_no_beginning(buyer: int) -> None:
    happens("page_viewed", 500)
    found = explained(orders(3, days=2), buyer).tree
    assert (found.holds, found.since, found.until) == (False, None, None)


def test_before_the_customer_was_seen_there_is_nothing_to_explain(buyer: int) -> None:
    assert explain(orders(1), buyer, NOW - timedelta(days=21), now=NOW) is None


def test_as_of_an_earlier_day_it_tells_what_was_then(buyer: int) -> None:
    found = explained(orders(2), buyer, days_ago=10)
    assert (found.holds, found.tree.value, found.tree.until) == (False, 1, NOW - timedelta(days=5))
    assert [fact.occurred_at for fact in found.tree.facts] == [NOW - timedelta(days=20)]


def test_what_was_known_then_counts(buyer: int, alice: User) -> None:
    happens("attributes_changed", 15, changes={"region": "浙江"})
    happens("attributes_changed", 3, changes={"region": "上海"})
    tree = {"kind": "attribute", "name": "region", "op": "eq", "value": "浙江"}
    assert [explained(tree, buyer, days).holds for days in (16, 8, 1)] == [False, True, False]
    assert explained(tree, buyer).tree.since == NOW - timedelta(days=3)
    assert verdicts({"it": tree}, None, NOW - timedelta(days=8), past=True)["it"] == {buyer}


@pytest.mark.parametrize(
    ("tree", "lacks"),
    [
        (orders(3), "再有 1 次支付订单"),
        (orders(1), "减少 2 次支付订单"),
        (spent(200.5), "再多 ¥120.50"),
        ({"kind": "not", "of": VIP}, "打上标签“vip”"),
        ({"kind": "recency", "fact": "order_paid", "op": "lt", "value": 3}, "再有 1 次支付订单"),
        ({"kind": "recency", "fact": "page_viewed", "op": "lt", "value": 3}, "再有 1 次浏览页面"),
    ],
)
def test_what_is_missing_is_said_plainly(tree: Any, lacks: str, buyer: int) -> None:
    assert lacks in only(explained(tree, buyer))[0]


def test_the_smallest_sets_of_changes_are_told(buyer: int) -> None:
    tree = {"kind": "any", "of": [{"kind": "all", "of": [orders(3), VIP]}, {"kind": "all", "of": [orders(2), VIP]}]}
    assert only(explained(tree, buyer)) == ["打上标签“vip”"]


def test_what_cant_be_changed_isnt_proposed(buyer: int) -> None:
    bucket = {"kind": "bucket", "salt": "x", "of": 2, "from": 1, "to": 1}
    found = explained({"kind": "any", "of": [bucket, {"kind": "not", "of": bucket}]}, buyer)
    assert found.holds and found.ways == []


def test_only_facts_in_the_window_that_pass_the_filters_are_shown(buyer: int) -> None:
    happens("order_paid", 4, amount=5)
    tree = orders(1, days=10, where=[{"property": "amount", "op": "ge", "value": 10}])
    assert [fact.occurred_at for fact in explained(tree, buyer).tree.facts] == [NOW - timedelta(days=5)]


def test_an_abandoned_cart_shows_the_cart(buyer: int) -> None:
    happens("cart_added", 5.5, product="a")
    happens("cart_added", 2, product="b")
    tree = {
        "kind": "absence", "fact": "cart_added", "without": {"fact": "order_paid"},
        "within": {"last": 1, "unit": "days"},
    }  # fmt: skip
    found = explained(tree, buyer)
    assert found.holds and [fact.occurred_at for fact in found.tree.facts] == [NOW - timedelta(days=2)]
    assert found.tree.since == NOW - timedelta(days=1)


def test_a_referred_segment_is_explained_inside(buyer: int) -> None:
    actions.create_segment(by=None, key="often", name="常客", condition=orders(2))
    found = explained({"kind": "segment", "segment": "often"}, buyer).tree
    inner: Part = found.parts[0]
    assert (inner.of, inner.holds, inner.value) == ("segment:often", True, 2)


def plan() -> None:
    classes = [
        {"key": "often", "name": "常客", "condition": orders(3)},
        {"key": "some", "name": "偶尔", "condition": orders(1)},
        {"key": "rest", "name": "其他", "condition": None},
    ]
    actions.create_scheme(by=None, key="plan", name="方案", classes=classes)


def test_a_class_is_explained_with_the_way_to_its_neighbours(buyer: int) -> None:
    plan()
    found = explain_scheme("plan", buyer, NOW)
    assert found is not None
    assert (found.found, found.then, found.until) == ("some", "rest", NOW + timedelta(days=25))
    up, here, down = found.classes
    assert (up.ways or [])[0][0].lacks == "再有 1 次支付订单" and here.ways is None
    assert (down.ways or [])[0][0].lacks == "减少 2 次支付订单"


@pytest.mark.parametrize(
    ("text", "moment"),
    [("", NOW), ("2026-05-20", NOW), ("2026-05-03", datetime.fromisoformat("2026-05-03T23:59:59.999999+08:00"))],
)
def test_a_day_means_its_end(text: str, moment: datetime) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["2026-05-21", "2026-05-20T12:01", "9999-12-31", "2026-05-20T12:00:00.000001+08:00"])
def test_what_is_yet_to_come_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="还没有到"):
        moment_of(text, NOW)


@pytest.mark.parametrize("text", ["0001-01-01", "yesterday", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="日期写作"):
        moment_of(text, NOW)


def api(user: User) -> Client:
    token = create_token(by=None, user=user, name="t", scopes=("segments:read",))
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_the_api_explains_any_condition_as_of_a_day(buyer: int, mona: User) -> None:
    body = {"condition": {"kind": "all", "of": [orders(2), VIP]}, "customer": buyer, "as_of": "2026-05-16"}
    found = api(mona).post("/api/conditions/explain", body, content_type="application/json").json()
    first, second = found["tree"]["parts"]
    assert (found["holds"], first["holds"], second["holds"]) == (False, True, False)
    assert len(first["facts"]) == 2 and found["ways"][0][0]["lacks"] == "打上标签“vip”"


def test_a_salesperson_is_told_only_of_his_customers(
    buyer: int, bob: User, signed_in: Callable[[User], Client]
) -> None:
    actions.create_segment(by=None, key="often", name="常客", condition=orders(2))
    assert api(bob).get(f"/api/segments/often/explain?customer={buyer}").status_code == 404
    assert signed_in(bob).get(f"/explain/{buyer}/").status_code == 404
    assign_owner(customer_ids=[buyer], owner=bob, by=None)
    assert signed_in(bob).get(f"/explain/{buyer}/").status_code == 200


def test_the_page_explains_a_segment_the_customer_isnt_in(
    buyer: int, mona: User, signed_in: Callable[[User], Client]
) -> None:
    actions.create_segment(by=None, key="vip", name="贵宾", condition=VIP)
    page = signed_in(mona).get(f"/explain/{buyer}/?of=segment:vip").content.decode()
    assert "不属于“贵宾”" in page and "打上标签“vip”" in page


def test_the_page_explains_classes_as_of_a_day(buyer: int, mona: User, signed_in: Callable[[User], Client]) -> None:
    plan()
    early = clock.day_of(NOW - timedelta(days=30)).isoformat()
    browser = signed_in(mona)
    assert "方案：偶尔" in browser.get(f"/explain/{buyer}/?of=scheme:plan&on=2026-05-18").content.decode()
    assert "还没有出现" in browser.get(f"/explain/{buyer}/?of=scheme:plan&on={early}").content.decode()


def test_the_deciding_facts_lead_into_the_timeline(buyer: int, mona: User, signed_in: Callable[[User], Client]) -> None:
    found = explained(orders(2), buyer).tree.facts[0]
    page = signed_in(mona).get(f"/customers/{buyer}/?until={int(found.occurred_at.timestamp())}").content.decode()
    assert f'id="fact-{found.id}"' in page


def test_an_edit_made_here_counts_from_its_moment(buyer: int, alice: User) -> None:
    edit_attributes(customer_ids=[buyer], changes={"region": "浙江"}, by=alice)
    add_tag(customer_ids=[buyer], tag="vip", by=alice)
    now = clock.now()
    found = explain(VIP, buyer, now)
    assert found is not None and found.tree.since is not None
    assert now - found.tree.since < timedelta(minutes=5)


def test_asked_in_one_go_and_in_several_an_explanation_is_the_same(buyer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(21, 90, 3):
        happens("order_paid", days, amount=days)
    plan()
    goes: list[int] = []
    ask = Course.ask

    def counted(course: Course, statement: Any, moments: Any) -> Any:
        goes.append(len(moments))
        return ask(course, statement, moments)

    monkeypatch.setattr(Course, "ask", counted)
    together = explain_scheme("plan", buyer, NOW)
    assert together is not None and len(goes) == 1
    monkeypatch.setattr(validity, "TOGETHER", 0)
    assert explain_scheme("plan", buyer, NOW) == together
    assert len(goes) > 2


def test_the_page_is_of_the_definition_and_the_facts_as_they_are(
    buyer: int, mona: User, signed_in: Callable[[User], Client]
) -> None:
    """What is kept between two requests is no definition and no answer, whichever thread edits."""
    often = actions.create_segment(by=None, key="often", name="常客", condition=orders(2, days=4000))
    browser = signed_in(mona)

    def page() -> str:
        return browser.get(f"/explain/{buyer}/?of=segment:often", headers={"HX-Request": "true"}).content.decode()

    assert "属于“常客”" in page() and "不属于“常客”" not in page()
    actions.edit_segment(by=None, segment=often, name="老友", condition=orders(3, days=4000))
    assert "不属于“老友”" in page()
    happens("order_paid", 1, amount=1)
    assert "属于“老友”" in page() and "不属于“老友”" not in page()
