"""Every wrong tree is refused with a path that leads somewhere, a reason and a hint, in the reader's language."""

import re
from time import process_time
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.flow.segment.catalogue.sentence import read, sentence
from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.conditions.diagnosis import steps
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.tests.any_tree import trees

CHINESE = re.compile("[\u4e00-\u9fff]")
WRONG = st.sampled_from([None, 3, -1, 10**40, 0.5, "x", "", True, [], ["x"], [[]], {}, {"kind": "x"}, {"x": 1}])
ORDERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 3}


def places(part: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) within a tree."""
    inner = list(part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ())
    return [(part, key) for key, _one in inner] + [place for _key, one in inner for place in places(one)]


def leads_somewhere(tree: Any, path: str) -> bool:
    """Whether a path leads to something in the tree, or to a field that is missing from something in it."""
    for step in steps(path)[:-1]:
        tree = tree[step]
    return isinstance(tree, dict | list) or path == "$"


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(trees, st.data())
def test_whatever_is_wrong_is_told_with_path_reason_and_hint(tree: Any, data: st.DataObject) -> None:
    holder, key = data.draw(st.sampled_from(places(tree)))
    how = data.draw(st.sampled_from(["replace", "drop", "rename"]))
    if how == "replace":
        holder[key] = data.draw(WRONG)
    else:
        one = holder.pop(key)
        if how == "rename" and isinstance(holder, dict):
            holder[f"{key}s"] = one
    try:
        parse(tree)
    except ConditionError as error:
        assert leads_somewhere(tree, error.path)
        assert error.reason and error.hint and CHINESE.search(error.reason)
        with translation.override("en"):
            assert error.reason and not re.search(r"\{\w+\}", error.reason)


@pytest.mark.parametrize(
    ("tree", "path", "hint", "take"),
    [
        ({**ORDERS, "window": {"lst": 90}}, "$.window", "last", None),
        ({**ORDERS, "window": {"last": "90"}}, "$.window.last", "例如", 90),
        ({**ORDERS, "window": {"last": 3, "this": "day"}}, "$.window", "之一", None),
        ({**ORDERS, "window": {"last": 3, "unit": "day"}}, "$.window.unit", "days", "days"),
        ({**ORDERS, "where": [{"not": {"property": "x", "op": "gt", "value": "9"}}]}, "$.where[0].not.value", "3", 9),
        ({**ORDERS, "op": "contains"}, "$.op", "可用的有", None),
        ({**ORDERS, "measure": "sums"}, "$.measure", "sum", "sum"),
        ({"kind": "class", "scheme": "value", "classes": "high"}, "$.classes", "high", ["high"]),
        ({"kind": "attribute", "name": "place", "op": "in", "value": ["浙江省"]}, "$.value[0]", "浙江", "浙江"),
        ({"kind": "offered", "name": "mesage"}, "$.name", "message", "message"),
        ({"kind": "attribute", "name": "priority", "op": "between", "value": [9, 1]}, "$.value", "先小后大", [1, 9]),
        ({**ORDERS, "where": [{"property": "amount", "op": "between", "value": [9, 1]}]}, "$.where[0].value", "先",
         [1, 9]),
        ({**ORDERS, "measure": "sum", "property": "category"}, "$.property", "amount", None),
        ({**ORDERS, "measure": "sum", "property": "amont", "value": {"fact": "order_paid", "measure": "max",
          "property": "store"}}, "$.value.property", "amount", None),
        ({"kind": "rank", "measure": {"fact": "order_paid", "measure": "average", "property": "coupon"}, "op": "top",
          "share": 0.2}, "$.measure.property", "discount", "discount"),
        ({"kind": "attribute", "name": "birthday", "op": "eq", "value": "20260503"}, "$.value", "2026-05-03", None),
        ({"kind": "attribute", "name": "birthday", "op": "eq", "value": "0001-01-01"}, "$.value", "2026-05-03", None),
        ({"kind": "attribute", "name": "registered_at", "op": "gt", "value": "0001-01-01"}, "$.value", "2026", None),
        ({"kind": "offered", "name": "message", "with": {"did": "open"}}, "$.with.did", "opened", "opened"),
    ],
)  # fmt: skip
def test_what_would_be_right_is_offered_at_the_path(tree: Any, path: str, hint: str, take: Any) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(tree)
    assert refused.value.path == path and hint in refused.value.hint
    assert [one["value"] for one in refused.value.take] == ([] if take is None else [take])


@pytest.mark.parametrize(
    ("tree", "path", "reason"),
    [
        ({"kind": "tag", "tag": "x" * 200_000}, "$.tag", "文字最多 1000 个字"),
        ({"kind": "tag", "x" * 200_000: "a"}, "$", "文字最多 1000 个字"),
        ({"kind": "tag", "tag": "a\0"}, "$.tag", "空字符"),
        ({"kind": "tag", "tag": "\udfff"}, "$.tag", "半个代理对"),
        ({"kind": "attribute", "name": "name", "op": "in", "value": ["a"] * 30_000}, "$", "超过 20000 个值"),
        ({**ORDERS, "where": [{"property": "a", "op": "in", "value": [["b"] * 9] * 3000}]}, "$", "超过 20000 个值"),
        ({"kind": "all", "of": [{"kind": "tag", "tag": "x"}] * 501}, "$", "超过 500 个条件"),
    ],
)
def test_what_is_too_large_is_refused_before_anything_is_made_of_it(tree: Any, path: str, reason: str) -> None:
    began = process_time()
    with pytest.raises(ConditionError) as refused:
        parse(tree)
    assert refused.value.path == path and reason in refused.value.reason
    assert process_time() - began < 1


def test_the_largest_that_may_be_are_said_at_once() -> None:
    """Before names had a bound, one of 200,000 letters took 5 seconds to say, and a custom field 50."""
    began = process_time()
    for tree in (
        {"kind": "tag", "tag": "甲a" * 500},
        {"kind": "attribute", "name": "attributes." + "甲" * 980, "op": "empty"},
    ):
        assert sentence(tree)
    with pytest.raises(ConditionError, match="超过 500 个条件"):
        read("地区 = 甲 且 " * 1_500 + "地区 = 甲", names=Names())
    assert process_time() - began < 3


def test_a_mistake_is_told_in_the_language_of_whoever_reads_it() -> None:
    with pytest.raises(ConditionError) as refused:
        parse({"kind": "behavior"})
    assert str(refused.value) == "$.kind: 没有“behavior”这种条件 (是不是“behaviour”？)"
    with translation.override("en"):
        assert str(refused.value) == "$.kind: there is no kind of condition “behavior” (did you mean “behaviour”?)"


@pytest.mark.parametrize(
    ("wrong", "chinese", "english"),
    [
        ({"measure": "sum", "property": "store"}, "不能求 合计", "has no sum"),
        ({"window": {"last": 10**6, "unit": "years"}}, "1 到 100 年", "1 to 100 years"),
    ],
)
def test_a_refusal_names_measures_and_units_in_the_readers_language(
    wrong: dict[str, Any], chinese: str, english: str
) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(ORDERS | wrong)
    with translation.override("zh-hans"):
        assert chinese in refused.value.reason
    with translation.override("en"):
        assert english in refused.value.reason
