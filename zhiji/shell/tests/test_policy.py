"""The content security policy is strict, and no page needs it to be anything else."""

import re

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from zhiji.access.models import User
from zhiji.shell.tests.test_frame import rail_of

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I)
INLINE_STYLE = re.compile(r"<style\b|<[a-z][^>]*\sstyle\s*=", re.I)
HANDLER = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I)
FOREIGN = re.compile(r"<(?:script|img|link|iframe|source)[^>]*\b(?:src|href)=\"(?:https?:)?//", re.I)


def inline_parts(html: str) -> list[str]:
    return [part for rule in (INLINE_SCRIPT, INLINE_STYLE, HANDLER, FOREIGN) for part in rule.findall(html)]


def test_the_policy_allows_our_own_files_only(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert client.get("/accounts/login/")["X-Content-Type-Options"] == "nosniff"


def test_the_watch_sees_what_it_is_for() -> None:
    assert (
        inline_parts("<script>alert(1)</script>") and inline_parts('<b style="x">') and inline_parts('<a onclick="x">')
    )
    assert not inline_parts('<script src="/x.js" defer></script><script type="application/json">{}</script>')


def test_no_page_of_the_rail_has_anything_inline(alice: User, rf: RequestFactory, client: Client) -> None:
    client.force_login(alice)
    for section in rail_of(rf, alice):
        for entry in section.entries:
            assert not inline_parts(client.get(entry.href, follow=True).content.decode()), entry.href


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/logout/", "/accounts/2fa/", "/me/", "/api/docs", "/no/"]
)
def test_no_page_about_signing_in_has_anything_inline(alice: User, client: Client, path: str) -> None:
    if path != "/accounts/login/":
        client.force_login(alice)
    assert not inline_parts(client.get(path).content.decode())


def test_the_picture_of_the_second_step_is_data_in_an_image(alice: User, client: Client) -> None:
    cache.clear()
    client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert '<img class="zj-qr mb-3" src="data:image/svg+xml' in page
    assert not inline_parts(page.replace(re.search(r'src="data:[^"]*"', page)[0], ""))  # type: ignore[index]


def test_static_addresses_change_with_their_content(client: Client) -> None:
    assert re.search(r"/static/shell/zhiji\.css\?v=[0-9a-f]{8}", client.get("/accounts/login/").content.decode())
