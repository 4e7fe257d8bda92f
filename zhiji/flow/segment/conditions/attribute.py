"""What was given of a customer: portrait columns, and custom fields as `attributes.<name>`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhiji.flow.segment.conditions.comparison import Op, Type, check_op, compare
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest
from zhiji.flow.segment.conditions.words import Words

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs


@dataclass(frozen=True)
class Known:
    """A portrait column: its type, its labels, and the SQL that reads it beside `p` (profile_portrait)."""

    type: Type
    label: tuple[str, str]
    sql: str


ATTRIBUTES: dict[str, Known] = {
    "name": Known("text", ("姓名", "name"), "p.name"),
    "gender": Known("text", ("性别", "gender"), "p.gender"),
    "region": Known("text", ("地区", "region"), "p.region"),
    "city": Known("text", ("城市", "city"), "p.city"),
    "birthday": Known("date", ("生日", "birthday"), "p.birthday"),
    "birthday_calendar": Known("text", ("生日历法", "birthday calendar"), "p.birthday_calendar"),
    "priority": Known("number", ("服务优先级", "priority"), "p.priority"),
    "owner": Known("text", ("负责人", "owner"), "(SELECT u.username FROM access_user u WHERE u.id = p.owner_id)"),
    "registered_at": Known("time", ("注册时间", "registered at"), "p.registered_at"),
    "first_seen_at": Known("time", ("首次出现", "first seen"), "p.first_seen_at"),
    "last_seen_at": Known("time", ("最近出现", "last seen"), "p.last_seen_at"),
}
CUSTOM = "attributes."


def type_for(value: Any, op: str) -> Type:
    """The type a value of an undeclared field is compared as."""
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, bool):
        return "flag"
    if isinstance(one, int | float):
        return "number"
    return "number" if op in ("gt", "ge", "lt", "le", "between") else "text"


class Attribute(Node, frozen=True, tag="attribute"):
    """`name` is a portrait column or `attributes.<custom field>`."""

    name: str
    op: Op
    value: Any = None

    @property
    def type(self) -> Type:
        known = ATTRIBUTES.get(self.name)
        return known.type if known else type_for(self.value, self.op)

    def check(self, path: str) -> None:
        if self.name not in ATTRIBUTES and not (self.name.startswith(CUSTOM) and len(self.name) > len(CUSTOM)):
            hint = nearest(self.name, ATTRIBUTES) + " A custom field is written attributes.<name>."
            raise ConditionError(f"{path}.name", f"no attribute {self.name!r}", hint)
        check_op(path, self.op, self.value, self.type)

    def said(self, words: Words) -> str:
        known = ATTRIBUTES.get(self.name)
        subject = words.label(known.label) if known else self.name.removeprefix(CUSTOM)
        return words.compared(subject, self.op, self.value)

    def reads(self) -> Reads:
        return Reads(attributes={self.name})

    def need(self, needs: Needs) -> None:
        needs.attribute(self.name, self.type)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.attribute(self.name, self.type)]

    def holds(self, row: Any, needs: Needs) -> Any:
        return compare(self.value_of(row, needs), self.op, self.value, self.type)

    def threshold(self) -> Any:
        return self.value
