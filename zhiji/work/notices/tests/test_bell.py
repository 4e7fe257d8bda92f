"""In a real browser, over the server that ships: the bell counts, opens, leads to the task and is quiet then."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from zhiji.access.models import User
from zhiji.desks.sales import actions
from zhiji.desks.sales.tests.test_tasks import MAY, customer
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.work.notices import queries

CHROMIUM = shutil.which("chromium") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium (`make test` installs it)"),
]


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[WebProcess]:
    with WebProcess() as one:
        yield one


@pytest.fixture
def page(server: WebProcess, bob: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Bob's phone before the shipped server."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    signed_in = Client()
    signed_in.force_login(bob)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=server.url, locale="zh-CN", viewport={"width": 390, "height": 844})
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        one = context.new_page()
        said: list[str] = []
        one.on("pageerror", lambda error: said.append(f"{error} {error.stack}"))
        yield one
        connections.close_all()  # those of this loop, which the test's end doesn't know
        browser.close()
    assert said == []


def give(sue: User, bob: User, title: str) -> None:
    actions.open_task(by=sue, customer_id=customer(bob), title=title, due_on=MAY, owner=bob)


def test_the_bell_tells_of_a_task_and_leads_to_it(page: Page, bob: User, sue: User) -> None:
    give(sue, bob, "回访王芳")
    page.goto("/me/")
    expect(page.locator("[data-unread]")).to_have_attribute("data-unread", "1")
    page.get_by_role("button", name="通知").click()
    menu = page.locator("#zj-bell-latest")
    expect(menu).to_contain_text("一个任务派给了您")
    box = menu.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390, "the menu fits a phone"
    page.get_by_role("button", name="回访王芳").click()
    page.wait_for_url("**/tasks/#task-*")
    expect(page.locator("#zj-bell-count")).to_be_attached()
    expect(page.locator("[data-unread]")).to_have_count(0)
    assert queries.unread(bob.pk) == 0


def test_coming_back_to_a_page_counts_anew_and_all_are_read_by_a_press(page: Page, bob: User, sue: User) -> None:
    page.clock.install()
    with page.expect_response("**/notices/bell/"):
        page.goto("/me/")
    expect(page.locator("[data-unread]")).to_have_count(0)
    give(sue, bob, "一")
    give(sue, bob, "二")
    page.clock.fast_forward(61_000)
    expect(page.locator("[data-unread]")).to_have_attribute("data-unread", "2")
    page.goto("/notices/")
    expect(page.locator("main")).to_contain_text("2 个任务派给了您")
    page.locator("main").get_by_role("button", name="全部标为已读").or_(
        page.locator(".zj-action").get_by_role("button", name="全部标为已读")
    ).first.click()
    expect(page.locator("[data-unread]")).to_have_count(0)
    assert queries.unread(bob.pk) == 0
