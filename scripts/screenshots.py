"""Pictures of the main pages for the README, taken from a running server (such as `make demo`).

    python scripts/screenshots.py                         as the demo's administrator at http://127.0.0.1:8000
    python scripts/screenshots.py --user mona --password … --only home rules --all

Writes docs/pictures/<page>-<size>-<theme>.png. A path that ends in `>` stands for the first row's link of that list.
Without --all it takes only what the README shows: wide and light, and the home page in all four ways.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs/pictures"
PAGES = {
    "home": "/",
    "customers": "/customers/",
    "customer": "/customers/ >",
    "segments": "/segments/",
    "segment": "/segments/ >",
    "builder": "/segments/at-risk/edit/",
    "schemes": "/schemes/",
    "scheme": "/schemes/ >",
    "scheme-editor": "/schemes/lifecycle/edit/",
    "scheme-review": "/schemes/lifecycle/review/",
    "rules": "/rules/",
    "rule": "/rules/ >",
    "rule-editor": "/rules/first-purchase-thanks/edit/",
    "messages": "/messages/",
    "message": "/messages/ >",
    "templates": "/templates/",
    "template": "/templates/care/",
    "mailbox": "/mailbox/",
    "webhooks": "/webhooks/",
    "coupons": "/coupons/",
    "tasks": "/tasks/",
    "orders": "/orders/",
    "products": "/products/",
    "imports": "/imports/",
    "import": "/imports/ >",
    "sources": "/sources/",
    "names": "/sources/names/",
    "quarantine": "/quarantine/",
    "aside": "/quarantine/aside/",
    "audit": "/audit/",
    "me": "/me/",
    "users": "/users/",
    "workspace": "/workspace/",
    "api": "/api/docs",
}
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default=os.environ.get("ZHIJI_PUBLIC_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="zhiji-demo-2026")
    parser.add_argument("--language", default="zh-CN")
    parser.add_argument("--only", nargs="*", default=list(PAGES))
    parser.add_argument("--all", action="store_true", help="both sizes and both themes of every page")
    parser.add_argument("--into", type=Path, default=PICTURES)
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        browser = start(playwright)
        context = browser.new_context(locale=options.language, base_url=options.address)
        page = context.new_page()
        sign_in(page, options.user, options.password)
        for name in options.only:
            for size, theme in ways(name, options.all):
                failed += not take(context, page, options, name, size, theme)
        browser.close()
    return 1 if failed else 0


def start(playwright) -> Browser:  # type: ignore[no-untyped-def]
    """A Chromium of the system if there is one, else Playwright's own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    browser: Browser = playwright.chromium.launch(executable_path=found, args=[*quiet, "--disable-sync"])
    return browser


def sign_in(page: Page, user: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", password)
    page.click("main form button.btn-primary")
    page.wait_for_load_state()
    if "/accounts/login" in page.url:
        sys.exit(f"could not sign in as {user}; give --user and --password")


def ways(name: str, every: bool) -> list[tuple[str, str]]:
    if every or name == "home":
        return [(size, theme) for size in SIZES for theme in THEMES]
    return [("wide", "light")]


def take(context: BrowserContext, page: Page, options: argparse.Namespace, name: str, size: str, theme: str) -> bool:
    """One picture; says so and answers False when the page didn't open or is wider than the window."""
    context.add_cookies([{"name": "theme", "value": theme, "url": options.address}])
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    path, _, first = PAGES[name].partition(" ")
    answer = page.goto(path)
    if first and answer and answer.ok:
        link = page.locator("main table tbody a, main .card a").first
        if not link.count():
            print(f"{name}: the list is empty")
            return False
        answer = page.goto(link.get_attribute("href") or path)
    if answer is None or not answer.ok:
        print(f"{name}: {answer.status if answer else 'no answer'} at {page.url}")
        return False
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # charts draw themselves in a quarter of a second
    page.screenshot(path=options.into / f"{name}-{size}-{theme}.png")
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        print(f"{name}-{size}: {over} pixels wider than the window")
    return bool(over <= 0)


if __name__ == "__main__":
    sys.exit(main())
