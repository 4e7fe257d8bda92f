"""What the API answers when it can't do what it was asked."""

import pytest
from django.db import DataError
from django.test import Client

from zhiji.access.models import User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token


def ask(client: Client, user: User, scopes: list[str]):  # type: ignore[no-untyped-def]
    token = create_token(by=None, user=user, name="x", scopes=scopes)
    return client.get("/api/sources", headers={"Authorization": f"Bearer {token}"})


def test_without_a_token_nothing(db: None, client: Client) -> None:
    assert client.get("/api/sources").status_code == 401
    assert client.get("/api/sources", headers={"Authorization": "Bearer zj_wrong"}).status_code == 401


def test_a_token_without_the_scope_is_told_which(alice: User, client: Client) -> None:
    answer = ask(client, alice, ["customers:read"])
    advice = "这个令牌不能查看数据源：请在“我的账号”新建一个勾选了 sources:read 的令牌。"
    assert (answer.status_code, answer.json()) == (403, {"detail": advice})


def test_a_user_whose_role_may_not_is_refused_whatever_the_scope(bob: User, client: Client) -> None:
    assert ask(client, bob, list(permissions())).status_code == 403


@pytest.mark.parametrize("error", [ValueError("a segment needs a name"), DataError("value out of range")])
def test_values_that_will_not_do_are_422(
    alice: User, client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*args: object) -> None:
        raise error

    monkeypatch.setattr("zhiji.flow.collect.api.sources.sources", refuse)
    answer = ask(client, alice, ["sources:read"])
    assert answer.status_code == 422 and answer.json()["detail"]


def test_a_session_of_the_pages_opens_no_api(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get("/api/sources").status_code == 401
