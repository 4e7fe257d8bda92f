"""The tracking script in a real browser: in the demo's shop, and on a strict foreign site; with a yes, a no, without a
network. What it tells comes out as facts of one customer."""

import functools
import gzip
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from zhiji.ops.demo.definitions import SHOP
from zhiji.ops.tests.installation import Doors, Installation, running, track, wait_for
from zhiji.ops.tests.test_journey import CHROMIUM

pytestmark = pytest.mark.browser
if not CHROMIUM:
    pytest.skip("needs chromium", allow_module_level=True)

SITE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>山货铺</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {zhiji}; connect-src {zhiji}">
</head><body><form data-zj-form="预约试吃" action="#thanks"><input name="name" data-zj-trait="name">
<input name="mail" data-zj-trait="email"><input type="checkbox" name="ok" data-zj-trait="consent.email">
<input name="wish"><input type="password" name="secret"><button>预约</button></form>
<script async src="{zhiji}/zhiji.js" data-key="{key}" data-consent="given"></script></body></html>"""


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Installation, Doors]]:
    with running("zhiji-shop-", ZHIJI_DEMO="true", ZHIJI_DEMO_SHOPPERS="false") as (one, doors):
        doors.post("/sources/new/", name="演示商城", key=SHOP)
        sold = {"product_id": "T-1", "name": "明前龙井 <新>", "category": "茶", "price": 128, "quantity": 1}
        doors.send(track("Order Completed", "someone", order_id="T-0", total=128, products=[sold]))
        wait_for(lambda: "明前龙井" in doors.pages.get("/shop/").text)
        yield one, doors


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    yield one
    one.close()


@pytest.fixture(scope="module")
def site(house: tuple[Installation, Doors], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop of somebody else, on an origin of its own, whose policy lets nothing in but Zhiji."""
    folder = tmp_path_factory.mktemp("site")
    key = re.search(r"wk_[\w-]+", house[1].post("/sources/new/", name="山货铺", key="site").text)
    assert key
    (folder / "index.html").write_text(SITE.format(zhiji=house[0].url, key=key[0]), "utf-8")
    handler = functools.partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def facts(doors: Doors, name: str) -> list[dict[str, Any]]:
    return list(doors.ask("GET", f"/facts?name={name}&size=200")["rows"])


def known(doors: Doors, name: str) -> int:
    """The customer of this name, as soon as there is one."""
    wait_for(lambda: len(doors.ask("GET", f"/customers?q={name}")["rows"]) == 1, seconds=30)
    return int(doors.ask("GET", f"/customers?q={name}")["rows"][0]["id"])


def timeline(doors: Doors, customer: int) -> list[dict[str, Any]]:
    return list(doors.ask("GET", f"/customers/{customer}/timeline?size=100")["rows"])


def agreed(page: Page, word: str = "同意") -> None:
    page.get_by_role("button", name=word, exact=True).click()


def test_it_is_small_and_sites_keep_it_for_an_hour(house: tuple[Installation, Doors]) -> None:
    answer = httpx.get(f"{house[0].url}/zhiji.js", trust_env=False)
    assert len(gzip.compress(answer.content, 9)) <= 8192
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_a_visitor_who_looks_registers_and_buys_is_one_customer_with_all_of_it(
    house: tuple[Installation, Doors], visitor: BrowserContext
) -> None:
    one, doors = house
    page = visitor.new_page()
    page.goto(f"{one.url}/shop/?utm_source=weixin&utm_campaign=spring")
    agreed(page)
    page.get_by_text("明前龙井 <新>").click()
    page.get_by_role("button", name="加入购物车").click()
    page.get_by_role("link", name="注册会员").click()
    page.get_by_label("姓名").fill("商城来客")
    page.get_by_label("邮箱").fill("laike@example.com")
    page.get_by_label("给我发送优惠和推荐邮件").check()
    page.get_by_role("button", name="注册", exact=True).click()
    page.get_by_text("您是会员").wait_for()
    page.get_by_role("link", name="购物车").click()
    page.get_by_role("button", name="下单").click()
    page.get_by_text("已下单，谢谢。").wait_for()
    page.goto(f"{one.url}/shop/")

    customer = known(doors, "商城来客")
    wait_for(lambda: "order_paid" in {fact["name"] for fact in timeline(doors, customer)}, seconds=30)
    told = timeline(doors, customer)
    names = [fact["name"] for fact in told]
    assert {"page_viewed", "product_viewed", "cart_added", "customer_registered", "order_paid"} <= set(names)
    viewed = next(fact for fact in told if fact["name"] == "product_viewed")
    assert viewed["properties"]["name"] == "明前龙井 <新>", "told by the page's JSON-LD, before the registration"
    record = doors.ask("GET", f"/customers/{customer}")
    assert {"channel": "email", "granted": True}.items() <= record["consents"][0].items()


