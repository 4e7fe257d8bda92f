"""The short way of plain properties gives what the long way gives, and what only the platform may say is dropped."""

import json
from datetime import datetime
from importlib import import_module
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiji.access.sealing import Found
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.protocol import basket, plain
from zhiji.flow.collect.protocol.events import _properties
from zhiji.flow.collect.protocol.names import Names
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import BEGINNING, MICROSECOND, micros, moment
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted
from zhiji.kernel.values.nothing import Words

TABLE = import_module("zhiji.flow.collect.migrations.0002_event_names").NAMES
OURS = ["product_id", "name", "category", "price", "quantity", "a", "颜色"]
OTHERS = ["productId", "id", "title", "email", "clientIp", "context", "_rules", "total"]
KEYS = st.sampled_from(OURS + OTHERS) | st.text(max_size=4)
MOMENTS = st.datetimes(max_value=datetime.fromisoformat("2200-01-01")).map(
    lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
) | st.text("0129T:.-Z１", min_size=23, max_size=25)
VALUES = (
    st.text(max_size=6)
    | st.sampled_from(["", "0", "https://a.cn/?email=a@b.cn", "a=b", "08:00", 'say "a":1', "\0", "12.5", "x://"])
    | st.sampled_from(["找13812345678", "a@b.cn", "１３８１２３４５６７８", "x=1&tel=5"])
    | st.integers(-(2**70), 2**70)
    | st.just(13812345678)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none()
    | st.booleans()
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["email", "x"]), st.integers(), max_size=2)
)
EVENTS = st.sampled_from(["Product Viewed", "Video Played", "Order Completed", "Cart Viewed", "Product Reviewed"])


def long_way(text: bytes, plan: Any) -> Any:
    found = _properties(msgspec.Raw(text), "properties", Found())
    if not plan.plain:
        basket.shaped(found, plan, Words())
    return found


@settings(max_examples=400)
@given(
    event=EVENTS,
    pairs=st.lists(st.tuples(KEYS, VALUES), max_size=6),
    ascii_only=st.booleans(),
    colon=st.sampled_from([":", ": ", " :", "\n:\t"]),
)
def test_the_short_way_gives_what_the_long_way_gives(event: str, pairs: Any, ascii_only: bool, colon: str) -> None:
    text = ",".join(
        json.dumps(key, ensure_ascii=ascii_only) + colon + json.dumps(value, ensure_ascii=ascii_only)
        for key, value in pairs
    )
    try:
        raw = f"{{{text}}}".encode()
    except UnicodeEncodeError:
        return
    plan = Names(TABLE).plan_of(event)
    for _ in range(2):  # the second time from memory
        short = plain.shortened(msgspec.Raw(raw), plan)
        if short is not None:
            assert json.loads(short) == long_way(raw, plan)


@given(
    event=st.sampled_from(["Product Viewed", "Video Played"]),
    price=st.floats(-1e6, 1e6),
    name=st.text("茶 a=/", min_size=1),
)
def test_plain_properties_go_the_short_way(event: str, price: float, name: str) -> None:
    text = json.dumps({"name": name, "price": price, "quantity": 1}, ensure_ascii=False).encode()
    plan = Names(TABLE).plan_of(event)
    short = plain.shortened(msgspec.Raw(text), plan)
    assert short is not None and json.loads(short) == long_way(text, plan)


@given(MOMENTS)
def test_a_moment_is_the_same_read_fast_or_slowly(text: str) -> None:
    try:
        slow: Any = (moment(text, "") - BEGINNING) // MICROSECOND
    except Refusal as refusal:
        slow = refusal.code
    try:
        fast: Any = micros(text, "")
    except Refusal as refusal:
        fast = refusal.code
    assert fast == slow


def test_nobody_outside_can_say_which_rules_led_to_an_event(door: Door, shop: Source, track: Any) -> None:
    door.batch(track(_rules=["vip"], _entry=3, price=1), {"type": "page", "userId": "u", "properties": {"_rules": []}})
    viewed, page = Accepted.objects.order_by("id")
    assert viewed.properties == {"price": 1} and page.properties == {}


def test_only_an_event_that_stays_too_big_is_refused(door: Door, shop: Source, track: Any) -> None:
    padded = json.dumps(track()).encode()[:-1] + b" " * 40_000 + b"}"
    big = json.dumps(track(text="x" * 33_000)).encode()
    alone = door.send("/v1/batch", b'{"batch":[' + padded + b"]}")
    both = door.send("/v1/batch", b'{"batch":[' + padded + b"," + big + b"]}")
    assert alone.json() == {"success": True}
    assert both.json()["quarantined"] == 1 and both.json()["reasons"][0]["place"] == "batch[1]"
    assert Accepted.objects.count() == 2


@pytest.mark.parametrize(
    "odd",
    [
        b'{"path":"/a@b.cn","url":"https://a.cn/a@b.cn"}',
        b'{"path":"/a","url":"https://a.cn/?phone=13900000000"}',
        b'{"path":"/a" ,"url" :"https://a.cn"}',
        b'{"path":"/\\u00e9","url":"https://a.cn"}',
        b'{"path":"/a","url":"https://a.cn","email":"a@b.cn"}',
    ],
)
def test_pages_of_known_names_are_read_at_once_and_an_odd_one_among_them_as_if_alone(
    door: Door, shop: Source, odd: bytes
) -> None:
    page = b'{"type":"page","userId":"u","properties":{"path":"/8:00","url":"https://a.cn/8:00"}}'
    door.send("/v1/batch", b'{"batch":[' + b",".join([page] * 2 * plain.OFTEN) + b"]}")
    other = page.replace(b'{"path":"/8:00","url":"https://a.cn/8:00"}', odd)
    answer = door.send("/v1/batch", b'{"batch":[' + b",".join([page, other, page]) + b"]}")
    assert answer.json() == {"success": True}
    *_, before, fact, after = Accepted.objects.order_by("id")
    assert before.properties == after.properties == {"path": "/8:00", "url": "https://a.cn/8:00"}
    assert fact.properties == _properties(msgspec.Raw(odd), "properties", Found())


@pytest.mark.parametrize("twice", [b'{"path":"/a","url":"x","url":"y"}', b'{"path" :"/a","url":"x","url":"y"}'])
def test_a_key_given_twice_among_pages_of_known_names_is_found(door: Door, shop: Source, twice: bytes) -> None:
    page = b'{"type":"page","userId":"u","properties":{"path":"/a","url":"https://a.cn"}}'
    door.send("/v1/batch", b'{"batch":[' + b",".join([page] * 2 * plain.OFTEN) + b"]}")
    other = page.replace(b'{"path":"/a","url":"https://a.cn"}', twice)
    answer = door.send("/v1/batch", b'{"batch":[' + b",".join([page, other, page.replace(b'":', b'" :')]) + b"]}")
    assert answer.json()["quarantined"] == 1 and answer.json()["reasons"][0]["place"].startswith("batch[1]")
