"""The list of every kind of records by API, acts on its records, and taking them back."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema
from ninja.errors import HttpError

from zhiji.access.tokens import scoped
from zhiji.kernel.registry import offered
from zhiji.kernel.shapes import Given, Problem
from zhiji.records.actions import Outcome, act_on, take_back, told
from zhiji.records.columns import Column
from zhiji.records.kind import RecordKind
from zhiji.records.listing import Listing, name_of
from zhiji.records.models import Deed

router = Router(tags=["lists"])
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
REFUSED = {403: Problem, 404: Problem, 422: Problem}


class RowOut(Schema):
    """`said` is what people call it; `values` what its columns hold: money as text, days and moments in ISO 8601."""

    id: int
    said: str
    values: dict[str, Any]


class RowPage(Schema):
    """`next` and `previous` are cursors, empty at the ends."""

    rows: list[RowOut]
    next: str
    previous: str


class Acting(Given):
    """`values` is what the act must be told, by name, as its form on the page asks it."""

    act: str = Field(max_length=60)
    ids: list[Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]] = Field(min_length=1, max_length=500)
    values: dict[str, str | int | float | bool] = Field(default_factory=dict)


class OutcomeOut(Schema):
    """How many records were changed, and how many left as they are. `deed` is what can be taken back for a day."""

    changed: int
    left: int
    deed: int | None = None

    @staticmethod
    def resolve_deed(one: Outcome) -> int | None:
        return one.deed.pk if one.deed else None


def _read(kind: RecordKind) -> Callable[..., Any]:
    def rows(
        request: HttpRequest,
        q: Annotated[str, Query(max_length=200, description=str(kind.searches))] = "",
        sort: Annotated[str, Query(pattern=f"^({'|'.join(one.key for one in kind.sorts)})$")] = kind.sorts[0].key,
        size: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str, Query(max_length=2000)] = "",
    ) -> dict[str, Any]:
        """One page of the records that the token's user may see, with all of their columns.

        The filters of the list are parameters too; a choice may be given several times.
        """
        user = scoped(request, kind.reads)
        listing = Listing(user, request.GET, [one.key for one in kind.columns], kind=kind)
        listing.refuse_unread()
        page = listing.page(size)
        found = [
            {
                "id": row.pk,
                "said": name_of(kind, row, user),
                "values": {one.key: _json(one, value) for one, value in cells},
            }
            for row, cells in listing.cells(page.rows)
        ]
        return {"rows": found, "next": page.next, "previous": page.previous}

    return rows


def _act(kind: RecordKind) -> Callable[..., Any]:
    def acted(request: HttpRequest, given: Acting) -> Outcome:
        """Do one act to several records: all that it fits, in one transaction. `act` is one of those named here."""
        act = kind.act(given.act)
        if act is None:
            raise HttpError(404, f"no act {given.act}: {', '.join(one.key for one in kind.acts)}")
        user = scoped(request, act.permission)
        return act_on(kind, act, ids=given.ids, values=told(act, user, given.values), by=user)

    acted.__doc__ = f"{acted.__doc__} {', '.join(one.key for one in kind.acts)}."
    return acted


def _json(column: Column, value: Any) -> Any:
    if value in (None, ""):
        return None
    if column.look in {"badge", "link"}:
        return str(value[0])
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | bool | list) and not isinstance(value, Decimal) else str(value)


@router.post("/deeds/{id}/undo", response={200: OutcomeOut, **REFUSED}, operation_id="undo_deed")
def undo(request: HttpRequest, id: Id) -> Outcome:
    """Give the records of a deed their former values, but for those that changed since."""
    deed = get_object_or_404(Deed, pk=id)
    kind = next((one for one in offered(RecordKind) if one.key == deed.kind), None)
    act = kind.act(deed.act) if kind else None
    if kind is None or act is None:
        raise HttpError(404, "what did this isn't at work here")
    return take_back(kind, deed, by=scoped(request, act.permission))


for one in offered(RecordKind):
    router.add_api_operation(
        f"/lists/{one.key}",
        ["GET"],
        _read(one),
        response={200: RowPage, 403: Problem, 422: Problem},
        operation_id=f"list_{one.key}_rows",
        summary=str(one.label),
        openapi_extra={"parameters": [parameter for filter in one.filters for parameter in filter.described()]},
    )
    if one.acts:
        router.add_api_operation(
            f"/lists/{one.key}/acts",
            ["POST"],
            _act(one),
            response={200: OutcomeOut, **REFUSED},
            operation_id=f"act_on_{one.key}",
        )
