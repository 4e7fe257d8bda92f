"""The trigger of a fact: something happens, with properties as asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar, Literal

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.wording import Names

HISTORY = timedelta(days=7)
"""A fact that reaches us later than this after it happened is history that somebody loads: it fires nothing."""

Op = Literal["eq", "ne", "in", "contains", "gt", "ge", "lt", "le", "empty", "not_empty"]
WORDS: dict[str, str] = {
    "eq": "=", "ne": "≠", "in": "∈", "contains": "∋", "gt": ">", "ge": "≥", "lt": "<", "le": "≤",
}  # fmt: skip
_NUMBER = r"CASE WHEN b.properties->>%s ~ '^-?[0-9]+(\.[0-9]+)?$' THEN (b.properties->>%s)::numeric END"
_COMPARE = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the fact and what is asked of it. Numbers compare as numbers, also when sent as text."""

    property: str
    op: Op
    value: Any = None

    def check(self) -> None:
        if self.op in _COMPARE:
            try:
                float(self.value)
            except (TypeError, ValueError):
                raise ValueError(
                    _("属性「%(name)s」用 %(op)s 比较，需要一个数字") % {"name": self.property, "op": WORDS[self.op]}
                ) from None
        if self.op == "in" and not (isinstance(self.value, list) and self.value):
            raise ValueError(_("属性「%(name)s」的取值列表是空的，请至少填一个值") % {"name": self.property})
        if self.op in ("eq", "ne", "contains") and self.value in (None, ""):
            raise ValueError(_("请填写属性「%(name)s」要比较的值") % {"name": self.property})

    def sql(self) -> tuple[str, list[Any]]:
        """A condition over `b.properties` and its parameters."""
        text, name = "b.properties->>%s", self.property
        if self.op in _COMPARE:
            return f"{_NUMBER} {_COMPARE[self.op]} %s::numeric", [name, name, str(self.value)]
        if self.op == "in":
            return f"{text} = ANY(%s)", [name, [_plain(value) for value in self.value]]
        if self.op == "contains":
            wanted = _plain(self.value)
            return (
                "CASE WHEN jsonb_typeof(b.properties->%s) = 'array' THEN b.properties->%s ? %s"
                f" ELSE strpos({text}, %s) > 0 END",
                [name, name, wanted, name, wanted],
            )
        if self.op == "empty":
            return f"coalesce({text}, '') = ''", [name]
        if self.op == "not_empty":
            return f"coalesce({text}, '') <> ''", [name]
        sign = "=" if self.op == "eq" else "IS DISTINCT FROM"
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return f"{_NUMBER} {sign} %s::numeric", [name, name, str(self.value)]
        return f"{text} {sign} %s", [name, _plain(self.value)]

    def sentence(self) -> str:
        if self.op == "empty":
            return _("%(name)s为空") % {"name": self.property}
        if self.op == "not_empty":
            return _("%(name)s不为空") % {"name": self.property}
        value = "、".join(map(str, self.value)) if isinstance(self.value, list) else self.value
        return f"{self.property} {WORDS[self.op]} {value}"


class FactOccurred(msgspec.Struct, tag_field="kind", tag="fact", frozen=True, forbid_unknown_fields=True):
    clock_driven: ClassVar[bool] = False
    fact: str
    where: tuple[Where, ...] = ()

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """The fitting facts of the round that happened since the rule was switched on, oldest first."""
        if self.fact not in moment.names:
            return
        conditions = ""
        parameters: list[Any] = [self.fact, moment.enabled_at, HISTORY]
        for where in self.where:
            sql, values = where.sql()
            conditions += f" AND {sql}"
            parameters += values
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT c.root_id, b.fact_id, b.occurred_at, b.properties->'_rules'
                FROM {moment.facts} b JOIN resolve_customer c ON c.id = b.customer_id
                WHERE b.name = %s AND b.occurred_at >= %s AND b.received_at - b.occurred_at < %s {conditions}
                ORDER BY b.occurred_at, b.fact_id
                """,
                parameters,
            )
            rows = cursor.fetchall()
        for root, fact_id, at, rules in rows:
            why = {"fact": self.fact, "fact_id": fact_id}
            late = (moment.now or moment.as_of) - at
            yield Candidate(root, f"fact:{fact_id}", at, why, chain_in(rules), late)

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when the fact's name or a filter won't do."""
        check_name(self.fact)
        for where in self.where:
            where.check()

    def sentence(self, names: Names) -> str:
        told = _("客户发生「%(fact)s」") % {"fact": names.fact(self.fact)}
        filters = "，".join(where.sentence() for where in self.where)
        return f"{told}（{filters}）" if filters else told


def check_name(name: str) -> None:
    """Raise ValueError with advice unless `name` is written as facts are."""
    if not name.isidentifier() or name != name.lower():
        raise ValueError(_("行为名「%(name)s」应为小写下划线写法，例如 order_paid") % {"name": name})


def chain_in(value: Any) -> tuple[str, ...]:
    """The rule keys of a fact's `_rules` property, as the cursor gives it; anything odd is no chain."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return ()
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
