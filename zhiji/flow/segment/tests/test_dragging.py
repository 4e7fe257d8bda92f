"""In a real browser: a threshold is dragged, the population moves along, and the scheme is published."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from zhiji.access.models import User
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.models import Build, Classification
from zhiji.flow.segment.tests.shop import CLASSES, bought
from zhiji.kernel import clock

CHROMIUM = shutil.which("chromium") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium (`make test` installs it)"),
]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def page(live_server: LiveServer, mark: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Mark's browser, in front of a shop of twelve buyers with one to twelve orders."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    bought({f"客人{count:02}": count for count in range(1, 13)})
    actions.create_scheme(by=None, key="plan", name="常客方案", classes=CLASSES)
    actions.build(clock.now())
    signed_in = Client()
    signed_in.force_login(mark)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        yield context.new_page()
        connections.close_all()  # those of this loop, which the test's end doesn't know
        browser.close()


def drag(page: Page, to: float) -> None:
    """Take the first threshold's handle to a value."""
    handle = page.locator(".sc-range").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    low, high = float(handle.get_attribute("min") or 0), float(handle.get_attribute("max") or 0)
    value = float(handle.input_value())

    def place(at: float) -> float:
        return float(box["x"]) + 7 + (float(box["width"]) - 14) * (at - low) / (high - low)

    middle = box["y"] + box["height"] / 2
    page.mouse.move(place(value), middle)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(place(value + (to - value) * step / 8), middle)
    page.mouse.up()


def test_a_dragged_threshold_moves_the_population_and_is_published(page: Page) -> None:
    page.goto("/schemes/plan/edit/")
    expect(page.locator("[data-class=often] .sc-count")).to_contain_text("10 人")
    expect(page.locator("#publish")).to_have_text("保存（没有人换类别）")

    drag(page, to=6)
    expect(page.locator("[data-class=often] .sc-sentence")).to_contain_text("次数 ≥ 6")
    expect(page.locator("[data-class=often] .sc-count")).to_contain_text("10 → 7 −3")
    expect(page.locator("#trial-list")).to_contain_text("客人05")
    expect(page.locator("#publish")).to_have_text("发布：3 位客户换类别")
    page.locator("#moves [data-chart-switch]").click()
    expect(page.locator("#moves [data-chart-table]")).to_contain_text("常客")
    assert Classification.objects.filter(scheme_class__key="often").count() == 10

    page.locator("[data-class=often] .sc-toggle").click()
    expect(page.locator("[data-class=often] [data-builder] input[type=number]").last).to_have_value("6")

    page.get_by_text("触发联动规则：换了类别的客户照常进入").click()
    page.locator("#publish").click()
    expect(page.locator("#zj-confirm")).to_contain_text("发布后 3 位客户换类别，并触发联动规则。")
    page.locator("#zj-confirm [data-confirm-yes]").click()
    page.wait_for_url("**/schemes/plan/")
    asked = Build.objects.get()
    assert asked.fire
    build_queue.run_due(clock.now())
    assert Classification.objects.filter(scheme_class__key="often").count() == 7


def test_the_handle_obeys_the_keyboard_and_classes_change_places(page: Page) -> None:
    page.goto("/schemes/plan/edit/")
    handle = page.locator(".sc-range").first
    handle.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-class=often] .sc-sentence")).to_contain_text("次数 ≥ 5")

    page.locator("#add-class").click()
    expect(page.locator(".sc-class")).to_have_count(3)
    page.locator(".sc-class").nth(1).get_by_label("上移").click()
    expect(page.locator(".sc-class").first.locator(".sc-name")).to_have_value("新类别 2")
    page.locator(".sc-class").first.get_by_label("删除类别").click()
    expect(page.locator("[data-class=often] .sc-count")).to_contain_text("10 → 8")
