"""Sources and quarantine over the API. Facts themselves go in by the tracking protocol."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiji.access.tokens import scoped
from zhiji.flow.collect.actions import aside as aside_actions
from zhiji.flow.collect.actions import quarantine as actions
from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.collect.protocol.reasons import explained
from zhiji.flow.collect.queries import aside, sources
from zhiji.flow.collect.queries import quarantine as queries
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Given

router = Router(tags=["collect"])
LARGEST = 2**63 - 1


class SourceOut(Schema):
    key: str
    name: str
    enabled: bool
    created_at: datetime
    last_fact_at: datetime | None


class QuarantinedOut(Schema):
    """`place` is where in the request, such as batch[3].timestamp; `code` stands for the reason."""

    id: int
    source: str
    at: datetime
    place: str
    code: str
    reason: str
    state: str


class QuarantinedPage(Schema):
    """`next` is the cursor of the next page, empty at the end."""

    rows: list[QuarantinedOut]
    next: str


class Replay(Given):
    """`body` is the mended event as JSON text; without it the event is tried again as it came."""

    body: str | None = Field(default=None, max_length=32_768)


class Refused(Schema):
    place: str = ""
    code: str
    reason: str


@router.get("/sources", response=list[SourceOut], summary="Sources")
def list_sources(request: HttpRequest) -> list[Source]:
    """Every source; write keys are shown on the page only."""
    scoped(request, "sources:read")
    return list(sources.sources())


@router.get("/quarantine", response=QuarantinedPage, summary="Quarantined facts")
def list_quarantined(
    request: HttpRequest,
    state: Quarantined.State = Quarantined.State.WAITING,
    source: str = "",
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, object]:
    """Facts that couldn't be taken, newest first."""
    scoped(request, "quarantine:write")
    found = page(queries.quarantined(state, source.replace("\0", "")), size=size, cursor=cursor)
    return {"rows": [_out(row) for row in found.rows], "next": found.next}


@router.post(
    "/quarantine/{id}/replay", response={200: QuarantinedOut, 409: Refused, 422: Refused}, summary="Replay a fact"
)
def replay_quarantined(request: HttpRequest, id: int, given: Replay) -> Status[object]:
    """Take a quarantined fact, mended or as it came. 422 says why it still can't be taken; 409, it is settled."""
    user = scoped(request, "quarantine:write")
    row = get_object_or_404(Quarantined.objects.select_related("source"), pk=min(max(id, 0), LARGEST))
    try:
        actions.replay(row, by=user, body=given.body)
    except actions.StillBad as error:
        return Status(422, {"place": error.place, "code": error.refusal.code, "reason": str(error)})
    except actions.Settled as error:
        return Status(409, {"code": "settled", "reason": str(error)})
    row.refresh_from_db()
    return Status(200, _out(row))


class AsideOut(Schema):
    """A fact that the pipeline's `stage` couldn't take; if `logged`, only classes and rules lack it."""

    id: int
    name: str
    occurred_at: datetime
    since: datetime
    stage: str
    logged: bool
    reason: str
    detail: str
    tries: int
    next_try: datetime


class AsidePage(Schema):
    rows: list[AsideOut]
    next: str


class Chosen(Given):
    ids: list[int] = Field(max_length=500)


class Count(Schema):
    count: int


@router.get("/set-aside", response=AsidePage, summary="Facts set aside")
def list_set_aside(
    request: HttpRequest, size: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str = ""
) -> dict[str, object]:
    """Facts that make a stage of the pipeline fail, newest first; all others go on."""
    scoped(request, "quarantine:write")
    found = page(aside.set_aside(), size=size, cursor=cursor)
    kept = ("name", "occurred_at", "since", "stage", "tries", "next_try")
    rows = [
        {
            "id": row.pk,
            "logged": row.fact_id is not None,
            "reason": aside.why(row),
            "detail": aside.detail(row),
            **{name: getattr(row, name) for name in kept},
        }
        for row in found.rows
    ]
    return {"rows": rows, "next": found.next}


@router.post("/set-aside/retry", response=Count, summary="Try set-aside facts again")
def retry_set_aside(request: HttpRequest, given: Chosen) -> dict[str, int]:
    """Have these tried again within a second."""
    return {"count": aside_actions.try_again(given.ids, by=scoped(request, "quarantine:write"))}


@router.post("/set-aside/drop", response=Count, summary="Drop set-aside facts")
def drop_set_aside(request: HttpRequest, given: Chosen) -> dict[str, int]:
    """Give these up for good."""
    return {"count": aside_actions.drop(given.ids, by=scoped(request, "quarantine:write"))}


def _out(row: Quarantined) -> dict[str, object]:
    return {
        "id": row.pk,
        "source": row.source.key,
        "at": row.at,
        "place": row.place,
        "code": row.code,
        "reason": explained(row.code, row.detail),
        "state": row.state,
    }
