"""Lanes of the lake: each fact name is written by itself where it must be, so that one that can't keeps no other back.

As long as all is well every append holds all names and one mark says how far it has come. A name that can't be written
goes apart: the table has a mark of its own for it (Delta's application transaction `zhiji.lake/<name>`, in the same
commits as the rows), and a row of `Lane` says since when and why. What it lacks is read from the log meanwhile. It is
tried again with growing pauses; when it has what the others have, it is TOGETHER with them again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog
from deltalake import DeltaTable

from zhiji.kernel.culprits import next_try, said
from zhiji.kernel.models import Lane

log = structlog.get_logger()
APP = "zhiji.lake"
SOME = "zhiji.lake apart"  # 1 where some lane may be apart: who reads asks no further where none is
TOGETHER = -1
Marks = Mapping[str, int]


def mark_of(name: str) -> str:
    """The application transaction of a lane."""
    return f"{APP}/{name}"


def own_mark(table: DeltaTable | None, name: str) -> int | None:
    """The last fact id that the table has of a lane that is apart; None of one that is with the others."""
    if table is None:
        return None
    found = table.transaction_version(mark_of(name))
    return None if found is None or found == TOGETHER else found


def apart(table: DeltaTable | None, names: Iterable[str]) -> dict[str, int]:
    """Those of these names that are apart, with their marks."""
    if table is None or not table.transaction_version(SOME):
        return {}
    return {name: mark for name in names if (mark := own_mark(table, name)) is not None}


def remember(names: Iterable[str], now: datetime) -> None:
    """See that lanes that the table has apart are tried again, whatever was lost of that."""
    for name in names:
        Lane.objects.get_or_create(name=name, defaults={"since": now, "detail": "", "tries": 0, "next_try": now})


def forget(names: Iterable[str]) -> None:
    """These are with the others again."""
    Lane.objects.filter(name__in=list(names)).delete()


def failed(name: str, error: Exception, now: datetime) -> None:
    """A lane can't be written: since when, why, and when it is tried again."""
    log.error("the lake can't be given a fact name", name=name, exc_info=error)
    known = Lane.objects.filter(name=name).first() or Lane(name=name, since=now, tries=0)
    known.detail, known.tries = said(error), known.tries + 1
    known.next_try = next_try(known.tries, now)
    known.save()


def due(now: datetime) -> list[str]:
    """The lanes to be tried again now."""
    return list(Lane.objects.filter(next_try__lte=now).order_by("next_try").values_list("name", flat=True))
