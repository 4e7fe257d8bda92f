"""Builds that were asked for: all that may go together are done in one scan; each tells why it waits and how it ended.

A build is a row until it is finished, so a worker that is killed leaves it to the next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from django.db.models import Min
from django.utils.translation import gettext as _

from zhiji.flow.segment.builds.full_build import BUILDING, Built, Cancelled, How, build, target_of
from zhiji.flow.segment.builds.population_scan import MEASURES
from zhiji.flow.segment.definitions import cut_points, set_aside
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.live.batch_changes import Cause
from zhiji.flow.segment.models import Build, Segment, Trouble
from zhiji.kernel import clock
from zhiji.kernel.alone import alone
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.loops import beating, pulses
from zhiji.work.notices.telling import notify

log = structlog.get_logger()
LOOP = "builds"
EDITED, AWAY = "edited", "away"  # reasons why one begins again


@dataclass
class _Begun:
    """When this process first looked for builds."""

    at: datetime | None = None


_begun = _Begun()


def run_due(as_of: datetime) -> bool | None:
    """Do the build that waits longest, and all that may go with it. Answers whether there was one; None when another
    worker is at it.
    """
    with alone(BUILDING) as mine:
        if not mine:
            return None
        _try_again(as_of)
        under_way = Build.objects.filter(finished_at=None).order_by("pk")
        if not under_way.exists():
            return False
        publish_missing(as_of)
        waiting = list(under_way)
        first = waiting[0]
        alike = [one for one in waiting if (one.fire, one.cause) == (first.fire, first.cause)]
        run([one for one in alike if _whole(first) or not _whole(one)], as_of)
    return True


def _try_again(as_of: datetime) -> None:
    """Ask for builds of what is set aside and due to be tried again: all of it when this process has just begun."""
    due = Trouble.objects.all() if _begun.at is None else Trouble.objects.filter(next_try__lte=as_of)
    asked = _names(definitions(), Build.objects.filter(finished_at=None))
    for one in due.exclude(of__in=list(asked)):
        kind, _colon, key = one.of.partition(":")
        Build.objects.create(**{f"{kind}s": [key]}, fire=True, cause="build")
    _begun.at = as_of


def _whole(one: Build) -> bool:
    return one.segments is None and one.schemes is None


def run(rows: Sequence[Build], as_of: datetime) -> None:
    """Do these, which go together, in one scan. Who calls is `alone(BUILDING)`."""
    if not rows:
        return
    first, ids = rows[0], [one.pk for one in rows]
    under_way = Build.objects.filter(pk__in=ids, finished_at=None)
    under_way.update(state=Build.State.RUNNING, step="", share=0, reason="")

    def progress(step: str, share: float) -> None:
        if not under_way.update(step=step, share=share):
            raise Cancelled("called off")

    def wanted() -> Collection[str]:
        return _names(definitions(), under_way.all())

    late = _late(_names(definitions(), rows), as_of) if first.fire else timedelta(0)
    how = How(first.fire, cast(Cause, first.cause), progress, wanted, late)
    whole = any(map(_whole, rows))
    segments = None if whole else {key for one in rows for key in one.segments or ()}
    schemes = None if whole else {key for one in rows for key in one.schemes or ()}
    try:
        with beating(LOOP):
            built = build(how, as_of, segments=segments, schemes=schemes)
    except Cancelled:
        return
    except Exception as error:
        if of_the_house(error):
            under_way.update(state=Build.State.WAITING, reason=AWAY)
            raise
        log.exception("a build failed", builds=ids)
        _end(under_way, Build.State.FAILED, set_aside.words(set_aside.reason(error), str(error)))
        return
    for one in under_way.all():
        _finish(one, built)


def _late(names: Collection[str], as_of: datetime) -> timedelta:
    """How long ago somebody may have entered or left one of these, as it was set aside meanwhile."""
    since = Trouble.objects.filter(of__in=list(names)).aggregate(since=Min("since"))["since"]
    return as_of - since if since else timedelta(0)


def publish_missing(as_of: datetime) -> list[Build]:
    """Publish the cut points that definitions ask for and that never were: without some, a rank holds for nobody.
    Returns the builds of all that reads them, which wait."""
    known = definitions()
    reads = [*(known.reads(one.node) for one in known.segments.values()), *map(known.scheme_reads, known.schemes)]
    missing = sorted(set().union(*(one.cuts for one in reads)) - known.cuts.keys())
    if not missing:
        return []
    return cut_points.publish_now(as_of, missing if known.cuts else cut_points.names(known), by=None)[1]


def _names(known: Definitions, rows: Collection[Build]) -> Collection[str]:
    """The definitions that these build, with those that refer to them."""
    if any(_whole(one) for one in rows):
        return target_of(known, None, None)
    segments = {key for one in rows for key in one.segments or ()}
    return target_of(known, segments, {key for one in rows for key in one.schemes or ()})


def _finish(one: Build, built: Built) -> None:
    """Say how it ended; one whose definition was edited meanwhile goes on waiting, for what it is now."""
    names = set(_names(definitions(), [one]))
    counts = {key: some for key, some in built.counts.items() if key in names}
    mine = Build.objects.filter(pk=one.pk, finished_at=None)
    failed = [key for key in built.failed if key in names]
    if failed:
        _end(mine, Build.State.FAILED, _told(failed, built, whole=_whole(one)), counts)
    elif not names:
        _end(mine, Build.State.ARCHIVED, "")
    elif names & built.left and not _whole(one):
        mine.update(state=Build.State.WAITING, reason=EDITED, share=0)
    else:
        _end(mine, Build.State.DONE, "", counts)
    _tell(one)


def _tell(one: Build) -> None:
    """Whoever asked for it hears that it ended."""
    state = Build.objects.values_list("state", flat=True).get(pk=one.pk)
    if one.by_id and state in (Build.State.DONE, Build.State.FAILED):
        keys = list(one.segments or [])
        of = Segment.objects.filter(key=keys[0]).first() if len(keys) == 1 else None
        about = ("segment.segment", of.pk) if of else None
        notify(f"build {state}", [one.by_id], about, {}, key=f"build:{one.pk}")


def _end(rows: Any, state: str, reason: str, counts: dict[str, Any] | None = None) -> None:
    rows.update(state=state, reason=reason, counts=counts or {}, share=1, finished_at=clock.now())


def _told(failed: Sequence[str], built: Built, *, whole: bool) -> str:
    """What failed and why, the first of several in words."""
    known, first = definitions(), failed[0]
    kind, _colon, key = first.partition(":")
    of = known.names.segments if kind == "segment" else known.names.schemes
    names = _("客户的指标") if first == MEASURES else of.get(key, key)
    said = set_aside.words(set_aside.reason(built.failed[first]), str(built.failed[first]))
    others = _("（共 %(count)s 个算不了）") % {"count": len(failed)} if len(failed) > 1 else ""
    rest = " " + _("其余的已经算好。") if whole else ""
    return f"“{names}”{others}：{said}{rest}"


def of_archived(key: str) -> None:
    """End the builds that were of this segment alone, in the caller's transaction."""
    gone = set(Segment.objects.exclude(archived_at=None).values_list("key", flat=True)) | {key}
    for one in Build.objects.filter(finished_at=None, schemes__isnull=True, segments__contains=[key]):
        if set(one.segments or ()) <= gone:
            _end(Build.objects.filter(pk=one.pk, finished_at=None), Build.State.ARCHIVED, "")


