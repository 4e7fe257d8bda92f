"""Bob sells: he sees, finds, edits, exports and fetches his own customers and nobody else's, by every way in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import facts_for, visible_to
from zhiji.flow.profile.tests.acts import all_settle, customer, happens

pytestmark = pytest.mark.django_db
CONTACT = {"phone": "13812345678", "email": "wang@example.com"}


@pytest.fixture
def mine(bob: User) -> Portrait:
    return customer("user:1", owner=bob, name="李雷", region="上海")


@pytest.fixture
def theirs(alice: User) -> Portrait:
    return customer("user:2", owner=alice, name="王芳", region="浙江", contact=CONTACT)


def api(user: User, *scopes: str) -> Client:
    granted = scopes or [one.name for one in permissions().values() if user.role in one.roles]
    token = create_token(by=None, user=user, name="test", scopes=granted)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_visible_to_is_his_own(bob: User, mine: Portrait, theirs: Portrait) -> None:
    assert [one.pk for one in visible_to(bob)] == [mine.pk]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SALES])
def test_everybody_else_sees_all(role: Role, mine: Portrait, theirs: Portrait) -> None:
    user = User(username="x", role=role, is_active=True)
    assert visible_to(user).count() == 2


@pytest.mark.parametrize("query", ["", "?q=王芳", "?q=wf", "?q=5678", "?q=13812345678", "?owner=&tag=", "?region=浙江"])
def test_his_list_never_names_them(
    query: str, bob: User, mine: Any, theirs: Any, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(bob).get(f"/customers/{query}")
    assert answer.status_code == 200
    assert f"/customers/{theirs.pk}/" not in answer.content.decode()


@pytest.mark.parametrize(
    "place", ["", "timeline/", "part/?part=name", "contacts/revelation/", "tags/", "owner/", "merge/"]
)
def test_their_page_is_not_there_for_him(
    place: str, bob: User, mine: Any, theirs: Any, signed_in: Callable[[User], Client]
) -> None:
    browser, address = signed_in(bob), f"/customers/{theirs.pk}/{place}"
    posted = browser.post(address, {"tag": "我的", "owner": bob.pk})
    assert browser.get(address).status_code in {403, 404, 405}
    assert posted.status_code in {403, 404, 405}
    assert Portrait.objects.get(pk=theirs.pk).owner_id == theirs.owner_id
    assert not AuditLine.objects.filter(user=bob).exists()


def test_his_export_holds_only_his(bob: User, mine: Any, theirs: Any, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(bob).post("/customers/export/", {"query": ""})
    text = b"".join(answer).decode()
    assert "李雷" in text and "王芳" not in text


def test_a_bulk_action_on_their_customer_touches_only_his(
    bob: User, mine: Any, theirs: Any, signed_in: Callable[[User], Client]
) -> None:
    signed_in(bob).post("/customers/bulk/", {"customer": [mine.pk, theirs.pk], "verb": "priority", "priority": "3"})
    assert dict(Portrait.objects.values_list("pk", "priority")) == {mine.pk: 3, theirs.pk: 0}


def test_the_api_shows_him_only_his(bob: User, mine: Portrait, theirs: Portrait) -> None:
    client = api(bob)
    assert [row["id"] for row in client.get("/api/customers").json()["rows"]] == [mine.pk]
    assert client.get("/api/customers/search", {"q": "王芳"}).json() == []
    assert client.get(f"/api/customers/{theirs.pk}").status_code == 404
    assert client.get(f"/api/customers/{theirs.pk}/timeline").status_code == 404
    assert client.get(f"/api/customers/{theirs.pk}/merges").status_code == 404


def test_the_api_lets_him_edit_only_his(bob: User, mine: Portrait, theirs: Portrait) -> None:
    client = api(bob)
    for one, status in ((mine, 200), (theirs, 404)):
        answer = client.patch(f"/api/customers/{one.pk}", {"city": "宁波"}, content_type="application/json")
        assert answer.status_code == status
    assert Portrait.objects.get(pk=theirs.pk).city == ""


def test_facts_of_others_are_not_his_to_read(bob: User, mine: Portrait, theirs: Portrait) -> None:
    happens("page_viewed", "user:2")
    all_settle()
    assert set(facts_for(bob).values_list("customer_id", flat=True)) == {mine.pk}
    rows = api(bob).get("/api/facts").json()["rows"]
    assert {row["customer_id"] for row in rows} == {mine.pk}


def test_a_token_without_the_scope_is_refused(alice: User, theirs: Portrait) -> None:
    client = api(alice, "facts:read")
    assert client.get("/api/customers").status_code == 403
    assert client.get(f"/api/customers/{theirs.pk}").status_code == 403


@pytest.mark.parametrize("way", ["list", "record", "search", "api list", "api record", "export", "timeline"])
def test_contact_values_are_masked_in_every_read(way: str, alice: User, theirs: Portrait, signed_in: Any) -> None:
    browser, client = signed_in(alice), api(alice)
    read = {
        "list": lambda: browser.get("/customers/?column=phone&column=email").content,
        "record": lambda: browser.get(f"/customers/{theirs.pk}/").content,
        "search": lambda: browser.get("/customers/?q=王芳", headers={"HX-Request": "true"}).content,
        "api list": lambda: client.get("/api/customers").content,
        "api record": lambda: client.get(f"/api/customers/{theirs.pk}").content,
        "export": lambda: b"".join(browser.post("/customers/export/", {"query": "column=phone&column=email"})),
        "timeline": lambda: client.get(f"/api/customers/{theirs.pk}/timeline").content,
    }
    text = read[way]().decode()
    assert "12345678" not in text and "wang@example.com" not in text


def test_the_analyst_may_not_export(anna: User, theirs: Portrait, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(anna).post("/customers/export/", {"query": ""}).status_code == 403
