"""In a real browser, over the server that ships: a colleague is picked by @, the comment stands there, is followed."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from zhiji.access.models import User
from zhiji.desks.sales.tests.test_tasks import customer
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
def page(server: WebProcess, mona: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Mona's browser before the shipped server."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    signed_in = Client()
    signed_in.force_login(mona)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=server.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        one = context.new_page()
        said: list[str] = []
        one.on("pageerror", lambda error: said.append(f"{error} {error.stack}"))
        yield one
        connections.close_all()  # those of this loop, which the test's end doesn't know
        browser.close()
    assert said == []


def test_a_colleague_is_picked_told_and_the_comment_is_edited_and_taken_back(page: Page, sue: User) -> None:
    User.objects.filter(pk=sue.pk).update(display_name="苏念")
    page.goto(f"/customers/{customer()}/")
    panel = page.locator("[data-comments]")
    expect(panel).to_contain_text("还没有备注")
    panel.get_by_label("写备注", exact=True).press_sequentially("请@苏")
    page.get_by_role("button", name="苏念").click()
    expect(panel.get_by_label("写备注", exact=True)).to_have_value("请@sue ")
    panel.get_by_label("写备注", exact=True).press_sequentially("回电")
    panel.get_by_role("button", name="发布备注").click()
    expect(panel).to_contain_text("请@苏念 回电")
    expect(panel).to_contain_text("1 条备注")
    expect(panel.get_by_role("button", name="取消关注")).to_be_visible()
    assert [line.text for line in queries.lines(sue).rows] == ["mona 在备注里 @ 了您"]
    panel.get_by_text("修改", exact=True).click()
    panel.get_by_label("修改备注").fill("不用了")
    panel.get_by_role("button", name="保存修改").click()
    expect(panel).to_contain_text("改过")
    panel.get_by_role("button", name="删除").click()
    page.locator("#zj-confirm").get_by_role("button", name="删除").click()
    expect(panel).to_contain_text("还没有备注")


def test_what_is_refused_says_so_and_what_was_typed_stays(page: Page, bob: User) -> None:
    page.goto(f"/customers/{customer()}/")
    panel = page.locator("[data-comments]")
    panel.get_by_label("写备注", exact=True).fill("@bob 看看")
    panel.get_by_role("button", name="发布备注").click()
    expect(page.locator(".zj-toast-error")).to_contain_text("bob 看不到这条记录")
    expect(panel.get_by_label("写备注", exact=True)).to_have_value("@bob 看看")
