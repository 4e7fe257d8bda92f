"""Segments: the list, one of them, its archiving, and builds under way."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import Forbidden, may, require
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment import actions, queries
from zhiji.flow.segment.builds.build_queue import latest, progress_of
from zhiji.flow.segment.catalogue.observed_names import closed
from zhiji.flow.segment.catalogue.sentence import all_names, said
from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.definitions.readable import hides, untold_words
from zhiji.flow.segment.definitions.uses import uses_of
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.live.up_to import up_to
from zhiji.flow.segment.models import Build, MemberExport, Segment
from zhiji.kernel import clock


def user_of(request: HttpRequest) -> User:
    """The signed-in user: every page here needs one."""
    assert isinstance(request.user, User)  # noqa: S101 - the gate lets nobody else in
    return request.user


def say(tree: Any, names: Names | None = None) -> str:
    """The sentence in the reader's language, and which desks that are off it leans on; of a tree that won't parse any
    more, why."""
    text = said(tree, get_language() or "zh-hans", names)
    try:
        notes = closed(parse(tree))
    except ConditionError:
        return text
    return text + "".join(_("（%(note)s）") % {"note": note} for note in notes)


def say_to(user: User, tree: Any, names: Names | None = None) -> str:
    """The sentence, unless it speaks of a field that is hidden from the user."""
    return untold_words() if hides(tree, user) else say(tree, names)


def open_to(user: User, *trees: Any) -> None:
    """Refuse to open a definition for editing whose conditions speak of a field that is hidden from the user."""
    if any(hides(tree, user) for tree in trees):
        raise Forbidden(_("这里的条件用到您看不到的字段，不能打开修改；需要时请找管理员。"))


@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    """Every segment: sentence, size, trend."""
    user = user_of(request)
    require(user, "segments:read")
    owner = only_owner(user)
    found, names = queries.sized(queries.segments()[:500], owner), all_names()
    kept = figure("trends", "", clock.now(), owner)
    trends = kept.data if kept else {}
    rows = [
        {
            "segment": one,
            "sentence": say_to(user, one.condition, names),
            "spark": spark([*trends[one.key][:-1], one.size]) if one.key in trends else None,
        }
        for one in found
    ]
    return render(request, "segment/segments.html", {"rows": rows, **frame(user)})


def frame(user: User, of: str = "") -> dict[str, Any]:
    """What every page of definitions says: whether the user may write, the build that concerns it (`of` one definition,
    or of any), up to when members are right."""
    found = latest([of]).get(of) if of else queries.under_way()
    now = up_to()
    return {"may_write": may(user, "segments:write"), "upto": now.of(of) if of else now.whole, **shown(found)}


def shown(build: Build | None) -> dict[str, Any]:
    """A build and how it stands."""
    return {"build": build, "progress": progress_of([build])[build.pk] if build else None}


def spark(sizes: list[int], width: int = 96, height: int = 24) -> dict[str, Any]:
    """A sparkline's points for an SVG polyline."""
    low, high = min(sizes), max(sizes)
    step = width / max(1, len(sizes) - 1)
    points = [
        f"{index * step:.1f},{height - 2 - (size - low) / (high - low or 1) * (height - 4):.1f}"
        for index, size in enumerate(sizes)
    ]
    return {"points": " ".join(points), "change": sizes[-1] - sizes[0], "width": width, "height": height}


@require_safe
def segment(request: HttpRequest, key: str) -> HttpResponse:
    """A segment: sentence, size, what leans on it; its parts come when the page is there (segment_parts.py)."""
    user = user_of(request)
    require(user, "segments:read")
    (found,) = queries.sized([get_object_or_404(Segment, key=key)], only_owner(user))
    context = {
        "segment": found,
        "sentence": say_to(user, found.condition),
        "json": "" if hides(found.condition, user) else json.dumps(found.condition, ensure_ascii=False, indent=2),
        "uses": uses_of("segment", key) if not found.archived_at else [],
        "may_make_rules": may(user, "rules:write"),
        "may_export": may(user, "customers:export"),
        "exports": MemberExport.objects.filter(segment=found, by=user).order_by("-pk")[:3],
        **frame(user, f"segment:{key}"),
    }
    return render(request, "segment/segment.html", context)


@require_POST
def archive(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Segment, key=key)
    try:
        actions.archive_segment(by=user_of(request), segment=found)
    except actions.InUse as error:
        messages.error(request, str(error))
        return redirect("segment", key=key)
    messages.success(request, _("已归档“%(name)s”。") % {"name": found.name})
    return redirect("segments")


@require_safe
def build_state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a build is; once it is done the page is loaded anew."""
    return _state(request, pk)


def _state(request: HttpRequest, pk: int) -> HttpResponse:
    require(user_of(request), "segments:read")
    found = get_object_or_404(Build, pk=pk)
    response = render(
        request, "segment/_build.html", {**shown(found), "may_write": may(user_of(request), "segments:write")}
    )
    if found.finished_at is not None and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def build_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Build, pk=pk)
    actions.cancel_build(by=user_of(request), build=found)
    return _state(request, pk)
