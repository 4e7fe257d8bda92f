"""The customer list narrows, sorts, pages, remembers and acts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhiji.access.models import AuditLine, User
from zhiji.access.tokens import create_token
from zhiji.flow.profile import actions, listing
from zhiji.flow.profile.api.shapes import CustomerOut, CustomerPage
from zhiji.flow.profile.listing import SORTS, Listing
from zhiji.flow.profile.models import Measures, Portrait
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.tests.acts import all_settle, identified, portrait
from zhiji.flow.segment.conditions import parse
from zhiji.records.models import SavedView

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def five() -> list[Portrait]:
    for number, (name, region) in enumerate(zip("王李张刘陈", ["浙江", "浙江", "上海", "北京", ""], strict=True)):
        identified(f"user:{number}", days=number * 10, name=name + "芳", region=region)
    all_settle()
    found = [portrait(f"user:{number}") for number in range(5)]
    for number, one in enumerate(found):
        Measures.objects.filter(pk=one.pk).update(amount_365d=number * 100, orders_365d=number)
    return found


def names(user: User, query: str) -> str:
    return "".join(row.name[0] for row in Listing(user, QueryDict(query)).page().rows)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "王李张刘陈"),
        ("region=浙江", "王李"),
        ("region=浙江&region=北京", "王李刘"),
        ("amount_365d_min=300", "刘陈"),
        ("amount_365d_min=100&amount_365d_max=200", "李张"),
        ("orders_365d_max=0", "王"),
        ("last_seen_before=25", "刘陈"),
        ("last_seen_in=15", "王李"),
        ("last_seen_in=15&sort=name", "李王"),
        ("sort=amount_365d", "陈刘张李王"),
        ("sort=name", "陈李刘王张"),
        ("q=芳", "王李张刘陈"),
        ("q=lf", "李刘"),
        ("owner=none", "王李张刘陈"),
        ("sort=nonsense&region=&amount_365d_min=abc&last_seen_in=-3&cursor=forged", "王李张刘陈"),
    ],
)
def test_the_address_says_whom_the_list_shows(query: str, shown: str, alice: User, five: list[Portrait]) -> None:
    found = names(alice, query)
    assert sorted(found) == sorted(shown) if query.startswith("q=") else found == shown


@pytest.mark.parametrize(
    "query", ["region=浙江", "amount_365d_min=100&sort=amount_365d", "last_seen_in=35", "q=芳&sort="]
)
@pytest.mark.parametrize(("few", "walked"), [(5_000, 0), (0, 0)], ids=["asked for and sorted", "met by walking"])
def test_the_same_customers_come_whichever_way_is_quicker(
    query: str, few: int, walked: int, alice: User, five: list[Portrait], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = names(alice, query)
    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "WALKED", walked)
    assert names(alice, query) == shown and len(shown) > 1
    two = Listing(alice, QueryDict(query)).page(1)
    after = Listing(alice, QueryDict(f"{query}&cursor={two.next}")).page(50)
    assert "".join(row.name[0] for row in [*two.rows, *after.rows]) == shown


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_pages_through_everybody_once(sort: str, alice: User, five: list[Portrait]) -> None:
    seen, query = [], QueryDict(f"sort={sort}", mutable=True)
    while True:
        page = Listing(alice, query).page(2)
        seen += [row.pk for row in page.rows]
        if not page.next:
            break
        query["cursor"] = page.next
    assert len(seen) == 5 and set(seen) == {one.pk for one in five}


def test_a_deep_page_by_last_sight_enters_the_index_where_the_last_one_ended(alice: User, five: list[Portrait]) -> None:
    deep = Listing(alice, QueryDict("")).page(2).next
    with CaptureQueriesContext(connection) as queries:
        Listing(alice, QueryDict(f"cursor={deep}")).page(2)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + queries.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort" not in plan
    assert "using seen on profile_sight" in plan and "Index Cond: ((at IS NOT NULL) AND (ROW(at, customer_id) <" in plan


def test_the_list_by_api_is_the_page_told_as_json(alice: User, five: list[Portrait]) -> None:
    Portrait.objects.filter(pk=five[0].pk).update(attributes={"名片": 'a"b'}, birthday=date(1990, 2, 28))
    token = create_token(by=None, user=alice, name="list", scopes=["customers:read"])
    client = Client(headers={"Authorization": f"Bearer {token}"})
    for query in ("region=浙江", "sort=name", "q=芳", "sort=amount_365d&amount_365d_min=100"):
        told = CustomerPage.model_validate_json(client.get(f"/api/customers?{query}").content)
        shown = Listing(alice, QueryDict(query)).page()
        assert told == CustomerPage(rows=[told_of(row) for row in shown.rows], next="", previous="")


def told_of(row: Portrait) -> CustomerOut:
    return CustomerOut(id=row.pk, **{name: getattr(row, name) for name in CustomerOut.model_fields if name != "id"})


def test_chips_are_sentences_that_can_be_taken_off(alice: User, five: list[Portrait]) -> None:
    listing = Listing(alice, QueryDict("region=浙江&region=上海&amount_365d_min=1000&sort=name"))
    chips = {chip.sentence: chip.without for chip in listing.chips()}
    assert set(chips) == {"地区是 浙江 或 上海", "近 365 天金额 ≥ 1,000 元"}
    assert "region" not in chips["地区是 浙江 或 上海"] and "sort=name" in chips["地区是 浙江 或 上海"]


def test_the_filters_are_a_condition_tree(alice: User) -> None:
    tree = Listing(alice, QueryDict("region=浙江&orders_365d_min=3")).condition()
    assert tree is not None and tree["kind"] == "all"
    assert tree["of"][0] == {"kind": "attribute", "name": "region", "op": "in", "value": ["浙江"]}


def test_scores_are_conditions_that_can_be_saved(alice: User) -> None:
    tree = Listing(alice, QueryDict("recency=5&recency=4&frequency=1")).condition()
    assert tree is not None and [part["kind"] for part in tree["of"]] == ["any", "score"]
    parse(tree)


def test_the_count_is_capped(alice: User, five: list[Portrait], monkeypatch: pytest.MonkeyPatch) -> None:
    assert Listing(alice, QueryDict("")).count() == (5, False)
    monkeypatch.setattr("zhiji.flow.profile.listing.MOST", 3)
    assert Listing(alice, QueryDict("")).count() == (3, True)


def test_the_page_and_its_fragment_show_the_same_rows(alice: User, five: Any, signed_in: Browser) -> None:
    browser = signed_in(alice)
    page = browser.get("/customers/?region=浙江")
    fragment = browser.get("/customers/?region=浙江&tag=&q=", headers={"HX-Request": "true"})
    assert "王芳" in page.content.decode() and "王芳" in fragment.content.decode()
    assert "<html" in page.content.decode() and "<html" not in fragment.content.decode()
    assert fragment["HX-Push-Url"].count("=") == 1


def test_a_bulk_tag_can_be_taken_back(alice: User, five: list[Portrait], signed_in: Browser) -> None:
    browser, ids = signed_in(alice), [one.pk for one in five[:2]]
    actions.add_tag(customer_ids=ids[:1], tag="贵宾", by=alice)
    browser.post("/customers/bulk/", {"customer": ids, "verb": "tag", "tag": "贵宾"})
    assert tags_of(ids) == {ids[0]: ["贵宾"], ids[1]: ["贵宾"]}
    undo = browser.get("/customers/").context["said"][2]
    browser.post("/customers/bulk/undo/", {"undo": undo})
    assert tags_of(ids) == {ids[0]: ["贵宾"]}


def test_a_bulk_hand_over_gives_each_back_to_its_former_owner(
    alice: User, bob: User, five: Any, signed_in: Browser
) -> None:
    browser, ids = signed_in(alice), [one.pk for one in five[:2]]
    actions.assign_owner(customer_ids=ids[:1], owner=alice, by=None)
    browser.post("/customers/bulk/", {"customer": ids, "verb": "owner", "owner": bob.pk})
    assert set(Portrait.objects.filter(pk__in=ids).values_list("owner", flat=True)) == {bob.pk}
    browser.post("/customers/bulk/undo/", {"undo": browser.get("/customers/").context["said"][2]})
    assert dict(Portrait.objects.filter(pk__in=ids).values_list("pk", "owner")) == {ids[0]: alice.pk, ids[1]: None}


def test_a_bulk_action_on_the_whole_list_keeps_to_its_filters(alice: User, five: Any, signed_in: Browser) -> None:
    signed_in(alice).post(
        "/customers/bulk/", {"everyone": "1", "query": "region=浙江", "verb": "priority", "priority": "2"}
    )
    assert Portrait.objects.filter(priority=2).count() == 2


def test_an_export_is_audited_and_safe_for_spreadsheets(alice: User, signed_in: Browser) -> None:
    identified("user:x", name="=1+1")
    all_settle()
    answer = signed_in(alice).post("/customers/export/", {"query": ""})
    text = b"".join(answer).decode()
    assert "'=1+1" in text
    assert AuditLine.objects.get(verb="customers exported").user == alice


def test_a_view_keeps_filters_and_columns(alice: User, five: Any, signed_in: Browser) -> None:
    browser = signed_in(alice)
    browser.get("/customers/?column=email&column=tags")
    browser.post("/customers/views/", {"name": "浙江", "query": "region=浙江"})
    assert SavedView.objects.get().query == "region=%E6%B5%99%E6%B1%9F&column=email&column=tags"


def test_a_salesperson_may_not_share_a_view(bob: User, signed_in: Browser) -> None:
    assert signed_in(bob).post("/customers/views/", {"name": "浙江", "query": "", "shared": "1"}).status_code == 403
    assert not SavedView.objects.exists()


def test_an_empty_house_teaches(alice: User, signed_in: Browser) -> None:
    assert "还没有客户" in signed_in(alice).get("/customers/").content.decode()
