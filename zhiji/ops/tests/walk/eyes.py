"""A browser that looks at pages as a person does: does everything load, does a script fail, does it fit a phone?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Response, sync_playwright

from zhiji.ops.tests.test_journey import CHROMIUM
from zhiji.ops.tests.walk.visitor import matched

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
STILL = "!document.querySelector('.htmx-request, .htmx-settling') && document.readyState === 'complete'"
NARROW = """() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    const out = wide > 0 && [...document.querySelectorAll('main *')].find(
        (one) => one.getBoundingClientRect().right > innerWidth + 1);
    const cut = [...document.querySelectorAll('main .table-responsive')].filter(
        (one) => one.scrollWidth > one.clientWidth + 1);
    return [
        ...(wide > 0 ? [`scrolls sideways on a phone: ${wide} pixels, by ${out?.tagName}.${out?.className}`] : []),
        ...cut.map((one) => `cuts a table on a phone: ${one.firstElementChild.className}`)];
}"""
PATIENCE = 20  # seconds for a page to be still
TURNED = 3  # seconds for charts to follow the window's width


class Eyes:
    """One window, which everybody uses in turn; `troubles` says what it saw that nobody should, `asked` which
    dialogs came up (each is answered with yes), `answered` which routes its pages asked.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self.answered: set[str] = set()
        self.url = url
        self.context: BrowserContext = browser.new_context(
            base_url=url, locale="zh-CN", viewport=WIDE, reduced_motion="reduce"
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._say(f"a script fails: {error}"))
        self.page.on("response", self._response)
        self.page.on("dialog", self._dialog)

    def turn(self, cookies: httpx.Cookies) -> None:
        """Somebody else looks."""
        self.context.clear_cookies()
        self.context.add_cookies([{"name": one.name, "value": one.value or "", "url": self.url} for one in cookies.jar])

    def open(self, address: str) -> None:
        self.page.set_viewport_size(WIDE)
        self.page.goto(address, wait_until="load")
        assert self._until(STILL, PATIENCE), f"{self.page.url} goes on asking"

    def look(self, address: str) -> None:
        """Open a page wide, then make the window a phone's."""
        self.open(address)
        self.page.set_viewport_size(PHONE)
        if not self._until(f"!({NARROW})().length", TURNED):
            for said in self.page.evaluate(NARROW):
                self._say(said)

    def _until(self, true: str, seconds: float) -> bool:
        """The page's policy forbids Playwright's own waiting, which evaluates text."""
        deadline = time.monotonic() + seconds
        while not (done := self.page.evaluate(true)) and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        return bool(done)

    def close(self) -> None:
        self.context.close()

    def _dialog(self, dialog: Dialog) -> None:
        self.asked.append(dialog.type)
        dialog.accept()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._say(f"the console says: {message.text}")

    def _response(self, response: Response) -> None:
        match = matched(response.url)
        if match is not None and response.status < 400:
            self.answered.add(match.route)
        if response.status >= 400:
            self._say(f"{urlsplit(response.url).path} answers {response.status}")

    def _say(self, text: str) -> None:
        self.troubles.append(f"{urlsplit(self.page.url).path} {text}")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield one
        one.close()
