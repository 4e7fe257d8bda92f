"""Schemes: the list, one of them with its classes, and their members."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment import queries
from zhiji.flow.segment.catalogue.sentence import all_names
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.explain import presentation
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.live.up_to import up_to
from zhiji.flow.segment.models import Scheme, SchemeClass
from zhiji.flow.segment.web import pictures
from zhiji.flow.segment.web.segment_parts import pending
from zhiji.flow.segment.web.segments import frame, say_to, user_of
from zhiji.kernel import clock
from zhiji.kernel.figure import Shown
from zhiji.kernel.keyset import page


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """Every scheme with its classes, sizes and shares."""
    user = user_of(request)
    require(user, "segments:read")
    names = all_names()
    rows = [{"scheme": one, "classes": _classes(one, names, user)} for one in queries.schemes()]
    return render(request, "segment/schemes.html", {"rows": rows, **frame(user)})


def _classes(scheme: Scheme, names: Names, user: User) -> list[dict[str, Any]]:
    found = queries.classes_of(scheme, only_owner(user))
    total = sum(one.size for one in found) or 1
    return [
        {
            "row": one,
            "of": f"{scheme.key}:{one.key}",
            "sentence": say_to(user, one.condition, names) if one.condition else _("其余所有客户"),
            "share": one.size / total,
            "percent": round(one.size / total * 100),
        }
        for one in found
    ]


@require_safe
def scheme(request: HttpRequest, key: str) -> HttpResponse:
    """A scheme: classes in order, sizes, and who moved last."""
    user = user_of(request)
    require(user, "segments:read")
    found = get_object_or_404(Scheme, key=key)
    classes = _classes(found, all_names(), user)
    recent = list(queries.changes(user, scheme=found, at__gt=clock.now() - timedelta(days=30))[:10])
    names = queries.names_of([one.customer_id for one in recent], user)
    context = {
        "scheme": found,
        "classes": classes,
        "chart": _sizes_chart(found, classes),
        "chart_rows": [
            (_("类别"), _("人数")),
            *(
                ((one["row"].name, _url(found, one["row"])), Shown("class_size", one["row"].size, one["of"]))
                for one in classes
            ),
        ],
        "changes": [{**one, "name": names.get(one["customer_id"], "")} for one in presentation.changes(recent, user)],
        **frame(user, f"scheme:{key}"),
    }
    return render(request, "segment/scheme.html", context)


@require_safe
def movements(request: HttpRequest, key: str) -> HttpResponse:
    """Who is in another class than thirty days ago: the fragment that every page shows which tells of it."""
    user = user_of(request)
    require(user, "segments:read")
    found = get_object_or_404(Scheme, key=key)
    kept = figure("movements", key, clock.now(), only_owner(user))
    if kept is None:
        return pending(request)
    labels = {one.key: (one.name, one.colour) for one in found.classes.all()}
    rows = [
        (
            labels.get(source, (_("新客户"),))[0],
            labels.get(target, (target,))[0],
            Shown("class_moved", count, f"{key}:{source}:{target}"),
        )
        for source, target, count in kept.data
    ]
    context = {
        "scheme": found,
        "sankey": pictures.flows(kept.data, labels, _("新客户"), "", _moved_url(found)) if rows else None,
        "rows": [(_("从"), _("到"), _("人数")), *rows],
        "total": sum(count for *_pair, count in kept.data),
    }
    return render(request, "segment/_movements.html", context)


def _moved_url(found: Scheme) -> Callable[[str, str], str]:
    """The page of those who made a move; of newcomers there is none."""
    return lambda source, target: reverse("moved", args=[found.key, source, target]) if source else ""


def _url(found: Scheme, one: SchemeClass) -> str:
    return reverse("scheme_class", args=[found.key, one.key])


def _sizes_chart(found: Scheme, classes: list[dict[str, Any]]) -> dict[str, Any]:
    data = [
        {"value": one["row"].size, "url": _url(found, one["row"]), "itemStyle": {"color": f"${one['row'].colour}"}}
        for one in classes
    ]
    return {
        "xAxis": {"type": "category", "data": [one["row"].name for one in classes]},
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"formatter": "$big"}},
        "tooltip": {"trigger": "axis"},
        "series": [{"type": "bar", "name": _("人数"), "data": data, "barMaxWidth": 56}],
    }


@require_safe
def members(request: HttpRequest, key: str, class_key: str) -> HttpResponse:
    """The customers of a class with the reason and since when."""
    user = user_of(request)
    require(user, "segments:read")
    known = get_object_or_404(SchemeClass.objects.select_related("scheme"), scheme__key=key, key=class_key)
    (found,) = queries.sized([known], only_owner(user))
    shown = page(
        queries.classified(found, user), order=("-customer_id",), size=25, cursor=request.GET.get("cursor", "")
    )
    recall(shown.rows, clock.now(), user)
    names = queries.names_of([one.customer_id for one in shown.rows], user)
    context = {
        "one": found,
        "upto": up_to().of(f"scheme:{key}"),
        "of": f"{key}:{class_key}",
        "sentence": say_to(user, found.condition) if found.condition else _("其余所有客户"),
        "page": shown,
        "members": [
            {"row": one, "name": names.get(one.customer_id, ""), "reasons": presentation.reasons(one.why)}
            for one in shown.rows
        ],
    }
    template = "segment/_members.html" if request.headers.get("HX-Request") else "segment/scheme_class.html"
    return render(request, template, context)
