"""Segments made by clicking, in a real browser: their counts are the oracle's, an edit says who comes and goes."""

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from zhiji.flow.segment.tests.carts import CARTS, expected
from zhiji.kernel import clock
from zhiji.ops.demo.accounts import PASSWORD
from zhiji.ops.tests.test_journey import CHROMIUM, House, house, until

__all__ = ["house"]
pytestmark = pytest.mark.browser
SLOW = 40_000
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def began(house: House) -> datetime:
    """The scene's moment: everything is recorded and resolved."""
    now = clock.now().astimezone(clock.zone())
    house.run(f"from zhiji.flow.segment.tests.carts import fill; fill('{now.isoformat()}')")
    asked = (
        "import sys; from zhiji.flow.profile.models import Portrait; "
        "sys.exit(Portrait.objects.filter(name__startswith='何').count() != 5)"
    )
    until(lambda: _ends_well(house, asked), 60, "five customers are there")
    return now


def _ends_well(house: House, code: str) -> bool:
    try:
        house.run(code)
    except subprocess.CalledProcessError:
        return False
    return True


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        one = browser.new_page(base_url=house.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
        one.goto("/")
        one.fill("input[name=login]", "admin")
        one.fill("input[name=password]", PASSWORD)
        one.press("input[name=password]", "Enter")
        expect(one.locator("main")).to_contain_text("首页")
        yield one
        browser.close()


def add(page: Page, kind: str) -> Locator:
    """Add a condition of a kind by its name, in place of what a new form begins with."""
    page.goto("/segments/new/")
    page.get_by_role("button", name="+ 添加条件").click()
    page.get_by_role("option", name=kind).click()
    page.locator('.zb-row[data-kind="behaviour"]').get_by_role("button", name="删除").click()
    expect(page.locator(".zb-row")).to_have_count(1)
    return page.locator(".zb-row")


def counted(page: Page, names: set[str]) -> None:
    """The panel counts these and names them."""
    expect(page.locator("#preview .sg-count")).to_have_attribute("data-count", str(len(names)), timeout=SLOW)
    for name in names:
        expect(page.locator("#preview")).to_contain_text(name, timeout=SLOW)


def save(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.locator(".sg-save button").click()
    expect(page.locator("h1")).to_contain_text(name, timeout=SLOW)


def test_segments_are_built_by_clicking_edited_live_and_explained(house: House, page: Page, began: datetime) -> None:
    add(page, "做了却没有接着做")
    expect(page.locator(".zb-said")).to_have_text("近 7 天内 加入购物车 后 1 天内 没有 支付订单", timeout=SLOW)
    left = expected(page.input_value("#condition"), began)
    assert left == {"何弃", "何迟"}
    counted(page, left)
    save(page, "弃购")

    row = add(page, "生日或纪念日快到了")
    row.get_by_label("历法").select_option("lunar")
    soon = expected(page.input_value("#condition"), began)
    assert {"何弃", "何旧"} <= soon and "何付" not in soon
    counted(page, soon)
    save(page, "农历生日")
    until(lambda: _size(page) == len(soon), 60, "the members are there")

    page.get_by_role("link", name="修改条件").click()
    page.get_by_label("提前几天").fill("30")
    later = expected(page.input_value("#condition"), began)
    counted(page, later)
    assert later - soon == {"何付"}
    expect(page.locator("#difference [data-entering]")).to_have_attribute("data-entering", "1", timeout=SLOW)
    expect(page.locator("#difference [data-leaving]")).to_have_attribute("data-leaving", "0")
    expect(page.locator("#difference")).to_contain_text("何付")
    save(page, "农历生日")
    until(lambda: _size(page) == len(later), 60, "whoever enters is in")
    assert len(CARTS) > len(later)
    explained(page, began)


def explained(page: Page, began: datetime) -> None:
    """何弃 left a cart three days ago, and a day later was in; five days ago there was no cart yet."""
    page.goto("/customers/?q=何弃")
    page.locator("main tbody a", has_text="何弃").first.click()
    page.locator("summary", has_text="弃购").first.click()
    page.locator("details", has_text="弃购").first.get_by_role("link", name="从何时起、依据什么、怎样会变").click()
    expect(page.locator("#explained")).to_contain_text("属于“弃购”", timeout=SLOW)
    expect(page.locator("#explained")).to_contain_text("加入购物车")
    page.locator("#explained input[name=on]").fill((began - timedelta(days=5)).date().isoformat())
    expect(page.locator("#explained")).to_contain_text("不属于“弃购”", timeout=SLOW)
    expect(page.locator("#explained")).to_contain_text("按现在的定义")


def _size(page: Page) -> int:
    page.reload()
    text = page.locator(".sg-count").first.inner_text().replace(",", "").strip()
    return int(text) if text.isdigit() else -1