@dataclass(frozen=True)
class Progress:
    """A build as it is shown: its state, why it waits or what came of it, and how far it is (0 to 1)."""

    state: str
    reason: str
    share: float


def progress_of(several: Sequence[Build]) -> dict[int, Progress]:
    """How builds stand, in words, by id."""
    going = [one for one in several if one.finished_at is None]
    alive = not going or any(one.name == LOOP and one.well for one in pulses())
    running = list(Build.objects.filter(finished_at=None, state=Build.State.RUNNING).values_list("pk", flat=True))
    return {one.pk: _progress(one, running, alive=alive) for one in several}


def _progress(one: Build, running: Sequence[int], *, alive: bool) -> Progress:
    if one.finished_at is not None:
        ended = {"archived": _("已归档，不再计算。"), "cancelled": _("已取消。")}
        return Progress(one.state, ended.get(one.state, one.reason), 1.0)
    if not alive:
        return Progress(one.state, _("后台工作进程没有响应，恢复后会自动接着计算。请管理员查看系统状态。"), one.share)
    if one.state == Build.State.RUNNING:
        said = _("正在写入变化……") if one.step == "swapping" else _("正在为每位客户计算……")
        return Progress(one.state, said, one.share)
    again = {EDITED: _("计算期间条件又改了，正在按新条件重算。"), AWAY: _("数据库暂时不可用，稍后自动重试。")}
    before = sum(pk < one.pk for pk in running)
    waits = _("等待前面 %(count)s 个计算完成，随后与其他等待的一起计算。") % {"count": before}
    return Progress(one.state, again.get(one.reason) or (waits if before else _("马上开始计算。")), 0.0)


def latest(names: Collection[str]) -> dict[str, Build]:
    """By definition ("segment:x", "scheme:y"), the build that is under way for it, or else the one that failed last if
    it was the last."""
    found: dict[str, Build] = {}
    for one in Build.objects.filter(finished_at=None).order_by("pk"):
        found |= {name: one for name in names if _whole(one) or name in _own(one)}
    missing = [name for name in names if name not in found]
    if len(missing) == 1:
        kind, _colon, key = missing[0].partition(":")
        last = Build.objects.filter(**{f"{kind}s__contains": [key]}).order_by("-pk").first()
        if last is not None and last.state == Build.State.FAILED:
            found[missing[0]] = last
    return found


def _own(one: Build) -> list[str]:
    """The definitions that a build was asked for."""
    return [*(f"segment:{key}" for key in one.segments or ()), *(f"scheme:{key}" for key in one.schemes or ())]
