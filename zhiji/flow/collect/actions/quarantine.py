"""Read, mend and replay what couldn't be taken, through the same checks as everything else."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from django.db import DataError, transaction
from django.utils.translation import gettext as _

from zhiji.access import privacy
from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.models import Quarantined
from zhiji.flow.collect.protocol.beside import identified
from zhiji.flow.collect.protocol.reasons import Refusal, explained
from zhiji.flow.collect.protocol.rows import Reader
from zhiji.flow.collect.protocol.shape import EVENT_LIMIT, Event, read_event
from zhiji.flow.collect.queries.sources import names
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record

State = Quarantined.State


class StillBad(ValueError):
    """It can't be taken this way either. `place` and the message say where and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(explained(refusal.code, refusal.detail))
        self.refusal = refusal
        self.place = refusal.place


class Settled(ValueError):
    """Somebody replayed or discarded it in the meantime."""


@dataclass(frozen=True)
class Replayed:
    """What a bulk replay did."""

    taken: int
    still_bad: int


def body_of(row: Quarantined, *, by: User | None) -> str:
    """The event as it came, which may hold contact values; leaves an audit line."""
    require(by, "quarantine:write")
    audit("quarantined event read", row, by=by)
    return privacy.unseal(bytes(row.body), "quarantine").decode(errors="replace")


@transaction.atomic
def replay(row: Quarantined, *, by: User | None, body: str | None = None) -> None:
    """Take the event, as it is or as mended in `body`. Raises StillBad or Settled; then nothing has changed."""
    require(by, "quarantine:write")
    row = _locked(row)
    mended = body is not None
    text = body.encode() if body is not None else privacy.unseal(bytes(row.body), "quarantine")
    try:
        fact, *more = _facts(row, text)
        with transaction.atomic():
            record([fact, *more])
    except Refusal as refusal:
        raise StillBad(refusal) from None
    except DataError as error:
        raise StillBad(Refusal("", "refused", str(error).split("\n", 1)[0])) from None
    _settle(row, State.REPLAYED)
    audit("quarantined fact replayed", row, by=by, mended=mended, name=fact.name)


def replay_many(ids: Sequence[int], *, by: User | None) -> Replayed:
    """Replay each as it came; those still bad go on waiting, with their present reason."""
    require(by, "quarantine:write")
    taken = still_bad = 0
    for row in Quarantined.objects.filter(pk__in=ids, state=State.WAITING).order_by("id"):
        try:
            replay(row, by=by)
            taken += 1
        except StillBad as error:
            still_bad += 1
            Quarantined.objects.filter(pk=row.pk).update(code=error.refusal.code, detail=error.refusal.detail)
        except Settled:
            continue
    return Replayed(taken, still_bad)


@transaction.atomic
def discard(ids: Sequence[int], *, by: User | None) -> int:
    """Give up on these; they stay readable. Returns how many were waiting."""
    require(by, "quarantine:write")
    rows = list(
        Quarantined.objects.select_for_update(of=("self",)).filter(pk__in=ids, state=State.WAITING).order_by("id")
    )
    for row in rows:
        _settle(row, State.DISCARDED)
        audit("quarantined fact discarded", row, by=by)
    return len(rows)


def _locked(row: Quarantined) -> Quarantined:
    locked = Quarantined.objects.select_for_update(of=("self",)).select_related("source").get(pk=row.pk)
    if locked.state != State.WAITING:
        raise Settled(_("它已经被处理过了"))
    return locked


def _facts(row: Quarantined, text: bytes) -> list[NewFact]:
    """The fact of an event, and what it says of its customer in its context. Raises Refusal."""
    if len(text) > EVENT_LIMIT:
        raise Refusal("", "too_big", str(EVENT_LIMIT))
    event = read_event(text)
    event.messageId = event.messageId or f"quarantined:{row.pk}"
    reader = Reader(row.source_id, names(), row.at, row.sent_at)
    facts = [_fact(row, event, reader)]
    for _position, call in identified(row.source_id, None, [event]):
        with suppress(Refusal):
            facts.append(_fact(row, call, reader))
    return facts


def _fact(row: Quarantined, event: Event, reader: Reader) -> NewFact:
    key = event.messageId or f"quarantined:{row.pk}"
    return NewFact(source_id=row.source_id, scope=f"source:{row.source_id}", key=key, **reader.fact(event))


def _settle(row: Quarantined, state: str) -> None:
    row.state = state
    row.settled_at = clock.now()
    row.save(update_fields=["state", "settled_at"])


def pretty(text: str) -> str:
    """JSON laid out for reading; anything else as it is."""
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, RecursionError):
        return text
