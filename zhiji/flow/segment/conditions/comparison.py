"""Operators of leaves: what each means, over Ibis expressions, missing values included.

`ne` and `not_in` are the plain negation of `eq` and `in`, so they hold where a value is missing; every other
operator is false there. Text is compared exactly, numbers to four decimals.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any, Literal

import ibis
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.mistakes import BIG_HINT, DAY_HINT, as_list, as_number, as_text, shown, unfit_op
from zhiji.flow.segment.conditions.node import ConditionError
from zhiji.kernel import clock

Type = Literal["text", "number", "time", "date", "list", "flag", "place", "any"]
NUMBER = "decimal(18, 4)"
EARLIEST, LATEST = 1000, 9998
"""Years that days and moments may have; every zone and engine still counts beside them."""
Op = Literal[
    "eq", "ne", "in", "not_in", "contains", "starts", "gt", "ge", "lt", "le", "between", "empty", "not_empty",
    "has_any", "has_all",
]  # fmt: skip
NumberOp = Literal["eq", "ne", "gt", "ge", "lt", "le"]
ORDERED = ("gt", "ge", "lt", "le", "between")
ALLOWED: dict[Type, tuple[str, ...]] = {
    "text": ("eq", "ne", "in", "not_in", "contains", "starts", "empty", "not_empty"),
    "number": ("eq", "ne", "in", "not_in", *ORDERED, "empty", "not_empty"),
    "time": (*ORDERED, "empty", "not_empty"),
    "date": ("eq", "ne", *ORDERED, "empty", "not_empty"),
    "list": ("contains", "has_any", "has_all", "empty", "not_empty"),
    "flag": ("eq", "ne", "empty", "not_empty"),
    "place": ("in", "not_in"),
    "any": ("contains", "empty", "not_empty"),
}
MANY = ("in", "not_in", "between", "has_any", "has_all")


def type_for(value: Any, op: str) -> Type:
    """The type that a property or custom field without a declared one is compared as."""
    one = value[0] if isinstance(value, list) and value else value
    if op in ("has_any", "has_all"):
        return "list"
    if op in ("empty", "not_empty") or (op == "contains" and isinstance(one, str)):
        return "any"
    if isinstance(one, bool):
        return "flag"
    if isinstance(one, int | float):
        return "number"
    if op in ORDERED:
        return "date" if is_day(one) else "number"
    return "text"


def is_day(value: Any) -> bool:
    """Whether it is a day written YYYY-MM-DD."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    with suppress(ValueError):
        return EARLIEST <= date.fromisoformat(value).year <= LATEST
    return False


def is_moment(value: Any) -> bool:
    """Whether it is a moment, or a day, in ISO's writing."""
    with suppress(TypeError, ValueError, OverflowError):
        return EARLIEST <= moment(value).astimezone(UTC).year <= LATEST
    return False


def number(value: Any) -> Decimal | None:
    """A JSON number as the engine's decimal, or None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def check_op(path: str, op: str, value: Any, type_: Type) -> None:
    """Refuse an operator that the type doesn't know, and a value of the wrong form."""
    if op not in ALLOWED[type_]:
        raise unfit_op(path, op, type_, ALLOWED[type_])
    if op in ("empty", "not_empty"):
        if value is not None:
            raise ConditionError(f"{path}.value", _("“{op}”不带值"), _("请去掉 value"), op=op)
        return
    many = value if op in MANY else [value]
    if not isinstance(many, list) or not many:
        raise ConditionError(
            f"{path}.value", _("“{op}”要一组值"), _("例如 {example}"), op=op, example='["a", "b"]', take=as_list(value)
        )
    if op == "between" and len(many) != 2:
        raise ConditionError(f"{path}.value", _("between 要两个值"), _("先小后大，两端都算在内"))
    for one in many:
        _check_value(path, one, type_)
    if op == "between":
        _check_order(path, many, type_)


def _check_order(path: str, many: list[Any], type_: Type) -> None:
    low, high = (moment(one) if type_ == "time" else one for one in many)
    if low > high:
        told = {"low": shown(many[0]), "high": shown(many[1])}
        raise ConditionError(
            f"{path}.value", _("{low} 大于 {high}，之间没有值"), _("先小后大"), take=[many[1], many[0]], **told
        )


