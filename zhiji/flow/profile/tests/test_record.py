"""The customer's page: edits in place, timeline in sentences, merge and unmerge; and the same by API."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.flow.profile import actions
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import consents, tags_of
from zhiji.flow.profile.tests.acts import all_settle, customer, happens, portrait
from zhiji.flow.profile.tests.test_wrong_person import api
from zhiji.flow.resolve.models import Customer, Redirect

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
WANG = {"phone": "13812345678"}


def test_an_attribute_is_edited_in_place(alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王芳")
    browser = signed_in(alice)
    assert 'name="value"' in browser.get(f"/customers/{one.pk}/part/?part=city").content.decode()
    card = browser.post(f"/customers/{one.pk}/part/?part=city", {"value": "宁波"}).content.decode()
    assert "宁波" in card and "<html" not in card


def test_a_record_says_whether_it_is_a_person_or_an_organisation(alice: User, signed_in: Browser) -> None:
    person, firm = customer("user:1", name="王芳"), customer("user:2", name="西湖贸易")
    Customer.objects.filter(pk=firm.pk).update(kind=Customer.Kind.ORGANISATION)
    cards = [signed_in(alice).get(f"/customers/{one.pk}/").content.decode() for one in (person, firm)]
    said = [[word for word in ("个人", "单位") if f"<dt>类型</dt><dd>{word}</dd>" in card] for card in cards]
    assert said == [["个人"], ["单位"]]


def test_a_bad_birthday_is_refused_with_advice(alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王芳")
    answer = signed_in(alice).post(f"/customers/{one.pk}/part/?part=birthday", {"value": "yesterday"})
    assert answer.status_code == 422 and Portrait.objects.get(pk=one.pk).birthday is None


def test_a_reveal_shows_values_once_and_is_audited(sue: User, signed_in: Browser) -> None:
    one = customer("user:1", contact=WANG)
    browser = signed_in(sue)
    assert "+8613812345678" in browser.post(f"/customers/{one.pk}/contacts/revelation/").content.decode()
    assert "13812345678" not in browser.get(f"/customers/{one.pk}/").content.decode()
    assert AuditLine.objects.filter(verb="contacts revealed", user=sue).count() == 1


def test_the_timeline_tells_facts_in_words(alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王芳")
    happens("order_paid", "user:1", amount="128.50", store="西湖店")
    all_settle()
    page = signed_in(alice).get(f"/customers/{one.pk}/").content.decode()
    assert "登记身份" in page and "王芳" in page and "西湖店" in page


def test_the_timeline_of_one_kind_and_its_next_page(alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王芳")
    for number in range(45):
        happens("page_viewed", "user:1", days=number, title=f"页面{number}")
    all_settle()
    first = signed_in(alice).get(f"/customers/{one.pk}/timeline/?kind=page_viewed")
    assert "页面0" in first.content.decode() and "登记身份" not in first.content.decode().split("entries")[1]
    older = signed_in(alice).get(f"/customers/{one.pk}/timeline/?{first.context['more']}")
    assert "页面44" in older.content.decode()


def test_a_merged_customers_page_leads_to_its_root(alice: User, signed_in: Browser) -> None:
    old, new = customer("user:1", name="王小芳"), customer("user:2", name="王芳")
    browser = signed_in(alice)
    assert "王小芳" in browser.get(f"/customers/{new.pk}/merge/?other={old.pk}").content.decode()
    browser.post(f"/customers/{new.pk}/merge/", {"other": old.pk})
    assert browser.get(f"/customers/{old.pk}/")["Location"] == f"/customers/{new.pk}/"
    again = browser.get(f"/customers/{new.pk}/merge/?other={old.pk}").content.decode()
    assert "这两位已经是同一位客户" in again and "<form" not in again
    browser.post(f"/customers/{new.pk}/merge/{Redirect.objects.get().pk}/lifting/")
    assert portrait("user:1").name == "王小芳" and portrait("user:2").name == "王芳"


def test_the_marketer_may_not_merge(mark: User, signed_in: Browser) -> None:
    old, new = customer("user:1", name="王小芳"), customer("user:2", name="王芳")
    assert signed_in(mark).post(f"/customers/{new.pk}/merge/", {"other": old.pk}).status_code == 403
    assert not Redirect.objects.exists()


def test_the_api_gives_a_record_in_few_statements(alice: User, django_assert_max_num_queries: object) -> None:
    one = customer("user:1", name="王芳", contact=WANG, consent={"email": True})
    actions.add_tag(customer_ids=[one.pk], tag="贵宾", by=alice)
    client = api(alice)
    client.get(f"/api/customers/{one.pk}")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        found = client.get(f"/api/customers/{one.pk}").json()
    assert (found["name"], found["tags"], found["identities"]) == ("王芳", ["贵宾"], ["user:1"])
    assert found["contacts"][0]["masked"] == "138****5678" and found["consents"][0]["granted"]


def test_the_api_changes_a_customer_all_or_none(alice: User) -> None:
    one, client = customer("user:1", name="王芳"), api(alice)
    changes = {
        "city": "宁波",
        "priority": 2,
        "add_tags": ["贵宾"],
        "consent": {"sms": False},
        "attributes": {"level": 3},
    }
    found = client.patch(f"/api/customers/{one.pk}", changes, content_type="application/json").json()
    assert (found["city"], found["priority"], found["tags"], found["attributes"]) == ("宁波", 2, ["贵宾"], {"level": 3})
    assert consents([one.pk], "sms") == {one.pk: False}
    refused = client.patch(
        f"/api/customers/{one.pk}", {"city": "杭州", "add_tags": [""]}, content_type="application/json"
    )
    assert refused.status_code == 422
    assert portrait("user:1").city == "宁波" and tags_of([one.pk]) == {one.pk: ["贵宾"]}


def test_the_api_merges_and_parts(alice: User) -> None:
    old, new, client = customer("user:1", name="王小芳"), customer("user:2", name="王芳"), api(alice)
    made = client.post(f"/api/customers/{new.pk}/merges", {"other": old.pk}, content_type="application/json").json()
    assert client.get(f"/api/customers/{old.pk}").json()["id"] == new.pk
    again = client.post(f"/api/customers/{new.pk}/merges", {"other": old.pk}, content_type="application/json")
    assert again.status_code == 422
    assert client.delete(f"/api/customers/{new.pk}/merges/{made['id']}").status_code == 204
    assert client.get(f"/api/customers/{old.pk}").json()["id"] == old.pk


@pytest.mark.parametrize("sort", ["last_seen", "registered", "name", "amount_365d"])
def test_the_api_pages_through_the_list_in_every_sort(sort: str, alice: User) -> None:
    everyone = {customer(f"user:{number}", name=name).pk for number, name in enumerate(("王芳", "李雷", "张伟"))}
    client, seen, cursor = api(alice), [], ""
    while True:
        found = client.get("/api/customers", {"sort": sort, "size": 2, "cursor": cursor}).json()
        seen += [row["id"] for row in found["rows"]]
        if not (cursor := found["next"]):
            break
    assert sorted(seen) == sorted(everyone)


def test_the_page_is_of_the_rights_and_the_facts_as_they_are(alice: User, signed_in: Browser) -> None:
    one = customer("user:1", name="王芳")
    browser = signed_in(alice)

    def page() -> str:
        return browser.get(f"/customers/{one.pk}/").content.decode()

    assert "触达" in _cards(page()) and "加标签，回车" in page() and "西湖店" not in page()
    happens("order_paid", "user:1", amount="128.50", store="西湖店")
    actions.add_tag(customer_ids=[one.pk], tag="常客", by=alice)
    all_settle()
    assert "西湖店" in page() and "常客" in page()
    User.objects.filter(pk=alice.pk).update(role=Role.ANALYST)
    assert "触达" not in _cards(page()) and "加标签，回车" not in page() and "西湖店" in page()
    User.objects.filter(pk=alice.pk).update(role=Role.SALES)
    assert browser.get(f"/customers/{one.pk}/").status_code == 404


def _cards(page: str) -> list[str]:
    return re.findall(r'<section class="card" aria-label="([^"]*)"', page)


def test_a_merged_customers_page_shows_what_came_from_both(alice: User, signed_in: Browser) -> None:
    one, other = customer("user:1", name="王芳", contact=WANG), customer("user:2", name="王芳芳")
    happens("order_paid", "user:2", amount="64", store="西湖店")
    actions.merge_customers(loser=other.pk, winner=one.pk, by=alice)
    all_settle()
    page = signed_in(alice).get(f"/customers/{one.pk}/").content.decode()
    assert "user:1" in page and "user:2" in page and "西湖店" in page and "来自合并的客户" in page
    assert f"客户 {other.pk} 并入 {one.pk}" in page
