"""What a condition being written amounts to: its sentence or what is wrong, how many, who, why, since when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.queries import only_owner, roots_of
from zhiji.flow.segment import evaluate, queries
from zhiji.flow.segment.catalogue.observed_names import warnings
from zhiji.flow.segment.catalogue.sentence import said
from zhiji.flow.segment.conditions import ConditionError, Node, parse
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.definitions.registry import check as check_names
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.slices import answered
from zhiji.flow.segment.explain import presentation
from zhiji.flow.segment.explain.reasons import Reasons
from zhiji.flow.segment.figures import preview
from zhiji.flow.segment.figures.estimate import Estimate, estimated
from zhiji.flow.segment.web.segments import user_of
from zhiji.kernel import clock
from zhiji.kernel.given import Unfit, read, whole

SAMPLE = 8


def read_json(text: str | bytes) -> Any:
    """What a browser sent as JSON. Raises ConditionError."""
    try:
        return read(text)
    except Unfit as error:
        raise ConditionError(error.path, error.reason, _("请打开 JSON 改正")) from None


def asked(request: HttpRequest) -> tuple[Any, Node]:
    """The tree in the request and its parsed condition, checked against what there is. Raises ConditionError."""
    tree = read_json(request.POST.get("condition", ""))
    node = parse(tree)
    refuse_hidden(tree, user_of(request))
    check_names(node, definitions(), own_key=request.POST.get("own_key", ""))
    return tree, node


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """{sentence, problem, warnings}: problem is {path, reason, hint, take}, take a list of {label, path, value}."""
    user = user_of(request)
    require(user, "segments:read")
    try:
        tree, node = asked(request)
    except ConditionError as error:
        return JsonResponse({"sentence": "", "problem": _problem(error), "warnings": []})
    doubts = [
        {"path": one.path, "reason": one.text, "hint": "", "take": one.take} for one in warnings(node, only_owner(user))
    ]
    return JsonResponse({"sentence": said(tree, get_language() or "zh-hans"), "problem": None, "warnings": doubts})


def _problem(error: ConditionError) -> dict[str, Any]:
    return {"path": error.path, "reason": error.reason, "hint": error.hint, "take": error.take}


@require_POST
def count(request: HttpRequest) -> JsonResponse:
    """How many a condition holds for now, in words."""
    user = user_of(request)
    require(user, "segments:read")
    try:
        _tree, node = asked(request)
    except ConditionError:
        return JsonResponse({"text": ""})
    ids = roots_of(only_owner(user))
    about = estimated(node, clock.now(), ids)
    found = about or evaluate.preview(node, clock.now(), sample=0, ids=ids)
    text = render_to_string("segment/_count.html", {"found": found, "about": bool(about)}).strip()
    return JsonResponse({"count": found.count, "text": text})


@require_POST
def figures(request: HttpRequest) -> HttpResponse:
    """How many and which share; what takes longer (the course, who, the difference) the answer asks for.

    Of very many customers first about how many, until `exact` is asked for.
    """
    user, now = user_of(request), clock.now()
    require(user, "segments:read")
    context: dict[str, Any] = {"own": request.POST.get("own_key", "")}
    try:
        _tree, node = asked(request)
        ids = roots_of(only_owner(user))
        about = None if request.POST.get("exact") else estimated(node, now, ids)
        if about:
            context |= {"found": about, "about": True, "share": _share(about)}
        else:
            found = evaluate.preview(node, now, sample=SAMPLE, ids=ids)
            context |= {"found": found, "sample": ",".join(map(str, found.sample)), "share": _share(found)}
    except ConditionError as error:
        context["error"] = error
    return render(request, "segment/_preview.html", context)


def _share(found: evaluate.Preview | Estimate) -> float:
    return found.count / found.population if found.population else 0.0


@require_POST
def people(request: HttpRequest) -> HttpResponse:
    """Some of them (`sample`: their numbers) with the reason, as far as the user may see them."""
    user = user_of(request)
    require(user, "segments:read")
    ids = [one for text in request.POST.get("sample", "").split(",") if (one := whole(text)) is not None]
    try:
        _tree, node = asked(request)
    except ConditionError:
        return HttpResponse("")
    return render(request, "segment/_people.html", {"people": _people(node, ids[:SAMPLE], user)})


def _people(node: Node, ids: list[int], user: User) -> list[dict[str, Any]]:
    """Of these customers those whom `user` may see: name, and the leaves that decided."""
    names = queries.names_of(ids, user)
    if not names:
        return []
    known, now = definitions(), clock.now()
    statement = known.statement({"it": node}, with_leaves=True)
    reasons = Reasons(statement, answered(statement, list(names), now), known.names)
    return [
        {"id": pk, "name": names[pk], "reasons": presentation.reasons(reasons.of([node], pk))}
        for pk in sorted(names, reverse=True)
    ]


@require_POST
def trend(request: HttpRequest) -> HttpResponse:
    """How many it held for over the last 90 days, as if it had been there."""
    user = user_of(request)
    require(user, "segments:read")
    try:
        _tree, node = asked(request)
    except ConditionError:
        return HttpResponse("")
    days = preview.over_time(node, clock.now(), ids=roots_of(only_owner(user)))
    rows = [(_("日期"), _("人数")), *((str(day), size) for day, size in days)]
    context = {"chart": _trend_chart(days), "rows": rows, "first": days[0][1], "last": days[-1][1]}
    return render(request, "segment/_trend.html", context)


def _trend_chart(days: Sequence[tuple[date, int]]) -> dict[str, Any]:
    labels = [f"{day:%m-%d}" for day, _size in days]
    line = {"type": "line", "name": _("人数"), "data": [size for _day, size in days], "showSymbol": False}
    return {
        "grid": {"left": 4, "right": 4, "top": 6, "bottom": 2},
        "xAxis": {"type": "category", "data": labels, "show": False, "boundaryGap": False},
        "yAxis": {"type": "value", "show": False, "min": 0},
        "tooltip": {"trigger": "axis"},
        "series": [{**line, "areaStyle": {"opacity": 0.12}}],
    }


@require_POST
def difference(request: HttpRequest) -> HttpResponse:
    """Who would enter and leave the segment that is being edited."""
    user = user_of(request)
    require(user, "segments:read")
    key = request.POST.get("own_key", "").removeprefix("segment:")
    try:
        tree, _node = asked(request)
        found = preview.of_segment(key, tree, clock.now(), roots_of(only_owner(user)))
    except ConditionError:
        return HttpResponse("")
    names = queries.names_of([*found.entering_sample, *found.leaving_sample], user)
    context = {
        "found": found,
        "entering": [(pk, names[pk]) for pk in found.entering_sample if pk in names],
        "leaving": [(pk, names[pk]) for pk in found.leaving_sample if pk in names],
        "classes": _by_class(found),
    }
    return render(request, "segment/_difference.html", context)


def _by_class(found: preview.Difference) -> list[dict[str, Any]]:
    """The split of those who would move, by the classes they are in."""
    names = definitions().names
    return [
        {
            "scheme": names.schemes.get(scheme, scheme),
            "classes": [
                {"name": names.classes.get((scheme, key), key), "entering": came, "leaving": went}
                for key, (came, went) in classes.items()
            ],
        }
        for scheme, classes in found.by_class.items()
        if classes
    ]
