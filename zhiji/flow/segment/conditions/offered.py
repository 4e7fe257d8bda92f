"""Conditions that other apps offer: each stands for a plain tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest, reads, walk
from zhiji.flow.segment.conditions.words import Words
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
    """What an app offers in `offers/conditions.py`: a name, labels, fields, and what it stands for."""

    offered_in: ClassVar[str] = "conditions"
    name: str
    label: tuple[str, str]
    fields: tuple[OfferedField, ...] = ()

    def expand(self, given: Mapping[str, Any]) -> Any:
        """The plain tree it stands for; fields are checked already. May raise ConditionError below `$`."""
        raise NotImplementedError

    def said(self, given: Mapping[str, Any], words: Words) -> str:
        raise NotImplementedError

    def choices(self, field: str) -> list[tuple[str, str]]:
        """(key, label) of what a text field can take, for screens; empty where anything goes."""
        return []


def conditions_offered() -> dict[str, OfferedCondition]:
    """Every offered condition, by name."""
    return {one.name: one for one in offered(OfferedCondition)}


class Offered(Node, frozen=True, tag="offered"):
    """A condition that another app offers: `name` is its name, `with` its fields."""

    name: str
    given: dict[str, Any] = msgspec.field(default_factory=dict, name="with")

    @property
    def offer(self) -> OfferedCondition:
        return conditions_offered()[self.name]

    @property
    def expansion(self) -> Node:
        """The tree it stands for."""
        return _expanded(self.name, msgspec.json.encode(self.given))

    def check(self, path: str) -> None:
        known = conditions_offered()
        if self.name not in known:
            raise ConditionError(f"{path}.name", f"no app offers {self.name!r}", nearest(self.name, known))
        fields = {one.name: one for one in known[self.name].fields}
        for name in self.given:
            if name not in fields:
                reason = f"{self.name!r} has no field {name!r}"
                raise ConditionError(f"{path}.with.{name}", reason, nearest(name, fields))
        for name, field in fields.items():
            _check_field(f"{path}.with.{name}", field, self.given.get(name))
        try:
            expansion = self.expansion
        except ConditionError as error:
            raise ConditionError(f"{path}.with", f"{error.path}: {error.reason}", error.hint) from None
        if any(isinstance(one, Offered) for _, one in walk(expansion)):
            raise ConditionError(f"{path}.name", f"{self.name!r} stands for another offered one", "offer a plain tree")

    def said(self, words: Words) -> str:
        return self.offer.said(self.given, words)

    def reads(self) -> Reads:
        return reads(self.expansion)

    def need(self, needs: Needs) -> None:
        for _, one in walk(self.expansion):
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
            raise ConditionError(path, f"{field.label[1]} is missing", f"give {field.name}")
        return
    if field.type == "choice" and value not in (keys := [key for key, _ in field.choices]):
        raise ConditionError(path, f"{value!r} can't be chosen", nearest(str(value), keys))
    if field.type == "text" and not isinstance(value, str):
        raise ConditionError(path, f"{value!r} is no text", f'such as "{value}"')
    if field.type == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConditionError(path, f"{value!r} is no number", "such as 3")
    if field.type == "window" and not isinstance(value, dict):
        raise ConditionError(path, f"{value!r} is no window", 'such as {"last": 30, "unit": "days"}')


@lru_cache(maxsize=2000)
def _expanded(name: str, given: bytes) -> Node:
    from zhiji.flow.segment.conditions.tree import parse  # noqa: PLC0415 - the union of all kinds is known only there

    return parse(conditions_offered()[name].expand(msgspec.json.decode(given)))
