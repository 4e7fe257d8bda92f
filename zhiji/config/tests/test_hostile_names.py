"""Whatever a custom field or a tag is called: every door takes it and every page shows it, or says in words why not."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils.html import escape

from zhiji.access.models import User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token
from zhiji.config.tests.house import furnished, moved_in
from zhiji.config.tests.test_odd_values import routes
from zhiji.flow.profile.models import Portrait, Tagging
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
TAKEN = [
    "身高/体重", "a.b", "..", ".", "%2F", "100%", "%s", 'a"b', "it's", "a b", "😀", "长" * 100, "שלום", "-lead",
    "constructor", "__proto__", "a,b", "=1+1", "<b>x</b>", "a[0]", "$.a", "#", "a/", "/a", "~0", "a:b", "\\", "`",
    "{{x}}", "?q=1#f", "a&b", "null", "0", "id", "name", "part", "+",
]  # fmt: skip
REFUSED = ["", "   ", "长" * 101, "a\nb", "a\0b", "\u202eabc", " lead", "trail ", "\u200fleft"]


@pytest.fixture
def one(alice: User) -> int:
    furnished(alice)
    (found,) = moved_in(["甲一"], alice).values()
    return found


def change(browser: Client, key: str, one: int, **given: object) -> int:
    answer = browser.patch(
        f"/api/customers/{one}", given, content_type="application/json", headers={"authorization": f"Bearer {key}"}
    )
    assert answer.status_code in (200, 422), (given, answer.content)
    assert answer.status_code == 200 or answer.json()["detail"]
    return int(answer.status_code)


def test_a_custom_field_of_any_name_is_taken_and_shown_or_refused_in_words(
    one: int, alice: User, signed_in: Browser
) -> None:
    browser, key = signed_in(alice), create_token(by=None, user=alice, name="t", scopes=permissions())
    browser.raise_request_exception = False
    assert [name for name in REFUSED if change(browser, key, one, attributes={name: "v"}) != 422] == []
    assert [name for name in TAKEN if change(browser, key, one, attributes={name: f"v-{name}"}) != 200] == []
    run_once()
    assert set(Portrait.objects.get(pk=one).attributes) == set(TAKEN)
    page = browser.get(f"/customers/{one}/").content.decode()
    assert [name for name in TAKEN if str(escape(f"v-{name}")) not in page] == []
    for name in TAKEN:
        address = f"/customers/{one}/part/?part={quote(f'attributes.{name}', safe='')}"
        assert str(escape(address)) in page, "the page's own button leads there"
        assert str(escape(f"v-{name}")) in browser.get(address).content.decode(), name
        assert browser.post(address, {"value": "other"}).status_code == 200
    assert set(Portrait.objects.get(pk=one).attributes.values()) == {"other"}
    assert [page for page in routes(one) if browser.get(page).status_code == 500] == []
    assert [name for name in TAKEN if change(browser, key, one, attributes={name: None}) != 200] == []
    assert Portrait.objects.get(pk=one).attributes == {}


def test_a_tag_of_any_name_is_taken_found_and_taken_off_or_refused_in_words(
    one: int, alice: User, signed_in: Browser
) -> None:
    browser, key = signed_in(alice), create_token(by=None, user=alice, name="t", scopes=permissions())
    browser.raise_request_exception = False
    taken = [name for name in [*TAKEN, *REFUSED] if change(browser, key, one, add_tags=[name]) == 200]
    assert set(taken) >= {"身高/体重", "a.b", "%2F", 'a"b', "😀", "constructor", "__proto__"}
    run_once()
    assert [page for page in routes(one) if browser.get(page).status_code == 500] == []
    for name in taken:
        condition = {"kind": "tag", "tag": name}
        answer = browser.post(
            "/api/conditions/preview",
            {"condition": condition},
            content_type="application/json",
            headers={"authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 200 and answer.json()["count"] == 1, (name, answer.content)
    assert [name for name in taken if change(browser, key, one, remove_tags=[name]) != 200] == []
    assert not Tagging.objects.filter(customer_id=one, tag__name__in=taken).exists()
