"""What a customer already is: in a class of a scheme, in a segment, tagged.

Classes and segments are read as their definitions, not as their stored rows, so the answer never lags behind.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis
import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.comparison import NumberOp, ordered
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest
from zhiji.kernel.values import tag

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long: whole days of the workspace's zone since the log says that it was entered."""

    op: NumberOp
    value: int

    def check(self, path: str) -> None:
        if not 0 <= self.value < 10**6:
            raise ConditionError(f"{path}.value", _("时长从 0 到 999999"), _("例如 30"))


class InClass(Node, frozen=True, tag="class"):
    """In one of `classes` of the scheme; with `held`, for so many days; with `previous`, from one of these classes.

    While the log doesn't tell the current class yet, the class before it is the one that the log tells.
    """

    scheme: str
    classes: list[str]
    held: Held | None = None
    previous: list[str] | None = None

    def check(self, path: str) -> None:
        if not self.classes:
            raise ConditionError(f"{path}.classes", _("没有写类别"), _("例如 {example}"), example='["high"]')
        if self.held:
            self.held.check(f"{path}.held")
        if self.previous is not None and not self.previous:
            raise ConditionError(f"{path}.previous", _("没有写类别"), _("去掉 previous，或写出一个类别"))

    def reads(self) -> Reads:
        logged = self.held is not None or self.previous is not None
        log = {f"scheme:{self.scheme}"} if logged else set()
        return Reads(schemes={self.scheme}, calendar=self.held is not None, log=log)

    def need(self, needs: Needs) -> None:
        known = [key for key, _node in needs.scheme(self.scheme)]
        for field, named in (("classes", self.classes), ("previous", self.previous or [])):
            for index, one in enumerate(named):
                if one not in known:
                    told = {"scheme": self.scheme, "name": one}
                    reason = _("方案“{scheme}”没有类别“{name}”")
                    raise ConditionError(f"$.{field}[{index}]", reason, nearest(one, known), **told)
        if self.held or self.previous:
            needs.logged("scheme", self.scheme, "is")
        if self.held:
            needs.logged("scheme", self.scheme, "held")
        if self.previous:
            needs.logged("scheme", self.scheme, "was")

    def value_of(self, row: Any, needs: Needs) -> Any:
        return needs.class_of(self.scheme, row)

    def holds(self, row: Any, needs: Needs) -> Any:
        current = self.value_of(row, needs)
        inside = current.isin(self.classes).fill_null(False)
        if self.held:
            inside &= row[needs.logged("scheme", self.scheme, "is")].isin(self.classes).fill_null(False)
            days = row[needs.logged("scheme", self.scheme, "held")]
            inside &= ordered(days, self.held.op, ibis.literal(self.held.value)).fill_null(False)
        if self.previous:
            last, was = (row[needs.logged("scheme", self.scheme, what)] for what in ("is", "was"))
            inside &= (last == current).ifelse(was, last).isin(self.previous).fill_null(False)
        return inside

    def threshold(self) -> Any:
        return self.classes


class InSegment(Node, frozen=True, tag="segment"):
    """In another segment, as it is defined now; with `held`, for so many days."""

    segment: str
    held: Held | None = None

    def check(self, path: str) -> None:
        if self.held:
            self.held.check(f"{path}.held")

    def reads(self) -> Reads:
        log = {f"segment:{self.segment}"} if self.held else set()
        return Reads(segments={self.segment}, calendar=self.held is not None, log=log)

    def need(self, needs: Needs) -> None:
        needs.segment(self.segment)
        if self.held:
            needs.logged("segment", self.segment, "held")

    def value_of(self, row: Any, needs: Needs) -> Any:
        inside = row[needs.segment(self.segment)]
        if self.held is None:
            return inside
        return inside.ifelse(row[needs.logged("segment", self.segment, "held")], ibis.null("int64"))

    def holds(self, row: Any, needs: Needs) -> Any:
        inside = row[needs.segment(self.segment)]
        if self.held:
            days = row[needs.logged("segment", self.segment, "held")]
            inside &= ordered(days, self.held.op, ibis.literal(self.held.value)).fill_null(False)
        return inside

    def threshold(self) -> Any:
        return True


class Tagged(Node, frozen=True, tag="tag"):
    """Bears the tag, however it is written."""

    tag: str

    def check(self, path: str) -> None:
        if not self.tag.strip():
            raise ConditionError(f"{path}.tag", _("缺少标签名"), _("例如 vip"))

    def reads(self) -> Reads:
        return Reads(tags={tag.key(self.tag)})

    def need(self, needs: Needs) -> None:
        needs.tag(tag.key(self.tag))

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.tag(tag.key(self.tag))]

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.value_of(row, needs)

    def threshold(self) -> Any:
        return True


class Consented(Node, frozen=True, tag="consent"):
    """The recorded word about a channel and purpose says `granted`; where none is recorded, it doesn't hold."""

    channel: str
    purpose: str = "marketing"
    granted: bool = True

    def check(self, path: str) -> None:
        for name in ("channel", "purpose"):
            if not getattr(self, name).strip():
                raise ConditionError(
                    f"{path}.{name}", _("缺少字段“{name}”"), _("例如 channel 写 email，purpose 写 marketing"), name=name
                )

    def reads(self) -> Reads:
        return Reads(consents=True)

    def need(self, needs: Needs) -> None:
        needs.consent(self.channel, self.purpose)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.consent(self.channel, self.purpose)]

    def holds(self, row: Any, needs: Needs) -> Any:
        return (self.value_of(row, needs) == ibis.literal(self.granted)).fill_null(False)

    def threshold(self) -> Any:
        return self.granted


def every(parts: list[Any]) -> Any:
    """All of them hold; of none, true."""
    return reduce(lambda one, other: one & other, parts) if parts else ibis.literal(True)


def some(parts: list[Any]) -> Any:
    """At least one holds; of none, false."""
    return reduce(lambda one, other: one | other, parts) if parts else ibis.literal(False)
