"""Addresses in plain text are links up to where they end, and every word around them stays."""

from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.flow.deliver import actions, tokens
from zhiji.flow.deliver.channels.email.letter import bare_address, written
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post
from zhiji.flow.resolve.models import Customer

LETTER = (
    "新品见https://shop.example/new?a=1&b=2。欢迎光临！\n"
    "客服：https://shop.example/help，电话见官网。\n"
    "访问https://shop.example/vip，立减20元。"
)
LINKS = ["https://shop.example/new?a=1&b=2", "https://shop.example/help", "https://shop.example/vip"]


@pytest.fixture
def send(post: Post, sender: Sender, customer: Customer) -> Callable[[str], Message]:
    def one(text: str) -> Message:
        written_ = {"subject": "新品", "text": text}
        message = actions.plan(by=None, customer_id=customer.pk, written=written_, send_key=text)
        sender.round()
        message.refresh_from_db()
        return message

    return one


def test_a_link_ends_before_a_chinese_mark_and_every_word_stays(
    send: Callable[[str], Message], post: Post, client: Client
) -> None:
    message = send(LETTER)
    text = post.mails[0].get_body(("plain",)).get_content().partition("\n--")[0]
    assert message.links == LINKS
    for place, url in enumerate(LINKS):
        tracked = tokens.link("c", tokens.make(tokens.CLICK, message.pk, place))
        assert tracked in text
        assert client.get(tracked.partition("8000")[2] or tracked)["Location"] == url
        text = text.replace(tracked, url)
    assert text.strip() == LETTER


def test_the_mark_that_ends_a_sentence_is_no_part_of_where_the_link_leads(send: Callable[[str], Message]) -> None:
    assert send("See (https://shop.example/x). Or https://shop.example/y!").links == [
        "https://shop.example/x",
        "https://shop.example/y",
    ]


def test_the_html_of_a_letter_by_hand_has_the_same_links(send: Callable[[str], Message], post: Post) -> None:
    send(LETTER)
    html = post.mails[0].get_body(("html",)).get_content()
    assert html.count("/m/c/") == len(LINKS) and "</a>。欢迎光临！" in html and "</a>，立减20元。" in html


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(1), and", "https://a.example/x_(1)"),
        ("“https://a.example/”好", "https://a.example/"),
        ("https://a.example/vip立减20元", "https://a.example/vip"),
        ("https://a.example/?q=%E6%96%B0#top!", "https://a.example/?q=%E6%96%B0#top"),
        ("https://a.example：好", "https://a.example"),
        ("http://[2001:db8::1]:80/x；", "http://[2001:db8::1]:80/x"),
    ],
)
def test_where_an_address_ends(text: str, url: str) -> None:
    html = written("s", text).html
    assert f'<a href="{url.replace("&", "&amp;")}">' in html and bare_address(url) == url


def test_what_a_mail_programme_takes_along_is_no_part_of_the_mark(
    send: Callable[[str], Message], client: Client
) -> None:
    mark = tokens.make(tokens.CLICK, send(LETTER).pk)
    for end in ("。欢迎光临！", "立减20元", ".", ")，", "）"):
        assert client.get(f"/m/c/{mark}{end}")["Location"] == LINKS[0]
    assert client.get(f"/m/c/{mark}x").status_code == 404


def test_an_unquoted_link_is_tracked_and_a_script_taken_out_too(
    send: Callable[[str], Message], post: Post, customer: Customer, sender: Sender
) -> None:
    wording = actions.Wording("s", "<a href=javascript:alert(1)>x</a><a href=https://a.example/y>y</a>", "t")
    template = actions.save_template(by=None, key="bare", name="b", purpose="service", wording=wording)
    actions.plan(by=None, customer_id=customer.pk, template=template, send_key="bare")
    sender.round()
    html = post.mails[0].get_body(("html",)).get_content()
    assert "javascript" not in html and "a.example" not in html and "/m/c/" in html
