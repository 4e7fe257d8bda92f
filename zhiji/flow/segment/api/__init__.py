"""Segments and schemes by API, over the same queries and actions as the pages.

Condition trees are as `/conditions/schema` says.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from ninja import Field, Query, Router, Status

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import only_owner, roots_of
from zhiji.flow.segment import actions, evaluate, queries
from zhiji.flow.segment.api import answers, builds, conditions, edits, explain, figures
from zhiji.flow.segment.api.answers import Known
from zhiji.flow.segment.api.shapes import (
    Asked,
    Members,
    PreviewOut,
    SchemeChange,
    SchemeIn,
    SchemeOut,
    Schemes,
    SegmentChange,
    SegmentIn,
    SegmentKept,
    SegmentOut,
    Segments,
)
from zhiji.flow.segment.catalogue.observed_names import warnings
from zhiji.flow.segment.catalogue.sentence import sentence
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.definitions.registry import check, definitions
from zhiji.flow.segment.models import Scheme, SchemeClass, Segment
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Problem

router = Router(tags=["segments"])
router.add_router("", conditions.router)
router.add_router("", figures.router)
router.add_router("", edits.router)
router.add_router("", explain.router)
router.add_router("", builds.router)
Key = Annotated[str, Field(max_length=50)]


@router.post("/conditions/preview", response={200: PreviewOut, 422: Problem}, operation_id="preview_condition")
def preview_condition(request: HttpRequest, body: Asked) -> dict[str, Any]:
    """How many customers a condition holds for now, of those that this user may see."""
    user = scoped(request, "segments:read")
    node = parse(body.condition)
    check(node, definitions())
    refuse_hidden(body.condition, user)
    found = evaluate.preview(node, clock.now(), sample=20, ids=roots_of(only_owner(user)))
    return {
        "sentence": sentence(node, get_language() or "zh-hans"),
        "warnings": warnings(node, only_owner(user)),
        "count": found.count,
        "population": found.population,
        "sample": found.sample,
    }


@router.get("/segments", response=Segments, operation_id="list_segments")
def list_segments(request: HttpRequest, archived: bool = False) -> dict[str, Any]:
    """Every segment, by name."""
    user = scoped(request, "segments:read")
    rows = queries.sized(queries.segments(archived=archived)[:1000], only_owner(user))
    known = Known.of([f"segment:{one.key}" for one in rows])
    return {"rows": [answers.segment(one, user, known) for one in rows]}


@router.post("/segments", response={201: SegmentKept, 422: Problem}, operation_id="create_segment")
def create_segment(request: HttpRequest, body: SegmentIn) -> Any:
    """Make a segment; a worker computes its members at once."""
    by = scoped(request, "segments:write")
    made = actions.create_segment(by=by, **body.dict())
    actions.ask_build(by=by, segments=[made.key])
    return Status(201, answers.kept(made, by))


@router.get("/segments/{key}", response={200: SegmentOut, 404: Problem}, operation_id="get_segment")
def get_segment(request: HttpRequest, key: Key) -> dict[str, Any]:
    user = scoped(request, "segments:read")
    (found,) = queries.sized([get_object_or_404(Segment, key=key)], only_owner(user))
    return answers.segment(found, user)


@router.patch("/segments/{key}", response={200: SegmentKept, 404: Problem, 422: Problem}, operation_id="edit_segment")
def edit_segment(request: HttpRequest, key: Key, body: SegmentChange) -> dict[str, Any]:
    """Another condition is a new version: members stay until the worker has computed it."""
    by = scoped(request, "segments:write")
    changes = body.dict(exclude={"fire"})
    edited = actions.edit_segment(by=by, segment=get_object_or_404(Segment, key=key, archived_at=None), **changes)
    if edited.built_at is None:
        actions.ask_build(by=by, segments=[edited.key], fire=body.fire)
    return answers.kept(edited, by)


@router.delete("/segments/{key}", response={204: None, 404: Problem, 422: Problem}, operation_id="archive_segment")
def archive_segment(request: HttpRequest, key: Key) -> Any:
    """Out of use; its history stays. Refused while something refers to it."""
    by = scoped(request, "segments:write")
    actions.archive_segment(by=by, segment=get_object_or_404(Segment, key=key, archived_at=None))
    return Status(204, None)


@router.get("/segments/{key}/members", response={200: Members, 404: Problem}, operation_id="list_segment_members")
def list_segment_members(
    request: HttpRequest, key: Key, size: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str = ""
) -> dict[str, Any]:
    """The members that this user may see, newest customers first."""
    user = scoped(request, "segments:read")
    found = queries.members(get_object_or_404(Segment, key=key), user)
    return answers.members(page(found, order=("-customer_id",), size=size, cursor=cursor), f"segment:{key}", user)


@router.get("/schemes", response=Schemes, operation_id="list_schemes")
def list_schemes(request: HttpRequest) -> dict[str, Any]:
    user = scoped(request, "segments:read")
    rows = list(queries.schemes())
    known = Known.of([f"scheme:{one.key}" for one in rows])
    return {"rows": [answers.scheme(one, user, known) for one in rows]}


@router.post("/schemes", response={201: SchemeOut, 422: Problem}, operation_id="create_scheme")
def create_scheme(request: HttpRequest, body: SchemeIn) -> Any:
    """Make a scheme; a worker gives every customer a class at once."""
    by = scoped(request, "segments:write")
    made = actions.create_scheme(by=by, **body.dict())
    actions.ask_build(by=by, schemes=[made.key])
    return Status(201, answers.scheme(made, by))


@router.get("/schemes/{key}", response={200: SchemeOut, 404: Problem}, operation_id="get_scheme")
def get_scheme(request: HttpRequest, key: Key) -> dict[str, Any]:
    user = scoped(request, "segments:read")
    return answers.scheme(get_object_or_404(Scheme, key=key), user)


@router.patch("/schemes/{key}", response={200: SchemeOut, 404: Problem, 422: Problem}, operation_id="edit_scheme")
def edit_scheme(request: HttpRequest, key: Key, body: SchemeChange) -> dict[str, Any]:
    """Other classes are a new version: everyone keeps their class until the worker has computed it."""
    by = scoped(request, "segments:write")
    edited = actions.edit_scheme(by=by, scheme=get_object_or_404(Scheme, key=key), **body.dict(exclude={"fire"}))
    if edited.built_at is None:
        actions.ask_build(by=by, schemes=[edited.key], fire=body.fire)
    return answers.scheme(edited, by)


@router.get(
    "/schemes/{key}/classes/{class_key}/members",
    response={200: Members, 404: Problem},
    operation_id="list_class_members",
)
def list_class_members(
    request: HttpRequest,
    key: Key,
    class_key: Key,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """The customers of a class that this user may see."""
    user = scoped(request, "segments:read")
    found = queries.classified(get_object_or_404(SchemeClass, scheme__key=key, key=class_key), user)
    return answers.members(page(found, order=("-customer_id",), size=size, cursor=cursor), f"scheme:{key}", user)
