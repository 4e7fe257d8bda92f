"""Builds by API, and what a customer is in."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.segment.api import answers
from zhiji.flow.segment.api.shapes import BuildOut, Builds, MembershipsOut
from zhiji.flow.segment.models import Build
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Problem

router = Router(tags=["segments"])
Id = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/builds", response=Builds, operation_id="list_builds")
def list_builds(
    request: HttpRequest, size: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str = ""
) -> dict[str, Any]:
    """Builds, newest first, with why each waits or how it ended."""
    scoped(request, "segments:read")
    shown = page(Build.objects.all(), size=size, cursor=cursor)
    return {"rows": answers.told(shown.rows), "next": shown.next, "previous": shown.previous}


@router.get("/builds/{id}", response={200: BuildOut, 404: Problem}, operation_id="get_build")
def get_build(request: HttpRequest, id: Id) -> dict[str, Any]:
    scoped(request, "segments:read")
    return answers.told([get_object_or_404(Build, pk=id)])[0]


@router.get(
    "/customers/{customer}/memberships", response={200: MembershipsOut, 404: Problem}, operation_id="list_memberships"
)
def list_memberships(request: HttpRequest, customer: Id) -> dict[str, Any]:
    """The classes and segments that a customer is in, since when, and up to when that is known."""
    found = get_object_or_404(visible_to(scoped(request, "segments:read")), customer_id=customer)
    return answers.memberships(found.customer_id)
