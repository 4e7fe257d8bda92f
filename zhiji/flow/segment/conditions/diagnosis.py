"""What is wrong with the form of a tree: msgspec's message as a mistake with the nearest right thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.mistakes import UNKNOWN, ConditionError, as_list, as_number, as_text, nearest

Step = str | int
JSON_TYPES: dict[str, Promise] = {
    "int": _("一个整数"), "float": _("一个数字"), "str": _("一段文字"), "bool": _("true 或 false"),
    "array": _("一个列表"), "object": _("一个对象"), "null": _("空值"), "NoneType": _("空值"),
}  # fmt: skip
OR = _("{one}或{other}")
EXAMPLES: dict[str, str] = {
    "int": "3", "float": "0.5", "str": '"order_paid"', "bool": "true", "array": '["a", "b"]',
    "window": '{"last": 90, "unit": "days"}', "where": '[{"property": "amount", "op": "gt", "value": 50}]',
    "within": '{"last": 2, "unit": "hours"}', "steps": '[{"fact": "cart_added"}, {"fact": "order_paid"}]',
    "without": '{"fact": "order_paid"}', "held": '{"op": "ge", "value": 30}', "classes": '["high"]',
    "before": '{"last": 90, "unit": "days"}', "quiet": '{"last": 30, "unit": "days"}',
    "recent": '{"last": 7, "unit": "days"}', "with": '{"did": "opened"}', "of": '[{"kind": "tag", "tag": "vip"}]',
    "$": '{"kind": "tag", "tag": "vip"}', "object": '{"kind": "tag", "tag": "vip"}',
}  # fmt: skip


def diagnosed(tree: Any, message: str, types: Any, kinds: Mapping[str, type]) -> ConditionError:
    """The mistake that msgspec's `message` tells about `tree`, read as `types`; `kinds` are the kinds of conditions."""
    reason, _at, place = message.partition(" - at ")
    path = place.strip("`") if place.startswith("`$") else "$"
    value, found = follow(tree, steps(path), types, kinds)
    if missing := re.search(r"missing required field `(\w+)`", reason):
        return _missing(path, missing[1], value, found, kinds)
    if unknown := re.search(r"unknown field `(.+)`", reason):
        names = [one.encode_name for struct in structs(found, value, kinds) for one in msgspec.structs.fields(struct)]
        hint = nearest(unknown[1], names)
        return ConditionError(path, _("这里没有字段“{name}”"), hint, take=UNKNOWN, name=unknown[1])
    if path.endswith(".kind"):
        return ConditionError(path, _("没有“{kind}”这种条件"), nearest(value or "", kinds), kind=value)
    if reason.startswith("Invalid enum value"):
        choices = [choice for one in flat(found) if get_origin(one) is Literal for choice in get_args(one)]
        return ConditionError(path, _("没有“{value}”这个写法"), nearest(value, choices), value=value)
    if mismatch := re.fullmatch(r"Expected `(.+)`, got `(.+)`", reason):
        return _mismatch(path, mismatch[1].split(" | "), mismatch[2], value)
    return ConditionError(path, _("这里读不懂：{detail}"), _("请对照条件的 JSON 格式说明"), detail=reason)


def _missing(path: str, name: str, value: Any, types: Any, kinds: Mapping[str, type]) -> ConditionError:
    if name == "kind":
        return ConditionError(f"{path}.kind", _("缺少 kind，不知道是哪种条件"), nearest("", kinds))
    fields = [one for struct in structs(types, value, kinds) for one in msgspec.structs.fields(struct)]
    needed = [one.encode_name for one in fields if one.required]
    told = {"name": name, "needed": ", ".join(needed)}
    return ConditionError(path, _("缺少字段“{name}”"), _("要有 {needed}"), **told)


def _mismatch(path: str, expected: list[str], got: str, value: Any) -> ConditionError:
    expected = [one for one in expected if one != "null"]
    wanted: Any = JSON_TYPES.get(expected[0], expected[0])
    for one in expected[1:]:
        wanted = format_lazy(OR, one=wanted, other=JSON_TYPES.get(one, one))
    name = path.rpartition(".")[2]
    example = EXAMPLES.get(name) or EXAMPLES.get(expected[0], "3")
    take = next((right for one in expected if (right := _turned(one, value)) is not UNKNOWN), UNKNOWN)
    told = {"wanted": wanted, "got": JSON_TYPES.get(got, got), "example": example}
    return ConditionError(path, _("应是{wanted}，这里是{got}"), _("例如 {example}"), take=take, **told)


def _turned(type_: str, value: Any) -> Any:
    """The value as the type that was expected, where it's plain what was meant."""
    turned = {"int": as_number, "float": as_number, "str": as_text, "array": as_list}.get(type_)
    found = turned(value) if turned else UNKNOWN
    return UNKNOWN if type_ == "int" and not isinstance(found, int) else found


def steps(path: str) -> list[Step]:
    """`$.of[0].op` as ["of", 0, "op"]."""
    return [name or int(index) for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)]


def follow(tree: Any, way: list[Step], types: Any, kinds: Mapping[str, type]) -> tuple[Any, Any]:
    """What lies at a place of the tree, and the type that is expected there."""
    for step in way:
        inner: Any = Any
        if isinstance(step, str):
            for struct in structs(types, tree, kinds):
                inner = next((one.type for one in msgspec.structs.fields(struct) if one.encode_name == step), Any)
        else:
            inner = next((get_args(one)[0] for one in flat(types) if get_origin(one) is list), Any)
        try:
            tree, types = tree[step], inner
        except (KeyError, IndexError, TypeError):
            return None, inner
    return tree, types


def structs(types: Any, value: Any, kinds: Mapping[str, type]) -> Iterator[type[msgspec.Struct]]:
    """The struct that an object is read as: by its kind, else the only one expected."""
    found = [one for one in flat(types) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    if len(found) > 1 and isinstance(value, dict):
        found = [one for one in found if kinds.get(str(value.get("kind"))) is one]
    yield from found[:1]


def flat(types: Any) -> Iterator[Any]:
    """The members of a union, null left out."""
    if get_origin(types) in (Union, UnionType):
        for one in get_args(types):
            yield from flat(one)
    elif types is not NoneType:
        yield types
