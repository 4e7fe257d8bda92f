"""Filters on properties of facts: one comparison, or a group of filters."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import ibis
import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.comparison import Op, Type, check_op, compare, read_as, type_for
from zhiji.flow.segment.conditions.node import ConditionError
from zhiji.kernel.facts import fact_types

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

DEEPEST = 5
DECLARED: dict[str, Type] = {
    "text": "text", "number": "number", "money": "number", "flag": "flag", "list": "list", "time": "text",
}  # fmt: skip


def property_type(fact: str, name: str, value: Any, op: str) -> Type:
    """How a fact's property is compared: as declared, else by the value it is compared with."""
    return declared_type(fact, name) or type_for(value, op)


def declared_type(fact: str, name: str) -> Type | None:
    kind = fact_types().get(fact)
    for one in kind.properties if kind else ():
        if one.name == name:
            return DECLARED[one.type]
    return None


def numeric_properties(fact: str) -> list[str]:
    """The declared numbers of a fact."""
    kind = fact_types().get(fact)
    return [one.name for one in (kind.properties if kind else ()) if DECLARED[one.type] == "number"]


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A filter: a `property` with `op` and `value`, or exactly one of the groups `any`, `all` and `not`."""

    property: str | None = None
    op: Op | None = None
    value: Any = None
    any: list[Where] | None = None
    all: list[Where] | None = None
    not_: Where | None = msgspec.field(default=None, name="not")

    @builtins.property
    def group(self) -> str | None:
        """`any`, `all` or `not`; None for a comparison."""
        return "any" if self.any is not None else "all" if self.all is not None else "not" if self.not_ else None

    @builtins.property
    def parts(self) -> Sequence[Where]:
        """The filters of a group."""
        return self.any or self.all or ([self.not_] if self.not_ else [])

    def comparisons(self) -> Iterator[Where]:
        """Every comparison in it."""
        if self.group is None:
            yield self
        for one in self.parts:
            yield from one.comparisons()

    def check(self, path: str, fact: str, depth: int = 1) -> None:
        if depth > DEEPEST:
            raise ConditionError(path, _("筛选嵌套超过 {most} 层"), _("请合并几组"), most=DEEPEST)
        forms = [self.property is not None, self.any is not None, self.all is not None, self.not_ is not None]
        if sum(forms) != 1:
            raise ConditionError(path, _("一个筛选只能写一种形式"), _("写 property 与 op，或 any、all、not 之一"))
        if self.group is None:
            if self.op is None:
                raise ConditionError(f"{path}.op", _("缺少运算符 op"), _("例如 eq"), take="eq")
            check_op(path, self.op, self.value, self.type(fact))
            return
        if self.op is not None or self.value is not None:
            raise ConditionError(path, _("“{group}”没有 op 和 value"), _("请写在它里面的筛选上"), group=self.group)
        if not self.parts:
            raise ConditionError(f"{path}.{self.group}", _("这一组是空的"), _("至少放一个筛选"))
        for index, one in enumerate(self.parts):
            step = f"{path}.not" if self.group == "not" else f"{path}.{self.group}[{index}]"
            one.check(step, fact, depth + 1)

    def type(self, fact: str) -> Type:
        """How the property is read."""
        return property_type(fact, str(self.property), self.value, str(self.op))

    def need(self, fact: str, needs: Needs) -> None:
        for one in self.comparisons():
            needs.property(fact, str(one.property), one.type(fact))

    def passes(self, facts: Any, fact: str, needs: Needs) -> Any:
        """Whether a fact passes, never null."""
        if self.group is None:
            kind = self.type(fact)
            column = facts[needs.property(fact, str(self.property), kind)]
            return compare(read_as(column, kind), str(self.op), self.value, kind)
        passed = [one.passes(facts, fact, needs) for one in self.parts]
        if self.group == "not":
            return ~passed[0]
        return reduce(lambda one, other: one | other if self.group == "any" else one & other, passed)


def check_all(path: str, fact: str, where: Sequence[Where]) -> None:
    """Check a fact name and its filters, where `path` is what has the fields `fact` and `where`."""
    if not fact:
        raise ConditionError(f"{path}.fact", _("缺少行为名"), _("例如 order_paid"))
    for index, one in enumerate(where):
        one.check(f"{path}.where[{index}]", fact)


def properties(where: Sequence[Where]) -> set[str]:
    """The names of the properties that the filters read."""
    return {str(one.property) for part in where for one in part.comparisons()}


def passes(facts: Any, fact: str, where: Sequence[Where], needs: Needs) -> Any:
    """Whether a fact passes every filter, never null."""
    return reduce(lambda one, other: one & other, [one.passes(facts, fact, needs) for one in where], _true())


def _true() -> Any:
    return cast(Any, ibis.literal(True))
