"""Up to when classes and segments are right, and why no further: whoever shows members says it with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhiji.flow.segment.definitions.set_aside import words
from zhiji.flow.segment.live.classify_stage import PAUSED, TICK
from zhiji.flow.segment.models import Trouble
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark
from zhiji.kernel.waiting import waiting
from zhiji.kernel.written import written_once

BEHIND = timedelta(seconds=5)  # from which on it is said; it is right within one
EDGES = "following"  # the loop that also looks for passed edges, twice a second


@dataclass(frozen=True)
class Standing:
    """Members are right as of `at` (None: never yet); if that is `behind`, why, and what an administrator can use."""

    at: datetime | None
    behind: bool = False
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class UpTo:
    """Up to when the live classification has come: what came in before `at` is in. `loop` is the one that is behind."""

    now: datetime
    at: datetime | None
    loop: str
    paused: bool
    aside: Mapping[str, Trouble]

    @property
    def lag(self) -> timedelta | None:
        return None if self.at is None else self.now - self.at

    @property
    def behind(self) -> bool:
        return self.at is None or self.now - self.at > BEHIND

    def aside_of(self, name: str) -> Standing | None:
        """Why a definition isn't kept up; None when it is."""
        return self.of(name) if name in self.aside else None

    def of(self, name: str) -> Standing:
        """How a definition ("segment:x", "scheme:y") stands."""
        trouble = self.aside.get(name)
        if trouble is not None:
            why = {"at": told(trouble.since), "why": words(trouble.reason, trouble.detail)}
            return Standing(
                trouble.since, behind=True, reason=_("自 %(at)s 起没有更新：%(why)s") % why, detail=trouble.detail
            )
        return self.whole

    @property
    def whole(self) -> Standing:
        """How all those stand that aren't set aside."""
        if self.paused:
            return Standing(self.at, behind=True, reason=_("首次载入还没有完成，完成后再开始实时更新。"))
        if self.at is None:
            return Standing(None, behind=True, reason=_("还没有开始实时分类：后台工作进程没有运行。"))
        if not self.behind:
            return Standing(self.at)
        return Standing(
            self.at, behind=True, reason=_("只算到 %(at)s，之后的行为还没有反映在这里。") % {"at": told(self.at)}
        )


def told(at: datetime) -> str:
    """A moment as it stands in a sentence."""
    return f"{at.astimezone(clock.zone()):%Y-%m-%d %H:%M:%S}"


def up_to() -> UpTo:
    """Up to when it has come, now."""
    now, facts = clock.now(), waiting()
    marks = dict(_marks())
    aside = {one.of: one for one in _troubles()}
    tick = marks.get(TICK)
    if tick is None:
        return UpTo(now, None, facts.loop or EDGES, PAUSED in marks, aside)
    since_tick = max(0.0, (now - tick).total_seconds())
    lag, loop = max((facts.pipeline, "pipeline"), (facts.following, EDGES), (since_tick, EDGES))
    return UpTo(now, now - timedelta(seconds=lag), loop, PAUSED in marks, aside)


@written_once
def _marks() -> QuerySet[Watermark, tuple[str, datetime | None]]:
    return Watermark.objects.filter(name__in=(TICK, PAUSED)).values_list("name", "at")


@written_once
def _troubles() -> QuerySet[Trouble]:
    return Trouble.objects.all()