def _check_value(path: str, value: Any, type_: Type) -> None:
    if type_ == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConditionError(
                f"{path}.value", _("{value} 不是数字"), _("例如 3 或 99.5"), value=shown(value), take=as_number(value)
            )
        if not abs(value) < 10**14:
            raise ConditionError(f"{path}.value", _("{value} 太大"), BIG_HINT, value=value)
    elif type_ == "flag":
        if not isinstance(value, bool):
            raise ConditionError(
                f"{path}.value", _("{value} 既不是 true 也不是 false"), _("写 true 或 false"), value=shown(value)
            )
    elif type_ in ("time", "date"):
        if not (is_moment(value) if type_ == "time" else is_day(value)):
            raise ConditionError(f"{path}.value", _("{value} 不是日期"), DAY_HINT, value=shown(value))
    elif not isinstance(value, str):
        raise ConditionError(
            f"{path}.value", _("{value} 不是文字"), _('写成 "{value}"'), value=shown(value), take=as_text(value)
        )


def moment(text: str) -> datetime:
    """A moment from ISO text; a day alone is its midnight in the workspace's zone."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=clock.zone())


def literal(value: Any, type_: Type) -> Any:
    """The JSON value as an Ibis literal of the column's type."""
    if type_ == "number":
        return ibis.literal(number(value), type=NUMBER)
    if type_ == "time":
        return ibis.literal(moment(value), type="timestamp('UTC', 6)")
    if type_ == "date":
        return ibis.literal(date.fromisoformat(value), type="date")
    if type_ == "flag":
        return ibis.literal("true" if value else "false")
    return ibis.literal(value)


def compare(column: Any, op: str, value: Any, type_: Type) -> Any:
    """`column op value` as a boolean that is never null."""
    if op in ("empty", "not_empty"):
        blank = _blank(column, type_)
        return blank if op == "empty" else ~blank
    if op in ("ne", "not_in"):
        return ~compare(column, "eq" if op == "ne" else "in", value, type_)
    return _positive(column, op, value, type_).fill_null(False)


def _blank(column: Any, type_: Type) -> Any:
    if type_ == "list":
        text = column.fill_null("")
        return ~text.startswith("[") | (text == "[]")
    if type_ == "any":
        return column.fill_null("").isin(["", "[]"])
    return column.isnull() if type_ in ("number", "time", "date") else column.fill_null("") == ""


def read_as(column: Any, type_: Type) -> Any:
    """A fact's property, which comes as a text or a number, as the type it is compared as."""
    if type_ != "date":
        return column
    return column.re_search("^[0-9]{4}-[0-9]{2}-[0-9]{2}$").ifelse(column, ibis.null("string")).try_cast("date")


def _positive(column: Any, op: str, value: Any, type_: Type) -> Any:
    if op == "in":
        return column.isin([literal(one, type_) for one in value])
    if op == "between":
        return (column >= literal(value[0], type_)) & (column <= literal(value[1], type_))
    if op == "contains":
        found = {"list": list_has, "any": text_or_list_has}.get(type_)
        return found(column, value) if found else column.contains(value)
    if op in ("has_any", "has_all"):
        return reduce(
            lambda one, other: one | other if op == "has_any" else one & other, [list_has(column, v) for v in value]
        )
    if op == "starts":
        return column.startswith(value)
    return ordered(column, op, literal(value, type_))


def ordered(column: Any, op: str, other: Any) -> Any:
    """A plain comparison; null where either side is."""
    compared = {
        "eq": column.__eq__,
        "ne": column.__ne__,
        "gt": column.__gt__,
        "ge": column.__ge__,
        "lt": column.__lt__,
        "le": column.__le__,
    }
    return compared[op](other)


@ibis.udf.scalar.builtin(name="json_list_has")  # type: ignore[untyped-decorator]
def list_has(column: str, value: str) -> bool:
    """Whether a list, as JSON text, has an element that reads so."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(name="json_has")  # type: ignore[untyped-decorator]
def text_or_list_has(column: str, value: str) -> bool:
    """Whether a list, as JSON text, has an element that reads so, or any other text has it inside."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(name="epoch_us")  # type: ignore[untyped-decorator]
def micros(moment: datetime) -> int:
    """A moment as microseconds of the epoch."""
    raise NotImplementedError
