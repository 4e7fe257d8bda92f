"""What the pages of accounts are asked."""

from typing import Any

from django.test import Client

from zhiji.config.tests.doors.asked import Ask

PLACES = {"users/<int:user_id>/": "users/{ben}/", "me/tokens/<int:token_id>/": "me/tokens/{token}/"}
READS = {
    "me/": "",
    "users/": "users:write",
    "users/new/": "users:write",
    "users/<int:user_id>/": "users:write",
    "audit/": "audit:read",
}
ACCOUNT = {"display_name": "本", "role": "service", "email": "", "regions": ""}
CHANGES = {
    "POST me/edit/": Ask(
        "", {"display_name": "新名", "language": "", "theme": "dark"}, ("user edited",), on="access.user {me}"
    ),
    "POST me/tokens/": Ask("", {"name": "t", "days": "30", "scopes": "customers:read"}, ("token created",)),
    "POST me/tokens/<int:token_id>/revocation/": Ask("", {}, ("token revoked",), on="access.apitoken {token}"),
    "POST users/new/": Ask("users:write", {"username": "fresh", **ACCOUNT}, ("user created",)),
    "POST users/<int:user_id>/": Ask("users:write", ACCOUNT, ("user edited",), on="access.user {ben}"),
    "POST users/<int:user_id>/activity/": Ask(
        "users:write", {"active": "0"}, ("user deactivated",), on="access.user {ben}", then={"active": "1"},
        then_audits=("user activated",),
    ),
    "POST users/<int:user_id>/password/": Ask("users:write", {}, ("password reset",), on="access.user {ben}"),
    "POST users/<int:user_id>/second-step/": Ask("users:write", {}, ("second step removed",), on="access.user {ben}"),
}  # fmt: skip


def _sign_in(world: Any) -> int:
    form = {"login": world.alice.username, "password": "correct horse battery"}
    assert Client().post("/accounts/login/", form).status_code == 302
    return int(world.alice.pk)


DEEDS = {"signed in": (_sign_in, ())}
