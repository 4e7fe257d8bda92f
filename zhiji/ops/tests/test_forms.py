"""The forms' guard in a real browser: unsaved words aren't lost without a word, a mended value loses its error."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Dialog, Page, expect, sync_playwright

from zhiji.access.models import User
from zhiji.ops.tests.test_journey import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def page(live_server: Any, alice: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop in this thread
    browser_of_hers = Client()
    browser_of_hers.force_login(alice)
    session = browser_of_hers.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        one = browser.new_page(base_url=live_server.url, locale="zh-CN")
        cookie: Any = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        one.context.add_cookies([cookie])
        yield one
        browser.close()


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The kinds of dialogs that came up; each is answered with yes."""
    seen: list[str] = []

    def answer(dialog: Dialog) -> None:
        seen.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return seen


def leave(page: Page) -> None:
    page.get_by_role("link", name="取消").click()
    page.wait_for_url("**/customers/")


def test_leaving_asks_only_when_something_was_typed(page: Page, asked: list[str]) -> None:
    page.goto("/customers/new/")
    page.click("#id_name")
    leave(page)
    assert asked == []
    page.goto("/customers/new/")
    page.fill("#id_name", "王芳")
    leave(page)
    assert asked == ["beforeunload"]


def test_the_focus_that_a_page_gives_touches_nothing_while_its_scripts_still_fill_it(
    page: Page, asked: list[str]
) -> None:
    page.goto("/rules/new/")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => { const name = document.getElementById('rule-name'); name.blur(); name.focus(); }")
    page.evaluate("() => { document.querySelector('main form [name=description]').value = 'by a script'; }")
    page.get_by_role("link", name="取消").click()
    page.wait_for_url("**/rules/")
    assert asked == []
    page.goto("/rules/new/")
    page.wait_for_load_state("networkidle")
    page.locator("#rule-name").press_sequentially("回访")
    page.get_by_role("link", name="取消").click()
    page.wait_for_url("**/rules/")
    assert asked == ["beforeunload"]


def test_saving_asks_nothing(page: Page, asked: list[str]) -> None:
    page.goto("/customers/new/")
    page.fill("#id_name", "王芳")
    page.get_by_role("button", name="新建客户").click()
    expect(page.locator("h1")).to_contain_text("王芳")
    assert asked == []


def test_a_refused_form_is_unsaved_and_its_error_goes_when_the_value_is_mended(page: Page, asked: list[str]) -> None:
    page.goto("/customers/new/")
    page.fill("#id_phones", "12")
    page.get_by_role("button", name="新建客户").click()
    expect(page.locator(".alert-danger")).to_be_visible()
    page.fill("#id_phones", "13812345678")
    expect(page.locator(".alert-danger")).to_have_count(0)
    leave(page)
    assert asked == ["beforeunload"]
