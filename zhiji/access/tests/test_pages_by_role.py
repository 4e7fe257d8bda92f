"""Each role opens only what it may; a wrong person gets 403 and nothing has happened."""

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, Role, User
from zhiji.access.roles import permissions

PAGES = {
    "/users/": "users:write",
    "/users/new/": "users:write",
    "/audit/": "audit:read",
    "/workspace/": "settings:read",
}


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_the_roles_that_may(db: None, client: Client, role: str, path: str) -> None:
    client.force_login(User.objects.create_user("somebody", role=role))
    answer = client.get(path)
    assert answer.status_code == (200 if role in permissions()[PAGES[path]].roles else 403)


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_an_account_page(db: None, client: Client, role: str) -> None:
    client.force_login(User.objects.create_user("somebody", role=role))
    assert client.get("/me/").status_code == 200


def test_a_stranger_is_sent_to_the_door_and_back(db: None, client: Client) -> None:
    answer = client.get("/users/?x=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/users/%3Fx%3D1"


def test_a_strangers_fragment_sends_the_whole_page_to_the_door(db: None, client: Client) -> None:
    answer = client.get("/audit/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login/")


@pytest.mark.parametrize("path", ["activity/", "password/", "second-step/", ""])
def test_a_manager_changes_no_account(mona: User, bob: User, client: Client, path: str) -> None:
    before = User.objects.values().get(pk=bob.pk)
    client.force_login(mona)
    form = {"active": "0", "role": "administrator", "display_name": "x", "regions": ""}
    assert client.post(f"/users/{bob.pk}/{path}", form).status_code == 403
    assert User.objects.values().get(pk=bob.pk) == before
    assert not AuditLine.objects.exists()


def test_a_manager_makes_no_account(mona: User, client: Client) -> None:
    client.force_login(mona)
    form = {"username": "eve", "display_name": "Eve", "role": "administrator"}
    assert client.post("/users/new/", form).status_code == 403
    assert not User.objects.filter(username="eve").exists()
