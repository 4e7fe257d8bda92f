"""Conditions that other apps offer: each stands for a plain tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.mistakes import WINDOW_HINT, shown
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest, reads, walk
from zhiji.flow.segment.conditions.window import Window
from zhiji.kernel.registry import offered

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

FieldType = Literal["text", "number", "choice", "window"]


@dataclass(frozen=True)
class OfferedField:
    """A field of an offered condition: its label in Chinese and English, and for a choice what can be chosen."""

    name: str
    label: tuple[str, str]
    type: FieldType = "text"
    required: bool = False
    choices: tuple[tuple[str, tuple[str, str]], ...] = ()


class OfferedCondition:
    """What an app offers in `offers/conditions.py`: a name, labels, fields, and what it stands for.

    `sentence` says it in Chinese and English, with a slot for each field: “优惠券{did}[（{offer}）]” (see
    grammar/template.py); without one it is said by its labels.
    """

    offered_in: ClassVar[str] = "conditions"
    kept_when_off: ClassVar[bool] = True
    name: str
    label: tuple[str, str]
    fields: tuple[OfferedField, ...] = ()
    sentence: tuple[str, str] | None = None

    def expand(self, given: Mapping[str, Any]) -> Any:
        """The plain tree it stands for, by the fields alone; they are checked already."""
        raise NotImplementedError

    def choices(self, field: str) -> list[tuple[str, str]]:
        """(key, label) of what a text field can take, for screens; empty where anything goes."""
        return []


class Happened(OfferedCondition):
    """At least once in a window there was one of the facts `<name>_<outcome>`; of one value of a property, or any.

    An app says `outcomes` ((end of the fact's name, its words), …), and `of`: the property with its labels.
    """

    outcomes: tuple[tuple[str, tuple[str, str]], ...]
    of: tuple[str, tuple[str, str]]

    def __init__(self) -> None:
        self.fields = (
            OfferedField("did", ("结果", "what happened"), "choice", required=True, choices=self.outcomes),
            OfferedField(*self.of),
            OfferedField("window", ("时间范围", "window"), "window"),
        )

    def expand(self, given: Mapping[str, Any]) -> Any:
        which = given.get(self.of[0])
        return {
            "kind": "behaviour",
            "fact": f"{self.name}_{given['did']}",
            "where": [{"property": self.of[0], "op": "eq", "value": which}] if which else [],
            "window": given.get("window"),
            "op": "ge",
            "value": 1,
        }


def conditions_offered() -> dict[str, OfferedCondition]:
    """Every offered condition, by name."""
    return {one.name: one for one in offered(OfferedCondition)}


class Offered(Node, frozen=True, tag="offered"):
    """A condition that another app offers: `name` is its name, `with` its fields."""

    name: str
    given: dict[str, Any] = msgspec.field(default_factory=dict, name="with")

    def __post_init__(self) -> None:
        """Equal ones are written alike: windows in full, nothing that is null."""
        offer = conditions_offered().get(self.name)
        windows = {one.name for one in offer.fields if one.type == "window"} if offer else set()
        given = {name: _in_full(one) if name in windows else one for name, one in self.given.items() if one is not None}
        msgspec.structs.force_setattr(self, "given", given)

    @property
    def expansion(self) -> Node:
        """The tree it stands for."""
        return _expanded(self.name, msgspec.json.encode(self.given))

    def check(self, path: str) -> None:
        known = conditions_offered()
        if self.name not in known:
            raise ConditionError(f"{path}.name", _("没有名为“{name}”的条件"), nearest(self.name, known), name=self.name)
        fields = {one.name: one for one in known[self.name].fields}
        for name in self.given:
            if name not in fields:
                reason = _("“{kind}”没有字段“{name}”")
                raise ConditionError(f"{path}.with.{name}", reason, nearest(name, fields), kind=self.name, name=name)
        for name, field in fields.items():
            _check_field(f"{path}.with.{name}" if self.given else f"{path}.with", field, self.given.get(name))
        try:
            expansion = self.expansion
        except ConditionError as error:
            raise error.at(f"{path}.with") from None
        if any(isinstance(one, Offered) for _path, one in walk(expansion)):
            raise ConditionError(f"{path}.name", _("“{name}”展开后又是扩展条件"), _("请只用基本条件"), name=self.name)

    def reads(self) -> Reads:
        return reads(self.expansion)

    def need(self, needs: Needs) -> None:
        for _path, one in walk(self.expansion):
            one.need(needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        value = self.expansion.value_of(row, needs)
        return self.holds(row, needs) if value is None else value

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.expansion.holds(row, needs)

    def threshold(self) -> Any:
        return self.expansion.threshold()


def _check_field(path: str, field: OfferedField, value: Any) -> None:
    if value is None:
        if field.required:
            raise ConditionError(path, _("缺少字段“{name}”"), _("请填写 {name}"), name=field.name)
        return
    if field.type == "choice" and value not in (keys := [key for key, _ in field.choices]):
        raise ConditionError(path, _("没有“{value}”这个选项"), nearest(str(value), keys), value=value)
    if field.type == "text" and not (isinstance(value, str) and value):
        raise ConditionError(path, _("{value} 不是文字"), _('写成 "{value}"'), value=shown(value), take=str(value))
    if field.type == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConditionError(path, _("{value} 不是数字"), _("例如 3"), value=shown(value))
    if field.type == "window" and not isinstance(value, dict):
        raise ConditionError(path, _("{value} 不是时间范围"), WINDOW_HINT, value=shown(value))


def _in_full(window: Any) -> Any:
    """A window with its defaults; what is none stays as it is, to be refused by the check."""
    try:
        return msgspec.to_builtins(msgspec.convert(window, Window))
    except msgspec.ValidationError:
        return window


@lru_cache(maxsize=2000)
def _expanded(name: str, given: bytes) -> Node:
    from zhiji.flow.segment.conditions.tree import parse

    return parse(conditions_offered()[name].expand(msgspec.json.decode(given)))
