"""Segments and schemes by API, over the same queries and actions as the pages.

Condition trees are as `/conditions/schema` says.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from ninja import Field, Query, Router, Status

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.segment import actions, evaluate, queries
from zhiji.flow.segment.api import conditions, edits, explain, figures
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
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.models import Classification, Scheme, SchemeClass, Segment, SegmentMembership
from zhiji.flow.segment.recall import recall
from zhiji.flow.segment.seen import warnings
from zhiji.flow.segment.sentence import all_names, sentence
from zhiji.flow.segment.world import check, definitions
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Problem

router = Router(tags=["segments"])
router.add_router("", conditions.router)
router.add_router("", figures.router)
router.add_router("", edits.router)
router.add_router("", explain.router)
Key = Annotated[str, Field(max_length=50)]


@router.post("/conditions/preview", response={200: PreviewOut, 422: Problem}, operation_id="preview_condition")
def preview_condition(request: HttpRequest, body: Asked) -> dict[str, Any]:
    """How many customers a condition holds for now."""
    user = scoped(request, "segments:read")
    node = parse(body.condition)
    check(node, definitions())
    found = evaluate.preview(node, clock.now(), sample=20)
    seen = set(visible_to(user).filter(customer_id__in=found.sample).values_list("customer_id", flat=True))
    sample = [one for one in found.sample if one in seen]
    return {
        "sentence": sentence(node, get_language() or "zh-hans"),
        "warnings": warnings(node),
        "count": found.count,
        "population": found.population,
        "sample": sample,
    }


@router.get("/segments", response=Segments, operation_id="list_segments")
def list_segments(request: HttpRequest, archived: bool = False) -> dict[str, Any]:
    """Every segment, by name."""
    scoped(request, "segments:read")
    names = all_names()
    return {"rows": [_segment(one, names) for one in queries.segments(archived=archived)[:1000]]}


@router.post("/segments", response={201: SegmentKept, 422: Problem}, operation_id="create_segment")
def create_segment(request: HttpRequest, body: SegmentIn) -> Any:
    """Make a segment; a worker computes its members at once."""
    by = scoped(request, "segments:write")
    made = actions.create_segment(by=by, **body.dict())
    actions.ask_build(by=by, segments=[made.key])
    return Status(201, _kept(made))


@router.get("/segments/{key}", response={200: SegmentOut, 404: Problem}, operation_id="get_segment")
def get_segment(request: HttpRequest, key: Key) -> dict[str, Any]:
    scoped(request, "segments:read")
    return _segment(get_object_or_404(Segment, key=key), all_names())


@router.patch("/segments/{key}", response={200: SegmentKept, 404: Problem, 422: Problem}, operation_id="edit_segment")
def edit_segment(request: HttpRequest, key: Key, body: SegmentChange) -> dict[str, Any]:
    """Another condition is a new version: members stay until the worker has computed it."""
    by = scoped(request, "segments:write")
    changes = body.dict(exclude={"fire"})
    edited = actions.edit_segment(by=by, segment=get_object_or_404(Segment, key=key, archived_at=None), **changes)
    if edited.built_at is None:
        actions.ask_build(by=by, segments=[edited.key], fire=body.fire)
    return _kept(edited)


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
    return _members(page(found, order=("-customer_id",), size=size, cursor=cursor))


@router.get("/schemes", response=Schemes, operation_id="list_schemes")
def list_schemes(request: HttpRequest) -> dict[str, Any]:
    scoped(request, "segments:read")
    names = all_names()
    return {"rows": [_scheme(one, names) for one in queries.schemes()]}


@router.post("/schemes", response={201: SchemeOut, 422: Problem}, operation_id="create_scheme")
def create_scheme(request: HttpRequest, body: SchemeIn) -> Any:
    """Make a scheme; a worker gives every customer a class at once."""
    by = scoped(request, "segments:write")
    made = actions.create_scheme(by=by, **body.dict())
    actions.ask_build(by=by, schemes=[made.key])
    return Status(201, _scheme(made, all_names()))


@router.get("/schemes/{key}", response={200: SchemeOut, 404: Problem}, operation_id="get_scheme")
def get_scheme(request: HttpRequest, key: Key) -> dict[str, Any]:
    scoped(request, "segments:read")
    return _scheme(get_object_or_404(Scheme, key=key), all_names())


@router.patch("/schemes/{key}", response={200: SchemeOut, 404: Problem, 422: Problem}, operation_id="edit_scheme")
def edit_scheme(request: HttpRequest, key: Key, body: SchemeChange) -> dict[str, Any]:
    """Other classes are a new version: everyone keeps their class until the worker has computed it."""
    by = scoped(request, "segments:write")
    edited = actions.edit_scheme(by=by, scheme=get_object_or_404(Scheme, key=key), **body.dict(exclude={"fire"}))
    if edited.built_at is None:
        actions.ask_build(by=by, schemes=[edited.key], fire=body.fire)
    return _scheme(edited, all_names())


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
    return _members(page(found, order=("-customer_id",), size=size, cursor=cursor))


def _members(shown: Any) -> dict[str, Any]:
    rows: list[SegmentMembership | Classification] = shown.rows
    recall(rows, clock.now())
    return {
        "rows": [{"customer_id": one.customer_id, "since": one.since, "why": one.why} for one in rows],
        "next": shown.next,
        "previous": shown.previous,
    }


def _kept(one: Segment) -> dict[str, Any]:
    return {**_segment(one, all_names()), "warnings": warnings(parse(one.condition))}


def _segment(one: Segment, names: Any) -> dict[str, Any]:
    kept = ("key", "name", "description", "condition", "version", "size", "built_at", "archived_at")
    return {
        **{name: getattr(one, name) for name in kept},
        "sentence": sentence(one.condition, "zh-hans", names),
        "sentence_en": sentence(one.condition, "en", names),
    }


def _scheme(one: Scheme, names: Any) -> dict[str, Any]:
    kept = ("key", "name", "description", "version", "built_at")
    classes = [
        {
            **{name: getattr(row, name) for name in ("key", "name", "colour", "condition", "size")},
            "sentence": None if row.condition is None else sentence(row.condition, "zh-hans", names),
        }
        for row in queries.classes_of(one)
    ]
    return {**{name: getattr(one, name) for name in kept}, "classes": classes}
