"""The whole loop in a real browser: a visitor registers, is reminded a week later, buys, and the rule is told."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from zhiji.flow.collect.tests.running import free_port
from zhiji.kernel import clock
from zhiji.ops.demo.accounts import PASSWORD
from zhiji.ops.demo.definitions import WRITE_KEY

pytestmark = [pytest.mark.browser, pytest.mark.sdk]
HERE = Path(__file__).parent
SDK = HERE.parents[1] / "flow/collect/tests/sdk"
CHROMIUM = shutil.which("chromium") or ""
VISITORS = [f"traveller-{number}" for number in range(1, 5)]
RULE = "registered-no-order"

if not CHROMIUM or shutil.which("node") is None or not (SDK / "node_modules").is_dir():
    pytest.skip("needs chromium, Node.js and the Node SDK (`make test` installs them)", allow_module_level=True)


class House:
    """A whole installation of its own, started by `zhiji up`, with the demo's definitions and a movable clock."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
        self.environ = {
            **given,
            "ZHIJI_HOME": str(home),
            "ZHIJI_PORT": str(self.port),
            "ZHIJI_DEMO": "true",
            "ZHIJI_TEST_CLOCK": "true",
            "DJANGO_SETTINGS_MODULE": "zhiji.config.settings",
            "SDK_FOLDER": str(SDK),
        }

    def start(self) -> None:
        self.log = (self.home / "journey.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zhiji", "up"], env=self.environ, stdout=self.log, stderr=self.log
        )
        until(self._ready, 90, "the installation is ready")
        self.run("from zhiji.ops.demo import definitions as d; d.house(); d.classes(); d.rules()")

    def run(self, code: str) -> None:
        subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {code}"], env=self.environ, check=True, timeout=120
        )

    def shop(self, what: str, *users: str) -> None:
        subprocess.run(
            ["node", "journey.mjs", self.url, WRITE_KEY, what, *users],
            cwd=HERE,
            env=self.environ,
            check=True,
            timeout=60,
        )

    def move_clock(self, by: timedelta) -> None:
        (self.home / "clock").write_text(str(by.total_seconds()))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return not json.load(answer)["degraded"]
        except OSError:
            return False


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s it still isn't so that {what}")
        time.sleep(0.3)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("journey")
    for folder in (home, *list(home.parents)[:3]):
        if folder.owner() == home.owner() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o711)
    one = House(home)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser.new_page(base_url=house.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
        browser.close()


def see(page: Page, address: str, text: str, seconds: float = 30, within: str = "main tbody") -> None:
    """Open an address again and again until the page says `text`, in a row of a table unless told elsewhere."""

    def said() -> bool:
        page.goto(address)
        return any(text in part for part in page.locator(within).all_inner_texts())

    until(said, seconds, f"{address} says {text}")


def next_morning(days: int) -> timedelta:
    """From now to ten o'clock in the workspace's zone, at least `days` days ahead."""
    there = clock.now().astimezone(clock.zone())
    return (there + timedelta(days=days + 1)).replace(hour=10, minute=0) - there


def test_a_visitor_who_registers_is_reminded_and_the_purchase_counts_for_the_rule(house: House, page: Page) -> None:
    page.goto("/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    expect(page.locator("main")).to_contain_text("首页")

    page.goto(f"/rules/{RULE}/")
    expect(page.locator("main")).to_contain_text("注册 7 天未下单")

    house.shop("registers", *VISITORS)
    see(page, "/customers/?q=旅人1", "旅人1")
    page.locator("main tbody a", has_text="旅人1").first.click()
    see(page, page.url, "潜在", within="main")

    house.move_clock(next_morning(days=7))
    see(page, "/messages/", "旅人")
    see(page, "/messages/", "已发送", 60)
    see(page, "/mailbox/", "@example.com", 60)

    house.shop("buys", *VISITORS)
    see(page, "/customers/?q=旅人1", "旅人1")
    page.locator("main tbody a", has_text="旅人1").first.click()
    see(page, page.url, "首购", within="main")

    reached = page.locator("tbody tr").first.locator("td").nth(1)

    def counted() -> bool:
        page.goto(f"/effects/{RULE}/")
        return reached.inner_text().strip() not in ("", "0")

    until(counted, 30, "the rule's effect counts a purchase")


def test_port_and_home_are_free_again_afterwards(house: House) -> None:
    house.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", house.port)) != 0
    house.start()
