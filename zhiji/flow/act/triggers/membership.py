"""Triggers of classes and segments: a customer enters or leaves."""

from collections.abc import Iterator
from typing import ClassVar

import msgspec
import orjson
from django.utils.translation import gettext as _

from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.wording import Names
from zhiji.flow.segment.live.batch_changes import Change
from zhiji.kernel.listing import listed


class _ClassChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the scheme, the class that is entered or left (their keys)."""

    clock_driven: ClassVar[bool] = False
    scheme: str
    class_: str = msgspec.field(name="class")

    def fires(self, change: Change) -> bool:
        raise NotImplementedError

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """One per change of the batch that fits; `why` holds the change's own reasons."""
        for change in moment.changes:
            if change.scheme_key == self.scheme and change.at >= moment.enabled_at and self.fires(change):
                yield _candidate(
                    f"class:{self.scheme}:{change.from_class}>{change.to_class}",
                    change,
                    moment,
                    **{"from": change.from_class, "to": change.to_class},
                )

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when there is no such class."""
        if self.scheme not in names.schemes:
            known = listed(names.schemes) or "—"
            raise ValueError(_("没有分类方案「%(key)s」；可选：%(known)s") % {"key": self.scheme, "known": known})
        if (self.scheme, self.class_) not in names.classes:
            known = listed(key for scheme, key in names.classes if scheme == self.scheme)
            raise ValueError(
                _("方案「%(scheme)s」没有类别「%(key)s」；可选：%(known)s")
                % {"scheme": self.scheme, "key": self.class_, "known": known}
            )

    def _said(self, names: Names) -> dict[str, str]:
        return {"scheme": names.scheme(self.scheme), "class": names.scheme_class(self.scheme, self.class_)}


class ClassEntered(_ClassChange, tag_field="kind", tag="class_entered", frozen=True):
    def fires(self, change: Change) -> bool:
        return change.to_class == self.class_ and change.from_class != self.class_

    def sentence(self, names: Names) -> str:
        return _("客户进入%(scheme)s「%(class)s」类") % self._said(names)


class ClassLeft(_ClassChange, tag_field="kind", tag="class_left", frozen=True):
    def fires(self, change: Change) -> bool:
        return change.from_class == self.class_ and change.to_class != self.class_

    def sentence(self, names: Names) -> str:
        return _("客户离开%(scheme)s「%(class)s」类") % self._said(names)


class _SegmentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clock_driven: ClassVar[bool] = False
    wanted: ClassVar[bool]
    segment: str

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """One per change of the batch that fits; `why` holds the change's own reasons."""
        for change in moment.changes:
            fits = change.segment_key == self.segment and change.entered is self.wanted
            if fits and change.at >= moment.enabled_at:
                way = "entered" if self.wanted else "left"
                yield _candidate(f"segment:{self.segment}:{way}", change, moment, segment=self.segment, way=way)

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when there is no such segment."""
        if self.segment not in names.segments:
            known = listed(names.segments) or "—"
            raise ValueError(_("没有客群「%(key)s」；可选：%(known)s") % {"key": self.segment, "known": known})


class SegmentEntered(_SegmentChange, tag_field="kind", tag="segment_entered", frozen=True):
    wanted: ClassVar[bool] = True

    def sentence(self, names: Names) -> str:
        return _("客户进入客群「%(segment)s」") % {"segment": names.segment(self.segment)}


class SegmentLeft(_SegmentChange, tag_field="kind", tag="segment_left", frozen=True):
    wanted: ClassVar[bool] = False

    def sentence(self, names: Names) -> str:
        return _("客户离开客群「%(segment)s」") % {"segment": names.segment(self.segment)}


def _candidate(occasion: str, change: Change, moment: Moment, **why: object) -> Candidate:
    return Candidate(
        customer_id=change.customer_id,
        occasion=f"{occasion}:{change.at.isoformat()}",
        at=change.at,
        why={**why, "cause": change.cause, "because": orjson.loads(change.why)},
        chain=moment.chains.get(change.customer_id, ()) if change.cause in ("fact", "attribute") else (),
        late=change.late,
    )