def test_before_a_yes_nothing_is_stored_or_sent_and_after_a_no_neither(
    house: tuple[Installation, Doors], visitor: BrowserContext
) -> None:
    one, _doors = house
    sent: list[str] = []
    visitor.on("request", lambda request: sent.append(request.url) if "/v1/" in request.url else None)
    page = visitor.new_page()

    def stored() -> list[str]:
        return list(page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('zj_'))"))

    page.goto(f"{one.url}/shop/member/")
    page.get_by_role("button", name="不同意").wait_for()
    assert stored() == [] and sent == []
    agreed(page, "不同意")
    page.evaluate("zhiji.track('Secretly', {})")
    page.goto(f"{one.url}/shop/")
    page.wait_for_timeout(800)
    assert stored() == ["zj_consent"] and sent == [] and page.get_by_role("button", name="同意").count() == 0
    page.evaluate("zhiji.consent(true)")
    page.goto(f"{one.url}/shop/cart/")
    with page.expect_request("**/v1/batch"):
        pass
    assert "zj_anonymous" in stored()


def test_what_has_no_network_waits_and_arrives_once(
    house: tuple[Installation, Doors], visitor: BrowserContext, site: str
) -> None:
    page = visitor.new_page()
    page.goto(site)
    page.wait_for_function("window.zhiji && window.zhiji.key")
    visitor.set_offline(True)
    page.evaluate("zhiji.track('Kept In The Tunnel', {n: 1})")
    page.wait_for_timeout(700)
    assert not facts(house[1], "kept_in_the_tunnel")
    visitor.set_offline(False)
    wait_for(lambda: bool(facts(house[1], "kept_in_the_tunnel")), seconds=30)
    page.reload()
    page.wait_for_timeout(700)
    assert len(facts(house[1], "kept_in_the_tunnel")) == 1


def test_a_foreign_site_tells_pages_sources_and_forms_but_not_what_was_typed(
    house: tuple[Installation, Doors], visitor: BrowserContext, site: str
) -> None:
    doors = house[1]
    page = visitor.new_page()
    page.goto(f"{site}/?utm_source=douyin&utm_medium=video", referer="https://www.baidu.com/")
    page.wait_for_function("window.zhiji && window.zhiji.key")
    page.evaluate("history.pushState({}, '', '/tea/green')")
    page.locator("[name=name]").fill("山货来客")
    page.locator("[name=mail]").fill("shanhuo@example.com")
    page.locator("[name=ok]").check()
    page.locator("[name=wish]").fill("不要葱姜蒜")
    page.locator("[name=secret]").fill("hunter2-hunter2")
    page.locator("button").click()
    wait_for(lambda: bool(facts(doors, "form_submitted")), seconds=30)
    told = timeline(doors, known(doors, "山货来客"))
    (form,) = [fact for fact in told if fact["name"] == "form_submitted"]
    assert form["properties"]["form"] == "预约试吃"
    assert form["properties"]["fields"] == ["name", "mail", "ok", "wish"], "which were filled in, the password aside"
    assert "不要葱姜蒜" not in str(told) and "hunter2" not in str(told)
    paths = [fact["properties"]["context"]["page"]["path"] for fact in told if fact["name"] == "page_viewed"]
    assert sorted(paths) == ["/", "/tea/green"]
    sources = {fact["properties"]["context"]["campaign"]["source"] for fact in told if fact["name"] == "page_viewed"}
    assert sources == {"douyin"}, "the second page has no utm of its own: it is the same visit"
