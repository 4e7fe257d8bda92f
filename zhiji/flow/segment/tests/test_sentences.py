"""Every condition is said in Chinese and English, and what was said is read back as it was."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from zhiji.flow.segment.conditions import ConditionError, Node, parse
from zhiji.flow.segment.conditions.grammar import Unreadable, read, say, suggest
from zhiji.flow.segment.conditions.grammar.kinds import KINDS as WORDINGS
from zhiji.flow.segment.conditions.grammar.naming import Lexicon, Name
from zhiji.flow.segment.conditions.tree import KINDS
from zhiji.flow.segment.conditions.words import Words
from zhiji.flow.segment.tests.any_tree import NAMES, leaves, trees


def sound(tree: Any) -> Node:
    """The tree as a condition; trees that can't be are passed over."""
    try:
        return parse(tree)
    except ConditionError:
        assume(False)
        raise


@pytest.mark.parametrize("chinese", [True, False])
def test_what_is_said_is_read_back_whatever_it_is(chinese: bool) -> None:
    words = Words(chinese, NAMES)

    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(leaves | trees)
    def round_trip(tree: Any) -> None:
        node = sound(tree)
        said = say(node, words)
        assert not said.startswith("{")
        assert parse(read(said, words)) == node

    round_trip()


ORDERS = {"kind": "behaviour", "fact": "order_paid", "window": {"last": 90, "unit": "days"}, "op": "ge", "value": 3}
SAID = [
    (ORDERS, "近 90 天 支付订单 次数 ≥ 3", "Order paid: count in the last 90 days ≥ 3"),
    (
        {**ORDERS, "measure": "sum", "property": "amount", "value": 1000,
         "where": [
             {"property": "category", "op": "eq", "value": "生鲜"}, {"property": "amount", "op": "gt", "value": 50},
         ]},
        "近 90 天 支付订单（主要品类 = “生鲜” 且 金额 > 50）金额 合计 ≥ 1000",
        "Order paid (Main category = “生鲜” and Amount > 50): sum of Amount in the last 90 days ≥ 1000",
    ),
    (
        {"kind": "absence", "fact": "cart_added", "within": {"last": 2, "unit": "hours"},
         "without": {"fact": "order_paid"}, "same": "product_id"},
        "加入购物车 后 2 小时内 没有 支付订单（同一 商品编号）",
        "Added to cart not followed by Order paid (same Product code) within 2 hours",
    ),
    (
        {"kind": "sequence", "steps": [{"fact": "product_viewed"}, {"fact": "cart_added"}, {"fact": "order_paid"}],
         "within": {"last": 3}},
        "浏览商品 → 加入购物车 → 支付订单，3 天内",
        "Product viewed → Added to cart → Order paid, within 3 days",
    ),
    (
        {"kind": "anniversary", "attribute": "birthday", "calendar": "lunar", "before": 7},
        "农历生日 在今天起 7 天内",
        "lunar birthday is in the next 7 days",
    ),
    (
        {"kind": "nth", "fact": "order_paid", "n": 1, "window": {"last": 30}},
        "近 30 天内 第 1 次 支付订单",
        "occurrence 1 of Order paid in the last 30 days",
    ),
    (
        {"kind": "regular", "fact": "order_paid", "at_least": 4, "of": 8},
        "近 8 周 至少 4 周 有 支付订单",
        "Order paid in at least 4 of the last 8 weeks",
    ),
    (
        {"kind": "class", "scheme": "s", "classes": ["a"], "held": {"op": "ge", "value": 1}, "previous": ["b"]},
        "属于 s = a，已满 1 天，之前是 b",
        "in class s = a, for at least 1 day, previously b",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "chinese", "english"), SAID)
def test_a_marketer_says_it_so(tree: Any, chinese: str, english: str) -> None:
    assert say(parse(tree), Words(True)) == chinese
    assert say(parse(tree), Words(False)) == english


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("最近90天下单次数>=3", SAID[0][1]),
        ("近90天 支付订单 次数 大于等于 3。", SAID[0][1]),
        ("近 90 天 支付订单(类目=生鲜 且 金额>50) 金额总额 不少于 1000", SAID[1][1]),
        ("加入购物车后2小时内没有支付订单（同一商品）", SAID[2][1]),
        ("浏览商品->加入购物车->支付订单,3天内", SAID[3][1]),
        ("近30天 第一次 支付订单", SAID[5][1]),
        ("近 30 天 没有 支付订单", "近 30 天 支付订单 次数 = 0"),
        (
            "有过 支付订单 并且 （（年龄 >= 18）或 不满足 标签vip）",
            "累计 支付订单 次数 ≥ 1 且（年龄 ≥ 18 岁 或 不满足（带有标签“vip”））",
        ),
        (
            "这个月 支付订单 总价 总额 低于 上个月 支付订单 金额 合计*0.5",
            "本月 支付订单 金额 合计 < 上个月 支付订单 金额 合计 × 0.5",
        ),
    ],
)  # fmt: skip
def test_what_is_typed_freely_is_understood(typed: str, meant: str) -> None:
    words = Words(True)
    assert say(parse(read(typed, words)), words) == meant


@pytest.mark.parametrize(
    ("typed", "position", "near"),
    [
        ("近 90 天 支付订单 次 ≥ 3", 12, "次数"),
        ("近 90 填 支付订单 次数 ≥ 3", 5, "“天”"),
        ("近 90 天 支付订单 次数", 14, "“≥”"),
        ("地区 = “上海", 5, "引号没有收尾"),
        ("带有标签“a” 带有标签“b”", 8, "“且”"),
        ("", 0, "“近”"),
    ],
)
def test_what_can_t_be_read_is_refused_with_the_place_and_what_would_be_right(
    typed: str, position: int, near: str
) -> None:
    with pytest.raises(Unreadable, match=near) as refused:
        read(typed, Words(True))
    assert refused.value.position == position


def test_deep_brackets_and_long_chains_are_read_in_their_time() -> None:
    words = Words(True)
    with pytest.raises(Unreadable):
        read("（" * 5000, words)
    many = {"kind": "all", "of": [{**ORDERS, "value": value} for value in range(300)]}
    assert parse(read(say(parse(many), words), words)) == parse(many)


def test_two_things_of_one_label_are_said_by_their_keys() -> None:
    lexicon = Lexicon({"a": "金额", "b": "金额", "c": "件数", "件数": "别的"}, trusted=True)
    name = Name(("x", "x"), lambda words, scope: lexicon)
    words = Words(True)
    assert [name.say(key, words, None) for key in ("a", "b", "c", "件数")] == ["a", "b", "件数", "别的"]
    assert name.say("金额", words, None) == "#金额"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("近 30 天 支付", "支付订单"),
        ("近 30 天 购物车", "加入购物车"),
        ("支付订单 金", "金额"),
        ("支付订单 次数 ", "≥"),
        ("", "近"),
    ],
)
def test_what_may_follow_is_offered(typed: str, offered: str) -> None:
    assert offered in [one.label for one in suggest(typed, len(typed), Words(True))]


def test_every_kind_has_its_wordings() -> None:
    assert set(WORDINGS) | {"all", "any", "not", "offered"} == set(KINDS)
