"""What the language says, and how it refuses."""

from typing import Any

import pytest

from zhiji.flow.segment.catalogue.sentence import sentence
from zhiji.flow.segment.conditions import ConditionError, parse, plain, schema
from zhiji.flow.segment.conditions.words import Words
from zhiji.kernel.facts import fact_types

ORDERS = {"kind": "behaviour", "fact": "order_paid", "window": {"last": 90, "unit": "days"}, "op": "ge", "value": 3}


def test_a_condition_reads_as_a_sentence_in_both_languages() -> None:
    assert sentence(ORDERS) == "近 90 天 支付订单 次数 ≥ 3"
    assert sentence(ORDERS, "en") == "Order paid: count in the last 90 days ≥ 3"


@pytest.mark.parametrize("chinese", [True, False])
def test_every_declared_fact_has_a_label_of_its_own(chinese: bool) -> None:
    labels = [Words(chinese=chinese).fact(name) for name in fact_types()]
    assert sorted(set(labels)) == sorted(labels)


def test_groups_within_groups_are_bracketed() -> None:
    vip, region = {"kind": "tag", "tag": "vip"}, {"kind": "attribute", "name": "region", "op": "eq", "value": "上海"}
    tree = {"kind": "all", "of": [vip, {"kind": "any", "of": [region, {"kind": "not", "of": vip}]}]}
    assert sentence(tree) == "带有标签“vip” 且（地区 = “上海” 或 不满足（带有标签“vip”））"


def test_a_tree_comes_back_as_it_went_in() -> None:
    assert parse(plain(parse(ORDERS))) == parse(ORDERS)


@pytest.mark.parametrize(
    ("tree", "path", "hint"),
    [
        ({"kind": "behavior"}, "$.kind", "behaviour"),
        (
            {"kind": "all", "of": [{"kind": "score", "measure": "recent", "op": "ge", "value": 4}]},
            "$.of[0].measure",
            "recency",
        ),
        ({"kind": "attribute", "name": "regon", "op": "eq", "value": "上海"}, "$.name", "region"),
        ({"kind": "attribute", "name": "region", "op": "gt", "value": "上海"}, "$.op", "eq"),
        ({**ORDERS, "measure": "sum"}, "$.property", "amount"),
        ({**ORDERS, "fct": 1}, "$", "fact"),
        ({**ORDERS, "window": {"last": 0}}, "$.window.last", "90"),
        ({"kind": "all", "of": []}, "$.of", "至少放一个"),
        ({"kind": "not"}, "$", "of"),
        ("vip", "$", ""),
    ],
)
def test_a_wrong_tree_is_refused_with_path_and_the_nearest_right_thing(tree: Any, path: str, hint: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(tree)
    assert refused.value.path == path
    assert hint in refused.value.hint


def test_a_tree_too_deep_is_refused_before_it_recurses() -> None:
    tree: Any = ORDERS
    for _ in range(5000):
        tree = {"kind": "not", "of": tree}
    with pytest.raises(ConditionError, match="嵌套超过 20 层"):
        parse(tree)


def test_the_schema_names_every_kind() -> None:
    text = str(schema())
    for kind in ("behaviour", "recency", "attribute", "score", "rank", "class", "segment", "tag", "all", "any", "not"):
        assert f"'{kind}'" in text
