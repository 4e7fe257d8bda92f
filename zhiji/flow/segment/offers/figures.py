"""How many customers are in what, how they moved, and since when."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.explain.member_since import standing
from zhiji.flow.segment.figures import kept_figures, moves
from zhiji.flow.segment.models import SchemeClass, Segment
from zhiji.kernel.figure import Figure


def _class_size(as_of: datetime, of: str) -> int:
    scheme, _colon, key = of.partition(":")
    return SchemeClass.objects.get(scheme__key=scheme, key=key).size


def _class_share(as_of: datetime, of: str) -> float:
    """The same as the scheme's page computes it, for one class."""
    return _class_size(as_of, of) / (_scheme_size(as_of, of.partition(":")[0]) or 1)


def _scheme_size(as_of: datetime, of: str) -> int:
    return sum(one.size for one in SchemeClass.objects.filter(scheme__key=of, position__gte=0))


def _segment_size(as_of: datetime, of: str) -> int:
    return Segment.objects.get(key=of).size


def _moves(key: str, as_of: datetime) -> list[moves.Move]:
    kept = kept_figures.figure("movements", key, as_of)
    return kept.data if kept is not None else moves.compute(key, as_of)


def _moved(as_of: datetime, of: str) -> int:
    scheme, source, target = of.split(":")
    return sum(count for one, other, count in _moves(scheme, as_of) if (one, other) == (source, target))


def _movers(as_of: datetime, of: str) -> int:
    return sum(count for *_pair, count in _moves(of, as_of))


def _since(kind: str) -> Callable[[datetime, str], Any]:
    def compute(as_of: datetime, of: str) -> datetime | None:
        key, _slash, customer = of.rpartition("/")
        found = standing(f"{kind}:{key}", int(customer), as_of)
        return found.since if found else None

    return compute


OFFERS = (
    Figure("class_size", _("类别人数"), _("现在属于这个类别的客户"), _class_size, about=_("方案:类别")),
    Figure("class_share", _("类别占比"), _("类别人数除以整个方案的人数"), _class_share, "percent", _("方案:类别")),
    Figure("scheme_size", _("方案人数"), _("方案里各类别人数之和，也就是全部客户"), _scheme_size, about=_("方案")),
    Figure("segment_size", _("客群人数"), _("现在属于这个客群的客户"), _segment_size, about=_("客群")),
    Figure(
        "class_moved",
        _("类别流动"),
        _("30 天前在前一类、现在在后一类的客户；按现在的定义判断，中间来回几次不算；前一类为空是 30 天前还不是客户"),
        _moved,
        about=_("方案:从:到"),
    ),
    Figure(
        "class_movers", _("换了类别的客户"), _("现在的类别和 30 天前不同的客户，包括新客户"), _movers, about=_("方案")
    ),
    Figure(
        "class_since",
        _("从何时起在这一类"),
        _("从这一刻起一直满足现在的定义，按行为发生的时间算；和“为什么”里的说明是同一个时刻"),
        _since("scheme"),
        "moment",
        _("方案/客户号"),
    ),
    Figure(
        "segment_since",
        _("从何时起在这个客群"),
        _("从这一刻起一直满足现在的条件，按行为发生的时间算；和“为什么”里的说明是同一个时刻"),
        _since("segment"),
        "moment",
        _("客群/客户号"),
    ),
)
