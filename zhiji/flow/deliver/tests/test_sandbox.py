"""Whatever a template does, it does it in a process of its own, which its limits end; the house goes on."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zhiji.flow.deliver import actions, reasons
from zhiji.flow.deliver.models import Message, Template, TemplateVersion
from zhiji.flow.deliver.sandbox import door, language, process, tree
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.sender import Sender
from zhiji.flow.deliver.tests.conftest import Post, make_customer, state_of
from zhiji.flow.profile.models import Portrait

SHOP = {
    "customer": {"name": "王小明", "city": ""},
    "coupon": {},
    "shop": {"name": "知味", "url": ""},
    "owner": {},
    "measures": {"orders": 0, "last_order_at": None},
    "attributes": {"huge": "1e999999999", "long": "长" * 20_000, "list": list(range(1_900)), "pet": "猫"},
}
SLOW = (
    "{% for a in attributes.list %}"
    + "{% if attributes.long|upper|lower|trim == a %}{% endif %}" * 200
    + "{% endfor %}"
)


def fill(source: str, **more: Any) -> door.Filled:
    return door.fill([(source, True)], {**SHOP, **more})


def pids() -> set[int]:
    return {one._child.pid for one in door._pool._idle}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "套得太深"),
        ("{% if customer.name %}" * 1000 + "x" + "{% endif %}" * 1000, "套得太深"),
        ("{% for a in attributes %}" * 25 + "x" + "{% endfor %}" * 25, "套得太深"),
        ("{{ customer.name" + "|upper" * 12_000 + " }}", "套得太深"),
        ("{{ customer.name" + "|upper" * 60 + " }}", "套得太深"),
        ("{{ attributes" + ".a" * 10_000 + " }}", "套得太深"),
        ("{{ " + "not " * 20_000 + "1 }}", "套得太深"),
        ("{{ " + "1 or " * 10_000 + "1 }}", "套得太深"),
        ("{% if customer.name %}" + "{% elif customer.city %}b" * 3500 + "{% endif %}", "太复杂"),
        ("{{ " + "1 < " * 5000 + "1 }}", "太复杂"),
        ("{{ shop.name }}" * 6000, "太复杂"),
        ("{{ " + "9" * 6000 + " }}", "写法"),
        ("x" * (language.LONGEST_SOURCE + 1), "模板太长"),
        ("\ud800", "不成字"),
    ],
)
def test_a_template_that_would_exhaust_the_compiler_is_refused_at_once(source: str, words: str) -> None:
    fill("warm")
    began = time.monotonic()
    with pytest.raises(TemplateRefused, match=words):
        fill(source)
    assert time.monotonic() - began < 5


def test_the_deepest_template_that_is_allowed_works() -> None:
    blocks = "{% if customer.name %}" * tree.MOST_BLOCKS + "好" + "{% endif %}" * tree.MOST_BLOCKS
    chain = "{{ customer.name" + "|trim" * 35 + " }}"
    assert fill(blocks + chain).texts == ["好王小明"]


def test_out_of_time_ends_the_process_and_the_next_letter_is_filled_in() -> None:
    fill("warm")
    before, began = pids(), time.monotonic()
    with pytest.raises(TemplateRefused, match=f"超过 {process.SECONDS} 秒"):
        fill(SLOW)
    assert fill("{{ customer.name }}").texts == ["王小明"]
    assert not before & pids() and time.monotonic() - began < door.PATIENCE - 5, "its own limit didn't end it"


def test_out_of_memory_ends_the_process_and_the_next_letter_is_filled_in() -> None:
    with pytest.raises(TemplateRefused, match="内存"):
        fill("{{ attributes.a|length }}", attributes={"a": "x" * 80_000_000})
    assert fill("{{ customer.name }}").texts == ["王小明"]


def test_a_gigantic_number_is_written_as_it_stands() -> None:
    source = "{{ attributes.huge|money }} {{ attributes.huge|number(2) }} {{ '-1e-999999999'|money }}"
    began = time.monotonic()
    assert fill(source).texts == ["1e999999999 1e999999999 -1e-999999999"]
    peak = next(line for line in Path(f"/proc/{pids().pop()}/status").read_text().splitlines() if "VmPeak" in line)
    assert int(peak.split()[1]) * 1024 < process.MEMORY and time.monotonic() - began < 5


def test_the_process_holds_no_secret_and_can_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIJI_SMTP_URL", "smtp://user:hidden@mail.example")
    door._pool.close()
    fill("warm")
    (pid,) = pids()
    assert b"ZHIJI" not in Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text()
    for name, most in (("Max open files", 3), ("Max processes", 0), ("Max file size", 0), ("Max core file size", 0)):
        assert limits.partition(name)[2].split()[0] == str(most)
    assert limits.partition("Max address space")[2].split()[0] == str(process.MEMORY)


def test_a_killed_process_is_replaced_unnoticed() -> None:
    fill("warm")
    for pid in pids():
        os.kill(pid, 9)
    assert fill("{{ customer.name }}").texts == ["王小明"]


def test_one_greedy_template_holds_up_no_other_letter(
    post: Post, sender: Sender, plan: Callable[..., Message], template: Template
) -> None:
    greedy = Template.objects.create(key="greedy", name="贪", purpose="service", subject="s", html=SLOW, text="t")
    TemplateVersion.objects.create(template=greedy, version=1, subject="s", html=SLOW, text="t")
    rich = make_customer()
    Portrait.objects.filter(pk=rich.pk).update(attributes=SHOP["attributes"])
    first, bad, last = plan(make_customer()), plan(rich, greedy), plan(make_customer())
    sender.round()
    assert state_of(first)[0] == state_of(last)[0] == "sent" and state_of(bad) == ("failed", reasons.TEMPLATE)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% if customer.name %}", "{% endif %}"),
        ("{% endif %}", "多了一个"),
        ("{% sett x %}", "没有“{% sett %}”"),
        ("{{ customer name }}", "“name”这里看不懂"),
        ("{{ customer.name | }}", "没有说完"),
        ("{{ a", "没有说完"),
        ("{{ customer.name|shout }}", "没有过滤器“shout”"),
        ("{% set x = 1 %}", "“set”"),
        ("{{ coupon }}", "哪一项：code"),
        ("{% if attributes.long > 3 %}x{% endif %}", "不是同一种值"),
        ("{{ customer.name|money(1, 2) }}", "括号里"),
    ],
)
def test_a_mistake_is_told_in_the_readers_words(source: str, words: str) -> None:
    with pytest.raises(TemplateRefused) as caught:
        fill(source)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("source", "empty"),
    [
        ("{{ coupon.code }}{{ customer.name }}", ["coupon.code"]),
        ("{{ coupon|coupon_card }}", ["coupon"]),
        ("{{ shop.url|button('去看看') }}", ["shop.url"]),
        ("{{ attributes['car'].make|upper }}", ["attributes.car.make"]),
        ("{{ customer.city|default('您那里') }}{{ coupon.code|default('') }}", []),
        ("{{ customer.city|default(owner.name) }}", ["customer.city"]),
        ("{{ customer.city|default(customer.name) }}", []),
        ("{% if coupon.code %}{{ coupon.code }}{% endif %}", []),
        ("{{ coupon.code if coupon.code else '无' }}", []),
        ("{{ measures.orders }}{{ attributes.car|length }}", []),
        ("{{ measures.last_order_at|day }}", ["measures.last_order_at"]),
        ("{{ '  ' }}", []),
    ],
)
def test_every_printed_variable_that_is_empty_is_told_by_name(source: str, empty: list[str]) -> None:
    assert fill(source).empty == empty


def test_what_a_template_cannot_do_without() -> None:
    source = (
        "{{ coupon.code }}{{ coupon.value|money }}"
        "{% if owner.name %}{{ owner.name }}{% else %}{{ shop.name }}{% endif %}"
        "{{ customer.city|default('x') }}{{ measures.a if measures.a }}{{ shop.url|default(customer.name) }}"
    )
    assert door.needs((source, True)) == ("coupon.code", "coupon.value", "shop.name")


def test_a_mistake_says_in_which_of_the_texts_it_is() -> None:
    with pytest.raises(TemplateRefused) as caught:
        door.fill(actions.Wording("a", "b", "c\n{{ x }}").sources, SHOP)
    assert (caught.value.place, caught.value.line) == (2, 2)
