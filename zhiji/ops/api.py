"""How the installation stands, for monitors and for whoever must know whether what is shown is up to date."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from zhiji.access.roles import may
from zhiji.access.tokens import scoped
from zhiji.flow.segment.definitions.set_aside import words
from zhiji.flow.segment.live.up_to import up_to
from zhiji.flow.segment.models import Build, Trouble
from zhiji.kernel import room
from zhiji.kernel.loops import Pulse, pulses
from zhiji.ops.parts import parts

router = Router(tags=["status"])


class LiveStatus(Schema):
    """Everything that came in before `caught_up_to` is in classes and segments; `behind`: by more than five seconds;
    `loop` is the one that keeps the rest waiting, empty when none does; `reason` says it in words."""

    caught_up_to: datetime | None
    lag_seconds: float | None
    behind: bool
    paused: bool
    loop: str
    reason: str


class LoopStatus(Schema):
    """A loop of the workers: seconds since its last sign of life; while it fails again and again, since when, and the
    error (for who may read settings)."""

    name: str
    well: bool
    seconds: float | None
    failing_since: datetime | None
    error: str


class AsideStatus(Schema):
    """A definition that can't be evaluated: its members are right as of `since`; it is tried again at `next_try`."""

    kind: str
    key: str
    since: datetime
    reason: str
    detail: str
    tries: int
    next_try: datetime


class BuildStatus(Schema):
    waiting: int
    running: int
    oldest_asked_at: datetime | None


class PartsStatus(Schema):
    """Facts that a stage of the pipeline couldn't take, and since when there are some; the fact names that the lake
    couldn't be given for more than a minute; the room on the disk, and whether it is too little to take anything.
    How many facts is told only to who may see them: they are of all customers."""

    facts_set_aside: int | None
    facts_set_aside_since: datetime | None
    lake_behind: dict[str, datetime]
    disk_free_bytes: int
    disk_full: bool


class StatusOut(Schema):
    now: datetime
    parts: PartsStatus
    live: LiveStatus
    builds: BuildStatus
    set_aside: list[AsideStatus]
    loops: list[LoopStatus]


@router.get("/status", response=StatusOut, operation_id="status")
def status(request: HttpRequest) -> dict[str, Any]:
    """Up to when the live classification has come, what is set aside, what is being built, how each loop is."""
    user = scoped(request, "segments:read")
    now = up_to()
    return {
        "now": now.now,
        "parts": _parts(told=may(user, "quarantine:write")),
        "live": {
            "caught_up_to": now.at,
            "lag_seconds": None if now.lag is None else round(now.lag.total_seconds(), 3),
            "behind": now.whole.behind,
            "paused": now.paused,
            "loop": now.loop if now.whole.behind else "",
            "reason": now.whole.reason,
        },
        "builds": _builds(),
        "set_aside": [_aside(one) for one in now.aside.values()],
        "loops": [_loop(one, told=may(user, "settings:read")) for one in pulses()],
    }


def _parts(*, told: bool) -> dict[str, Any]:
    now = parts()
    return {
        "facts_set_aside": now.aside if told else None,
        "facts_set_aside_since": now.aside_since if told else None,
        "lake_behind": now.lanes,
        "disk_free_bytes": room.free(),
        "disk_full": room.short(),
    }


def _builds() -> dict[str, Any]:
    going = list(Build.objects.filter(finished_at=None).order_by("pk").values_list("state", "asked_at"))
    states = [state for state, _ in going]
    return {
        "waiting": states.count(Build.State.WAITING),
        "running": states.count(Build.State.RUNNING),
        "oldest_asked_at": going[0][1] if going else None,
    }


def _aside(one: Trouble) -> dict[str, Any]:
    kind, _, key = one.of.partition(":")
    kept = ("since", "detail", "tries", "next_try")
    said = words(one.reason, one.detail)
    return {"kind": kind, "key": key, "reason": said, **{name: getattr(one, name) for name in kept}}


def _loop(one: Pulse, *, told: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "well": one.well,
        "seconds": None if one.seconds is None else round(one.seconds, 1),
        "failing_since": one.failing["since"] if one.failing else None,
        "error": one.failing["error"] if one.failing and told else "",
    }
