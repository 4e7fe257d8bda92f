"""In a real browser, over the server that ships: a letter is written without HTML and arrives as it was seen."""

import os
import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connections
from django.test import Client
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from zhiji.access.models import User
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.channels.email import starters
from zhiji.flow.deliver.models import Message, Picture, Template
from zhiji.flow.deliver.tests.conftest import Post, free_port, make_customer

CHROMIUM = shutil.which("chromium") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium (`make test` installs it)"),
]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SLOW = 20_000
SHOTS = os.environ.get("EDITOR_SHOTS", "")


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """The mail server of all tests here, as one web process sends to it."""
    handler, port = Post(), free_port()
    mail_server = Controller(handler, hostname="127.0.0.1", port=port)
    mail_server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIJI_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield handler
    mail_server.stop()


@pytest.fixture(scope="module")
def server(django_db_setup: None, post: Post) -> Iterator[WebProcess]:
    one = WebProcess()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIJI_PUBLIC_URL", one.url)
        with one:
            yield one


@pytest.fixture
def page(server: WebProcess, mark: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Mark's browser before the shipped server, with the letters to begin with and two customers."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    User.objects.filter(pk=mark.pk).update(email="mark@shop.example")
    queries.delivery_settings()
    starters.install(by=None)
    for name in ("王小明", "李雷"):
        make_customer(name)
    signed_in = Client()
    signed_in.force_login(mark)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        context = browser.new_context(base_url=server.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        one = context.new_page()
        said: list[str] = []
        one.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        one.on("pageerror", lambda error: said.append(f"{error} {error.stack}"))
        yield one
        connections.close_all()  # those of this loop, which the test's end doesn't know
        browser.close()
    assert said == []


def look(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody asked for them."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def photograph() -> bytes:
    """A picture with a place in its EXIF, as a phone makes it."""
    made, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.effect_mandelbrot((1600, 900), (-2, -1, 1, 1), 50).convert("RGB").save(made, "JPEG", exif=exif)
    return made.getvalue()


def insert(page: Page, name: str) -> None:
    page.get_by_role("searchbox", name="找变量").fill(name)
    page.locator("#le-variables .le-variable:visible").first.click()


def begin(page: Page) -> None:
    """A new template's names, and its subject with a variable; its body is empty."""
    page.goto("/templates/new")
    page.get_by_label("名称").fill("春季上新")
    page.get_by_label("标识").fill("spring")
    page.get_by_role("textbox", name="主题").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.locator('[data-variable-for="subject"]').click()
    insert(page, "称谓")
    page.keyboard.type("，春天到了")
    page.get_by_role("textbox", name="正文", exact=True).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def write(page: Page, picture: Path) -> None:
    """A heading, a paragraph with a variable and bold words, a picture, a button."""
    page.get_by_role("button", name="小标题").click()
    page.keyboard.type("新品到店")
    page.keyboard.press("Enter")
    page.keyboard.type("住在")
    page.get_by_role("toolbar").get_by_role("button", name="插入变量").click()
    insert(page, "城市")
    page.keyboard.type("的朋友，")
    page.get_by_role("button", name="粗体").click()
    page.keyboard.type("八折")
    page.get_by_role("button", name="粗体").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("只在这周")
    page.keyboard.press("Enter")
    page.locator("[data-bar] input[type=file]").set_input_files(picture)
    page.get_by_label("图片说明").fill("浅蓝衬衫")
    page.get_by_role("button", name="放进信里").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="按钮", exact=True).click()
    page.get_by_label("按钮上写什么").fill("去看看")
    page.get_by_label("点了去哪里").fill("https://shop.example/new?a=1&b=2")
    page.get_by_role("button", name="放进信里").click()


def test_a_letter_is_written_without_html_and_arrives_as_it_was_seen(page: Page, post: Post, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(photograph())
    begin(page)
    write(page, file)
    expect(page.locator("[data-findings]")).to_contain_text("这位客户的“城市”是空的", timeout=SLOW)
    page.locator(".le-letter .le-chip", has_text="城市").click()
    page.get_by_label("空着时怎么说").fill("远方")
    page.get_by_role("button", name="放进信里").click()
    expect(page.locator("[data-findings]")).to_have_text("没有发现问题", timeout=SLOW)
    look(page, "new-wide")
    page.get_by_role("button", name="保存模板").click()
    expect(page.locator("#zj-toasts")).to_contain_text("第 1 版", timeout=SLOW)

    saved, picture = Template.objects.get(key="spring"), Picture.objects.get()
    assert saved.subject == "{{ customer.salutation }}，春天到了" and saved.text == ""
    assert saved.html == (
        '<h2>新品到店</h2>\n<p>住在{{ customer.city|default("远方") }}的朋友，<strong>八折</strong><br>只在这周</p>\n'
        f'<p><img src="{picture.path}" alt="浅蓝衬衫" width="512"></p>\n'
        '{{ "https://shop.example/new?a=1&b=2"|button("去看看") }}'
    )
    page.get_by_role("combobox", name="以哪位客户预览").click()
    page.get_by_role("button", name="李雷").click()
    frame = page.frame_locator("[data-preview-frame]")
    expect(frame.locator("body")).to_contain_text("住在远方的朋友", timeout=SLOW)
    expect(page.locator("[data-filled-subject]")).to_have_text("李先生，春天到了", timeout=SLOW)
    page.get_by_role("button", name="发一封测试给我").click()
    expect(page.locator("#zj-toasts")).to_contain_text("mark@shop.example", timeout=SLOW)
    look(page, "saved-wide")
    received(post, picture)


def received(post: Post, picture: Picture) -> None:
    """The letter as the mail server got it: both parts whole, the picture at its address, nothing counted."""
    (mail,) = post.mails
    parts: dict[str, Any] = {one.get_content_type(): one.get_content() for one in mail.walk() if not one.is_multipart()}
    assert mail["Subject"] == "[测试] 李先生，春天到了" and mail["To"] == "mark@shop.example"
    assert "住在远方的朋友，八折\n只在这周" in parts["text/plain"]
    assert "[浅蓝衬衫]\n\n去看看：https://shop.example/new?a=1&b=2" in parts["text/plain"].replace("\r", "")
    address = re.findall(r'<img src="([^"]+)"', parts["text/html"])[0]
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
    assert (
        answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    shown = Image.open(BytesIO(answer.content))
    assert shown.size == (1200, 675) and not shown.getexif()
    assert '<h2 style="' in parts["text/html"] and not Message.objects.exists()
    assert httpx.get(address.replace(picture.token, "0" * 24), trust_env=False).status_code == 404


SHOWN = [
    "<h2>大</h2>\n<p>一<br>二 <em>三</em> <u>四</u></p>\n",
    '<p style="text-align:center"><a href="{{ shop.url }}">店 <strong>里</strong></a></p>\n<hr>\n<p>后</p>\n',
    "<ul>\n<li>甲</li>\n<li>乙 {{ coupon.code }}</li>\n</ul>\n<ol>\n<li>丙</li>\n</ol>\n",
    "{% if coupon.code %}\n{{ coupon|coupon_card }}\n{% endif %}\n<p>a &lt; b &amp; c</p>\n",
    '<p><span style="color:#b4552d">红 {{ customer.name|default("您") }}</span></p>\n',
    '<p><img src="https://x.example/a.png" alt="外" width="40"></p>\n',
]
NOT_SHOWN = {
    "<table><tr><td>x</td></tr></table>": "cannot_tag",
    '<p class="x">x</p>': "cannot_style",
    '<p style="margin:0">x</p>': "cannot_style",
    "<ul>{% for one in attributes %}<li>{{ one }}</li>{% endfor %}</ul>": "cannot_place",
    "{% raw %}x{% endraw %}": "cannot_tag",
    "<p><!-- note -->x</p>": "cannot_tag",
    '<p><a href="#" target="_blank">x</a></p>': "cannot_style",
    "<style>p {}</style><p>x</p>": "cannot_tag",
}


BOTH_WAYS = "html => { try { return ZjLetter.toHtml(ZjLetter.fromHtml(html)) } catch (e) { return e.code || `${e}` } }"
THROUGH_THE_EDITOR = """html => {
    const area = document.createElement('textarea');
    document.body.append(area);
    area.value = html;
    const field = ZjLetter.field(area, 'letter', true);
    field.read();
    return ZjLetter.toHtml(field.quill.getContents());
}"""
PASTE = """html => {
    const given = new DataTransfer();
    given.setData('text/html', html);
    const event = new ClipboardEvent('paste', {clipboardData: given, bubbles: true, cancelable: true});
    document.querySelector('.le-letter .ql-editor').dispatchEvent(event);
}"""


def test_what_the_editor_shows_it_writes_as_it_was_and_what_it_cannot_show_it_leaves_alone(page: Page) -> None:
    page.goto("/templates/care/")
    for html in SHOWN:
        assert page.evaluate(BOTH_WAYS, html) == html
        assert page.evaluate(THROUGH_THE_EDITOR, html) == html
    assert {html: page.evaluate(BOTH_WAYS, html) for html in NOT_SHOWN} == NOT_SHOWN
    for template in Template.objects.all():
        page.goto(f"/templates/{template.key}/")
        expect(page.locator(".le-letter")).to_be_visible()
        expect(page.locator(".le-letter .le-chip, .le-letter .le-piece").first).to_be_visible()
        assert page.locator("#id_html").input_value() == template.html.replace("\r", "")
        look(page, f"starter-{template.key}")

    Template.objects.filter(key="care").update(html="<table><tr><td>您好</td></tr></table>")
    page.goto("/templates/care/")
    expect(page.locator("[data-why-source]")).to_contain_text("<table>")
    expect(page.locator("#id_html")).to_be_visible()
    look(page, "source")
    page.locator("#id_html").fill("<p>您好</p>")
    page.get_by_role("button", name="源代码").click()
    expect(page.locator(".le-letter .ql-editor")).to_have_text("您好")


def test_chinese_is_typed_pasted_and_undone(page: Page) -> None:
    page.goto("/templates/win-back/")
    body = page.locator(".le-letter .ql-editor")
    body.locator("p").last.click()
    page.keyboard.press("Control+End")
    line = page.context.new_cdp_session(page)
    for typed in ("n", "ni", "nihao"):
        line.send("Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)})
    line.send("Input.insertText", {"text": "你好"})
    expect(page.locator("#id_html")).to_have_value(re.compile("我们想改好。你好</p>"), timeout=SLOW)
    page.wait_for_timeout(1100)  # of the same second would be undone together
    page.evaluate(PASTE, '<div class=x><script>1</script><p style="color:red;margin:9px">贴<b>上</b></p></div>')
    expect(page.locator("#id_html")).to_have_value(re.compile("贴.*<strong>上</strong>"))
    now = page.locator("#id_html").input_value()
    assert "你好" in now and "script" not in now and "margin" not in now
    page.get_by_role("button", name="撤销").click()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#id_html")).to_have_value(re.compile("我们想改好。</p>"))


def test_the_text_part_follows_until_it_is_written_by_hand(page: Page) -> None:
    Template.objects.filter(key="care").update(text="")
    page.goto("/templates/care/")
    plain = page.locator(".le-plain .ql-editor")
    expect(plain).to_contain_text("看看这周的新到：", timeout=SLOW)
    assert plain.get_attribute("contenteditable") == "false" and page.locator("#id_text").input_value() == ""
    page.get_by_role("button", name="自己写纯文本").click()
    plain.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("附言")
    assert (
        page.locator("#id_text").input_value().endswith("附言")
        and "{{ shop.name }}" in page.locator("#id_text").input_value()
    )
    page.get_by_role("button", name="改回自动").click()
    assert page.locator("#id_text").input_value() == ""
    expect(plain).not_to_contain_text("附言")
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, "care-phone")
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    look(page, "care-phone-dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="深色背景").click()
    look(page, "care-dark")
