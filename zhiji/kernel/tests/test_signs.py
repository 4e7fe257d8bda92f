"""Signs that hold a digit and are none, such as ² and ①, make no figure and no code."""

import re
import unicodedata
from decimal import Decimal

import pytest

from zhiji.kernel.values import Refusal, coupon, money, number, tag, written


@pytest.mark.parametrize("text", ["5²", "²", "5¹", "①", "1½", "½", "⒈5", "5₂", "⑴", "㏠", "🄁5", "5㎡"])
def test_a_digit_that_is_part_of_another_sign_makes_no_figure(text: str) -> None:
    assert isinstance(number.parse(text), Refusal) and isinstance(money.parse(text), Refusal)
    assert number.parse("５𝟚") == Decimal(52) and money.parse("￥５") == Decimal(5)
    assert coupon.parse("AB²") == "AB²" and coupon.parse("ＡＢ２") == "AB2"
    assert tag.key("5㎡") == tag.key("5M2")


def test_every_sign_that_holds_a_digit_and_is_none_stays_as_it_is() -> None:
    signs = [sign for sign in map(chr, range(128, 0x110000)) if not 0xD800 <= ord(sign) < 0xE000]
    holding = [sign for sign in signs if not sign.isdecimal() and re.search(r"\d", unicodedata.normalize("NFKC", sign))]
    assert len(holding) > 200
    assert [sign for sign in holding if written.narrow(sign) != sign] == []
