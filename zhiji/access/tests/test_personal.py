"""Contact values are found by name and by form, and what only looks like one is left alone."""

import json
import time

import pytest

from zhiji.access import personal


def found(text: str, code: bool = False) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    personal.replaced(text, lambda kind, value: kept.append((kind, value)) or "", code)  # type: ignore[func-returns-value]
    return kept


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("请打13812345678找我", "phone", "13812345678"),
        ("tel:+86 138-1234-5678.", "phone", "+86 138-1234-5678"),
        ("１３８１２３４５６７８", "phone", "１３８１２３４５６７８"),
        ("138\u200b1234\u200b5678", "phone", "13812345678"),
        ("138.1234.5678", "phone", "138.1234.5678"),
        ("座机0571-87654321转8", "phone", "0571-87654321"),
        ("(010) 8765 4321", "phone", "(010) 8765 4321"),
        ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
        ("写信到wang.fang+x@example.com谢谢", "email", "wang.fang+x@example.com"),
        ("https://a.cn/?u=wang%40example.com&x=1", "email", "wang%40example.com"),
        ("王芳@例子.中国", "email", "王芳@例子.中国"),
        ("wang＠example.com", "email", "wang＠example.com"),
        ("身份证 11010519491231002X", "identity", "11010519491231002X"),
        ("卡号6222 0202 0011 2233 446", "card", "6222 0202 0011 2233 446"),
        ("visa 4111111111111111", "card", "4111111111111111"),
        ("a=1&mobile=13812345678#x", "phone", "13812345678"),
    ],
)
def test_a_value_is_found(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]
    assert personal.suspicious(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "订单 3900000000000000001",
        "2026-05-03 07:00:00.123456 18 2026-05-03",
        "110105194912310021",
        "4111111111111112",
        "0b1d7c1e-9f8f-4a51-a1c8-138123456789",
        "da39a3ee5e6b4b0d138123456789bfef95601890",
        "192.168.100.200 v13.8.1234.5678 1732230000000",
        "13812345678.25",
        "1381234567 138123456789",
        "⟦phone:13812345678⟧",
        "@media (min-width: 100px) a @ b",
        "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/136.0.7103.1134 Safari/537.36",
        "GMT+0800 (中国标准时间)",
    ],
)
def test_what_only_looks_like_one_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("E-Mail", "email"), ("phoneNumber", "phone"), ("shipping_address", "address"), ("收货人电话", "phone"),
        ("地址2", "address"), ("收货地址_3", "address"), ("phone 1", "phone"), ("iphone15", ""), ("2", ""),
        ("备用手机", "phone"), ("家庭地址", "address"), ("身份证号", "identity"), ("银行卡号", "card"),
        ("微信号", "handle"), ("clientIp", "ip"), ("name", ""), ("headphone", ""), ("会员卡号", ""),
        ("attributes.备用电话", "phone"), ("orderContactNo", "phone"),
    ],
)  # fmt: skip
def test_a_name_tells_the_kind(name: str, kind: str) -> None:
    assert personal.about(name).kind == kind


@pytest.mark.parametrize("name", ["order_id", "orderNo", "运单号", "sku", "tracking_number", "商品编号", "session_id"])
def test_the_number_of_a_thing_keeps_its_digits_but_no_address(name: str) -> None:
    assert personal.about(name).code
    assert found("13812345678", code=True) == []
    assert found("wang@example.com", code=True) == [("email", "wang@example.com")]


@pytest.mark.parametrize("name", ["account", "note", "user_id", "contact", "receiver", "content", "id"])
def test_other_names_are_no_codes(name: str) -> None:
    assert not personal.about(name).code


def test_numbers_are_looked_at_too() -> None:
    numbers = (13812345678, 13812345678.0, 12, 1732230000000, 1e30, 13812345678.5)
    assert [personal.of_number(one) for one in numbers] == ["phone", "phone", "", "", "", ""]


def test_a_long_text_is_looked_through_in_time_that_grows_with_it() -> None:
    for text in ("a" * 32_000 + "@", "1" * 32_000 + "@", "1 3-8." * 5_000 + "@", "a." * 16_000 + "@b", "+1 " * 9_000):
        began = time.process_time()
        personal.replaced(text, lambda kind, value: "")
        assert time.process_time() - began < 0.5


def test_a_name_that_is_a_value_is_known() -> None:
    assert personal.about("13812345678").told and not personal.about("phone").told


def test_escapes_hide_nothing() -> None:
    for text in (r'"138\u003112345678"', r'"\uff11"', r'"a\u0040b.cn"', r'"1\u200b3"'):
        assert personal.suspicious(text.encode())
    assert not personal.suspicious(json.dumps({"text": "很好，喜欢。2026-05-03 07:00"}).encode())


def test_whether_there_is_any() -> None:
    assert personal.holds_any("找13812345678") and not personal.holds_any("王芳 2026")
