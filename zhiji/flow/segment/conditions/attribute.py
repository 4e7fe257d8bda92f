"""What was given of a customer: portrait columns, and custom fields as `attributes.<name>`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ibis
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.comparison import Op, Type, check_op, compare, type_for
from zhiji.flow.segment.conditions.mistakes import CUSTOM_HINT
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest
from zhiji.kernel.places import AREAS, PROVINCES

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
    "place": Known("place", ("所在地", "place"), ""),
}
CUSTOM, PLACE = "attributes.", "place"


FieldType = Literal["text", "number", "date", "time", "list", "flag"]


class Attribute(Node, frozen=True, tag="attribute"):
    """`name` is a portrait column, `attributes.<custom field>`, or `place`.

    `type` says how a custom field is read; without it the value's type decides. `place` asks a tree of regions:
    an area (华东), a province (浙江), or a province's city (浙江/杭州).
    """

    name: str
    op: Op
    value: Any = None
    type: FieldType | None = None

    @property
    def read_as(self) -> Type:
        known = ATTRIBUTES.get(self.name)
        return known.type if known else self.type or type_for(self.value, self.op)

    def check(self, path: str) -> None:
        check_name(f"{path}.name", self.name)
        if self.type is not None and self.name in ATTRIBUTES:
            raise ConditionError(f"{path}.type", _("“{name}”已有类型"), _("请去掉 type"), name=self.name)
        check_op(path, self.op, self.value, self.read_as)
        if self.name == PLACE:
            check_places(f"{path}.value", self.value)

    def reads(self) -> Reads:
        return Reads(attributes={"region", "city"} if self.name == PLACE else {self.name})

    def need(self, needs: Needs) -> None:
        if self.name == PLACE:
            needs.attribute("region", "text")
            needs.attribute("city", "text")
        else:
            needs.attribute(self.name, self.read_as)

    def value_of(self, row: Any, needs: Needs) -> Any:
        if self.name == PLACE:
            region, city = row[needs.attribute("region", "text")], row[needs.attribute("city", "text")]
            return (city.fill_null("") != "").ifelse(region + "/" + city, region)
        return row[needs.attribute(self.name, self.read_as)]

    def holds(self, row: Any, needs: Needs) -> Any:
        if self.name == PLACE:
            inside = within_places(row, self.value, needs)
            return inside if self.op == "in" else ~inside
        return compare(self.value_of(row, needs), self.op, self.value, self.read_as)

    def implied(self) -> Node | None:
        if self.op in ("ne", "not_in", "empty") or self.read_as in ("list", "any"):
            return None
        return self

    def threshold(self) -> Any:
        return self.value


def check_name(path: str, name: str) -> None:
    """Refuse what is neither a portrait column nor a custom field."""
    if name not in ATTRIBUTES and not (name.startswith(CUSTOM) and len(name) > len(CUSTOM)):
        hint = nearest(name, ATTRIBUTES, CUSTOM_HINT)
        raise ConditionError(path, _("没有客户资料“{name}”"), hint, name=name)


def check_places(path: str, wanted: list[str]) -> None:
    """Refuse a place whose area or province isn't known; cities are free."""
    for index, one in enumerate(wanted):
        first, slash, city = one.partition("/")
        if first not in PROVINCES and (slash or first not in AREAS):
            known = PROVINCES if slash else (*AREAS, *PROVINCES)
            raise ConditionError(f"{path}[{index}]", _("没有地区“{place}”"), nearest(first, known), place=one)
        if slash and not city:
            raise ConditionError(f"{path}[{index}]", _("斜杠后面缺少城市"), _("例如 浙江/杭州"))


def within_places(row: Any, wanted: list[str], needs: Needs) -> Any:
    """Whether the customer's region and city lie in one of the places, never null."""
    region, city = row[needs.attribute("region", "text")], row[needs.attribute("city", "text")]
    provinces = [name for one in wanted for name in AREAS.get(one, (one,)) if "/" not in one]
    inside = region.isin(provinces) if provinces else ibis.literal(False)
    for one in wanted:
        if "/" in one:
            province, _, town = one.partition("/")
            inside |= (region == province) & (city == town)
    return inside.fill_null(False)
