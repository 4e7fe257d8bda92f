"""Tokens: shown once, no wider than their scopes and their user's role, ended at once."""

import re
from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from zhiji.access import actions
from zhiji.access.models import ApiToken, AuditLine, Role, User
from zhiji.access.roles import Forbidden
from zhiji.access.tokens import BearerToken, create_token, scoped
from zhiji.kernel import clock


@pytest.fixture
def request_with(rf: RequestFactory):  # type: ignore[no-untyped-def]
    def make(token: str) -> HttpRequest | None:
        request = rf.get("/api/customers")
        return request if BearerToken().authenticate(request, token) else None

    return make


def test_a_token_is_shown_once_and_kept_as_a_digest(bob: User, client: Client) -> None:
    client.force_login(bob)
    answer = client.post("/me/tokens/", {"name": "官网", "days": "30", "scopes": ["customers:read"]})
    token = re.search(r'id="token" value="(zj_[^"]+)"', answer.content.decode())
    assert token and "no-store" in answer["Cache-Control"]
    assert token[1] not in client.get("/me/").content.decode()
    assert token[1] not in str(ApiToken.objects.values().get())


def test_the_form_offers_no_more_than_the_role_may(bob: User, client: Client) -> None:
    client.force_login(bob)
    answer = client.post("/me/tokens/", {"name": "x", "days": "30", "scopes": ["users:write"]})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_opens_its_scopes_only(bob: User, request_with) -> None:  # type: ignore[no-untyped-def]
    request = request_with(create_token(by=bob, user=bob, name="x", scopes=["customers:read"]))
    assert scoped(request, "customers:read") == bob
    with pytest.raises(Forbidden):
        scoped(request, "tasks:read")


def test_a_token_shrinks_with_its_users_role(mona: User, request_with) -> None:  # type: ignore[no-untyped-def]
    token = create_token(by=mona, user=mona, name="x", scopes=["segments:write"])
    User.objects.filter(pk=mona.pk).update(role=Role.ANALYST)
    with pytest.raises(Forbidden):
        scoped(request_with(token), "segments:write")


def test_old_and_strange_tokens_open_nothing(bob: User, request_with) -> None:  # type: ignore[no-untyped-def]
    past = clock.now() - timedelta(seconds=1)
    assert request_with(create_token(by=bob, user=bob, name="x", scopes=[], expires_at=past)) is None
    assert request_with("zj_made-up") is None


def test_a_token_ends_at_its_moment_and_not_before(bob: User, request_with, clock_at) -> None:  # type: ignore[no-untyped-def]
    until = clock.now() + timedelta(hours=1)
    token = create_token(by=bob, user=bob, name="x", scopes=[], expires_at=until)
    clock_at(until - timedelta(minutes=1))
    assert request_with(token) is not None
    clock_at(until)
    assert request_with(token) is None


def test_when_a_token_was_last_used_is_noted_once_a_minute(bob: User, request_with, move_clock) -> None:  # type: ignore[no-untyped-def]
    def used() -> object:
        return ApiToken.objects.values_list("last_used_at", flat=True).get(name="x")

    token = create_token(by=bob, user=bob, name="x", scopes=[])
    create_token(by=bob, user=bob, name="another", scopes=[])
    assert used() is None and request_with(token)
    first = used()
    assert first is not None and request_with(token) and used() == first
    move_clock(timedelta(seconds=90))
    assert request_with(token) and used() > first + timedelta(seconds=89)  # type: ignore[operator]
    assert ApiToken.objects.get(name="another").last_used_at is None


def test_a_token_of_an_unknown_scope_is_not_made(bob: User) -> None:
    with pytest.raises(ValueError, match=r"customers:reed.*customers:read"):
        create_token(by=bob, user=bob, name="x", scopes=["customers:read", "customers:reed"])
    assert not ApiToken.objects.exists()


def test_making_a_token_leaves_an_audit_line_of_its_scopes(bob: User) -> None:
    create_token(by=bob, user=bob, name="x", scopes=["tasks:read", "customers:read", "tasks:read"])
    line = AuditLine.objects.get(verb="token created")
    assert (line.user, line.detail) == (bob, {"scopes": ["customers:read", "tasks:read"]})


def test_a_shut_account_shuts_its_tokens(alice: User, bob: User, request_with) -> None:  # type: ignore[no-untyped-def]
    token = create_token(by=bob, user=bob, name="x", scopes=["customers:read"])
    actions.deactivate_user(by=alice, user=bob)
    assert request_with(token) is None


def test_only_its_owner_or_an_administrator_revokes(alice: User, bob: User, sue: User, client: Client) -> None:
    create_token(by=bob, user=bob, name="x", scopes=[])
    token = ApiToken.objects.get()
    client.force_login(sue)
    assert client.post(f"/me/tokens/{token.pk}/revocation/").status_code == 404
    with pytest.raises(Forbidden):
        actions.revoke_token(by=sue, token=token)
    actions.revoke_token(by=alice, token=token)
    assert not ApiToken.objects.exists()
    assert AuditLine.objects.filter(verb="token revoked", user=alice).count() == 1


def test_nobody_makes_tokens_for_others_but_an_administrator(alice: User, bob: User, sue: User) -> None:
    with pytest.raises(Forbidden):
        create_token(by=sue, user=bob, name="x", scopes=[])
    assert create_token(by=alice, user=bob, name="x", scopes=[]).startswith("zj_")
