"""A text that no database keeps is refused at every page's door, not met as a failure inside."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from zhiji.access.models import User

pytestmark = pytest.mark.django_db
QUERY = ("q", "cursor", "state", "condition", "copy", "sort", "region", "name", "key", "fact", "since", "template")


def routes() -> list[str]:
    """Every page's address, with a NUL in place of each text in it."""
    found = []
    for one in get_resolver().url_patterns:
        if isinstance(one, URLPattern) and not str(one.pattern).startswith("api"):
            route = str(one.pattern)
            for kind in ("<int:", "<slug:", "<str:", "<path:", "<"):
                while kind in route:
                    start = route.index(kind)
                    end = route.index(">", start)
                    route = route[:start] + ("1" if kind == "<int:" else "a%00") + route[end + 1 :]
            found.append("/" + route)
    return found


def test_no_page_fails_of_a_text_in_its_address(alice: User, signed_in: Callable[[User], Client]) -> None:
    browser = signed_in(alice)
    browser.raise_request_exception = False
    addresses = routes()
    assert len(addresses) > 80
    query = "&".join(f"{name}=%00" for name in QUERY)
    assert [one for one in addresses if browser.get(f"{one}?{query}").status_code >= 500] == []


@pytest.mark.parametrize("text", ["%00", "a%00b"])
def test_a_nul_in_an_address_or_a_form_is_a_bad_request(
    text: str, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(alice)
    assert browser.get(f"/customers/?q={text}").status_code == 400
    form = f"name={text}&condition=%7B%7D"
    answer = browser.post("/segments/new/", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
