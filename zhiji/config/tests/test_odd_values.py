"""A text that no database keeps, a number that none holds: pages answer, they don't fail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from zhiji.access.models import User
from zhiji.config.tests.house import furnished, moved_in
from zhiji.flow.profile.fields import filter_of
from zhiji.flow.profile.filters import Filter
from zhiji.kernel.registry import offered

pytestmark = [pytest.mark.django_db, pytest.mark.long]
Browser = Callable[[User], Client]
ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"""(?:GET|query|POST|post|chosen)(?:\.get|\.getlist)?[(\[]"(\w+)\"""")
KEYS = {"/segments": "buyers", "/schemes": "life", "/rules": "thanks", "/templates": "care"}
ODD = [
    "1e-999999",
    "1e999999999",
    "²",
    "１２",
    "-1",
    "99999999999999999999",
    "9" * 5000,
    "NaN",
    "x",
    "2026-13-45",
    "[",
    "",
]


def names() -> list[str]:
    """Every parameter that a page reads, by its code, and every filter's."""
    pages = [one for one in ROOT.rglob("*.py") if "web" in one.parts and "tests" not in one.parts]
    read = {name for one in pages for name in ASKED.findall(one.read_text("utf-8"))}
    filters = [*offered(Filter), *(filter_of("x", kind) for kind in ("choice", "range", "dates"))]
    return sorted(read | {name for one in filters for name in one.parameters})


def patterns() -> list[str]:
    """Every page's address, as the configuration has it."""
    pages = [str(one.pattern) for one in get_resolver().url_patterns if isinstance(one, URLPattern)]
    return [f"/{one}" for one in pages if not one.startswith(("api", "v1"))]


def routes(number: int, text: str = "") -> list[str]:
    """The same with a number and a text in it; without a text, that of something there is."""
    found = []
    for route in patterns():
        key = text or next((key for start, key in KEYS.items() if route.startswith(start)), "a")
        given = {"int": str(number), "uuid": "8f14e45f-ceea-467f-9f1c-1c2d3e4f5a6b"}
        found.append(re.sub(r"<(?:(\w+):)?(\w+)>", lambda part, key=key, given=given: given.get(part[1], key), route))
    return found


@pytest.fixture
def house(alice: User, signed_in: Browser) -> tuple[Client, list[str]]:
    """A browser, and the pages of what there is."""
    furnished(alice)
    found = moved_in(["甲一"], alice)
    browser = signed_in(alice)
    browser.raise_request_exception = False
    return browser, routes(found["甲一"])


def test_there_are_pages_and_parameters() -> None:
    assert len(patterns()) > 80 and {"amount_365d_min", "q", "cursor", "version", "owner"} <= set(names())


@pytest.mark.parametrize("odd", [*ODD, "%00"])
def test_no_page_fails_of_what_its_address_asks(odd: str, house: tuple[Client, list[str]]) -> None:
    browser, pages = house
    query = "&".join(f"{name}={odd[:50]}" for name in names())
    assert [one for one in pages if browser.get(f"{one}?{query}").status_code == 500] == []


@pytest.mark.parametrize(("number", "text"), [(10**20, "a%00"), (0, "x" * 2000)])
def test_no_page_fails_of_a_number_or_text_in_its_path(number: int, text: str, house: tuple[Client, list[str]]) -> None:
    assert [one for one in routes(number, text) if house[0].get(one).status_code == 500] == []


@pytest.mark.parametrize("odd", ODD)
def test_no_form_fails_of_odd_values(odd: str, house: tuple[Client, list[str]]) -> None:
    browser, pages = house
    form = dict.fromkeys(names(), odd)
    assert [one for one in pages if browser.post(one, form).status_code == 500] == []


@pytest.mark.parametrize("text", ["%00", "a%00b"])
def test_a_nul_in_an_address_or_a_form_is_a_bad_request(text: str, house: tuple[Client, list[str]]) -> None:
    browser, _pages = house
    assert browser.get(f"/customers/?q={text}").status_code == 400
    form = f"name={text}&condition=%7B%7D"
    answer = browser.post("/segments/new/", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
