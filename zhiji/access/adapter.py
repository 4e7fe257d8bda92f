"""How people sign in: accounts are made by an administrator, never by visitors."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.privacy import seal, unseal

QUIET = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}
YEAR = 365 * 24 * 3600


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; who signs in leaves an audit line and gets their own language and theme."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **named: Any
    ) -> None:
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *rest, **named)

    def set_password(self, user: User, password: str) -> None:
        """The user chose this password, so an initial one has done its work."""
        user.must_change_password = False
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("me")

    def post_login(self, request: HttpRequest, user: User, **rest: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **rest)
        audit("signed in", user, by=user)
        prefer(response, user, secure=request.is_secure())
        return response


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of the second step are kept encrypted under the master key."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), "second step").hex()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(bytes.fromhex(encrypted_text), "second step").decode()


def prefer(response: HttpResponse, user: User, *, secure: bool) -> None:
    """Put the user's language and theme into the browser's cookies."""
    for name, value in ((settings.LANGUAGE_COOKIE_NAME, user.language), ("theme", user.theme)):
        if value:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure)
