"""Segments: the list, one of them, its archiving, and builds under way."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.segment import actions, queries, told
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.models import Build, Segment
from zhiji.flow.segment.recall import recall
from zhiji.flow.segment.sentence import all_names, sentence
from zhiji.kernel import clock
from zhiji.kernel.keyset import page


def user_of(request: HttpRequest) -> User:
    """The signed-in user: every page here needs one."""
    assert isinstance(request.user, User)  # noqa: S101 - the gate lets nobody else in
    return request.user


def say(tree: Any, names: Names | None = None) -> str:
    """The sentence in the reader's language; of a tree that won't parse any more, why."""
    try:
        return sentence(tree, get_language() or "zh-hans", names)
    except ConditionError as error:
        return str(error)


def segments(request: HttpRequest) -> HttpResponse:
    """Every segment: sentence, size, trend."""
    user = user_of(request)
    require(user, "segments:read")
    found, names = list(queries.segments()[:500]), all_names()
    trend = queries.sizes([one.pk for one in found], clock.now())
    rows = [
        {"segment": one, "sentence": say(one.condition, names), "spark": spark(trend[one.pk].sizes)} for one in found
    ]
    return render(request, "segment/segments.html", {"rows": rows, **_frame(user)})


def _frame(user: User) -> dict[str, Any]:
    return {"may_write": may(user, "segments:write"), "build": queries.under_way()}


def spark(sizes: list[int], width: int = 96, height: int = 24) -> dict[str, Any]:
    """A sparkline's points for an SVG polyline."""
    low, high = min(sizes), max(sizes)
    step = width / max(1, len(sizes) - 1)
    points = [
        f"{index * step:.1f},{height - 2 - (size - low) / (high - low or 1) * (height - 4):.1f}"
        for index, size in enumerate(sizes)
    ]
    return {"points": " ".join(points), "change": sizes[-1] - sizes[0], "width": width, "height": height}


def segment(request: HttpRequest, key: str) -> HttpResponse:
    """A segment: sentence, size over time, members with the reason, who came and went."""
    user = user_of(request)
    require(user, "segments:read")
    found = get_object_or_404(Segment, key=key)
    shown = page(queries.members(found, user), order=("-customer_id",), size=25, cursor=request.GET.get("cursor", ""))
    recent = list(queries.changes(user, segment=found)[:20])
    recall(shown.rows, clock.now())
    names = queries.names_of([*(one.customer_id for one in shown.rows), *(one.customer_id for one in recent)], user)
    trend = queries.sizes([found.pk], clock.now(), 90)[found.pk]
    context = {
        "segment": found,
        "sentence": say(found.condition),
        "json": json.dumps(found.condition, ensure_ascii=False, indent=2),
        "page": shown,
        "members": [
            {"row": one, "name": names.get(one.customer_id, ""), "reasons": told.reasons(one.why)} for one in shown.rows
        ],
        "changes": [{**told.change(one), "name": names.get(one.customer_id, "")} for one in recent],
        "chart": _size_chart(trend),
        "chart_rows": [
            (_("日期"), _("人数")),
            *((str(day), size) for day, size in zip(trend.days, trend.sizes, strict=True)),
        ],
        **_frame(user),
    }
    template = "segment/_members.html" if request.headers.get("HX-Request") else "segment/segment.html"
    return render(request, template, context)


def _size_chart(trend: queries.Sizes) -> dict[str, Any]:
    return {
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in trend.days], "boundaryGap": False},
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"formatter": "$big"}},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "line",
                "name": _("人数"),
                "data": trend.sizes,
                "showSymbol": False,
                "areaStyle": {"opacity": 0.12},
            }
        ],
    }


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


@require_POST
def build_all(request: HttpRequest) -> HttpResponse:
    """Have everything built anew."""
    actions.ask_build(by=user_of(request), cause="build")
    return redirect("schemes" if request.POST.get("next") == "/schemes/" else "segments")


def build_state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a build is; once it is done the page is loaded anew."""
    require(user_of(request), "segments:read")
    found = get_object_or_404(Build, pk=pk)
    response = render(
        request, "segment/_build.html", {"build": found, "may_write": may(user_of(request), "segments:write")}
    )
    if found.finished_at is not None and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def build_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Build, pk=pk)
    actions.cancel_build(by=user_of(request), build=found)
    return build_state(request, pk)
