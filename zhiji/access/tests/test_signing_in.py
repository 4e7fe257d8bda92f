"""Signing in: a limited number of attempts, a second step whose secret is sealed, no way in for visitors."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from zhiji.access.models import AuditLine, User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_attempts_yet(db: None) -> None:
    cache.clear()


def sign_in(client: Client, name: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_name_and_password_open_the_house_and_leave_a_line(bob: User, client: Client) -> None:
    assert sign_in(client, "bob").status_code == 302
    assert client.get("/me/").status_code == 200
    assert AuditLine.objects.get().verb == "signed in"


def test_after_five_wrong_passwords_the_right_one_is_refused_too(bob: User, client: Client) -> None:
    for _ in range(5):
        sign_in(client, "bob", "wrong")
    sign_in(client, "bob")
    assert client.get("/me/").status_code == 302
    assert not AuditLine.objects.exists()


def test_a_shut_account_is_told_so(bob: User, client: Client) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    sign_in(client, "bob")
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "password/set/", "confirm-email/"])
def test_visitors_find_no_other_door(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404
    form = {"username": "eve", "password1": PASSWORD, "email": "eve@example.com"}
    assert client.post(f"/accounts/{path}", form).status_code == 404
    assert not User.objects.exists()


def test_the_second_step_is_asked_for_and_its_secret_is_sealed(bob: User, client: Client) -> None:
    sign_in(client, "bob")
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    client.post(asked, {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    kept = Authenticator.objects.get(user=bob, type=Authenticator.Type.TOTP)
    assert secret not in str(kept.data)
    client.logout()
    assert sign_in(client, "bob")["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/me/").status_code == 302
    cache.clear()  # a code serves once; forget that this one did
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert client.get("/me/").status_code == 200


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_cookies_are_not_for_scripts_of_others(bob: User, client: Client) -> None:
    answer = sign_in(client, "bob")
    session = answer.cookies["sessionid"]
    assert session["httponly"] and session["samesite"] == "Lax"
