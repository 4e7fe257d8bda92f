"""What people do on pages by hand, and only a browser can: tick rows, change a condition, pick a file."""

import re

from playwright.sync_api import FilePayload, expect

from zhiji.ops.tests.walk.eyes import Eyes

SLOW = 40_000
ONE_ROW: FilePayload = {"name": "走查.csv", "mimeType": "text/csv", "buffer": "编号,姓名\nwalk-9,走九\n".encode()}
NO_TABLE: FilePayload = {"name": "空.csv", "mimeType": "text/csv", "buffer": b""}


def tag_and_take_back(eyes: Eyes) -> None:
    """Tick a customer, tag all ticked, undo."""
    page = eyes.page
    eyes.open("/customers/")
    page.locator("main input[name=customer]").first.check()
    page.locator(".list-bulk-form input[name=tag]").fill("走查一下")
    page.locator(".list-bulk-form button[value=tag]").click()
    expect(page.locator("main")).to_contain_text("添加标签“走查一下”", timeout=SLOW)
    page.get_by_role("button", name="撤销").first.click()
    expect(page.locator("main")).not_to_contain_text("添加标签“走查一下”", timeout=SLOW)


def put_off_and_take_back(eyes: Eyes) -> None:
    """Tick a task, say another day, undo; then lay its card into another lane of the board, and undo."""
    page = eyes.page
    eyes.open("/tasks/all/?state=open")
    page.locator("main input[data-tick]").first.check()
    page.locator(".list-bulk-form").get_by_role("button", name="改到期日").click()
    page.locator("#list-act input[name=due_on]").fill("2099-01-01")
    page.locator("#list-act input[name=due_on]").press("Enter")
    expect(page.locator("main")).to_contain_text("已对 1 条“改到期日”", timeout=SLOW)
    page.get_by_role("button", name="撤销").first.click()
    expect(page.locator("main")).to_contain_text("已撤销 1 条", timeout=SLOW)
    eyes.open("/tasks/all/board/")
    page.locator(".board-card").first.drag_to(page.locator(".board-lane").nth(1))
    expect(page.locator("main")).to_contain_text("已对 1 条“完成”", timeout=SLOW)
    page.get_by_role("button", name="撤销").first.click()
    expect(page.locator("main")).to_contain_text("已撤销 1 条", timeout=SLOW)


def leave_asked(eyes: Eyes, to: str) -> list[str]:
    """Press 取消; the dialogs that came up before the page `to` did."""
    eyes.asked.clear()
    eyes.page.locator("main").get_by_role("link", name="取消").click()
    eyes.page.wait_for_url(re.compile(re.escape(to) + r"(\?.*)?$"))
    return eyes.asked


def change_a_condition(eyes: Eyes) -> None:
    """In the builder or the editor: another number in the first row, for which the page counts anew."""
    number = eyes.page.locator("main .zb-row input[type=number], main input[type=range]").first
    number.fill("3")
    number.dispatch_event("change")


def write_a_condition(eyes: Eyes, sentence: str) -> None:
    """In the builder: type it; wait until the page counts it."""
    page = eyes.page
    line = page.get_by_placeholder(re.compile("或者直接写"))
    line.press_sequentially(sentence)
    line.press("Enter")
    expect(page.locator(".zb-said")).to_contain_text(sentence, timeout=SLOW)
    expect(page.locator("#preview .sg-count")).to_be_attached(timeout=SLOW)


def pick(eyes: Eyes, file: FilePayload) -> None:
    eyes.page.set_input_files("#f-file", files=[file])
