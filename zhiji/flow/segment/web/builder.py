"""Make and edit a segment by choosing or typing."""

import json
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhiji.access.roles import require
from zhiji.flow.segment import actions
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.models import Segment
from zhiji.flow.segment.web.live import read_json
from zhiji.flow.segment.web.segments import open_to, user_of
from zhiji.kernel.pinyin import syllables

EMPTY: dict[str, Any] = {
    "kind": "behaviour", "fact": "order_paid", "measure": "count", "property": None,
    "window": {"last": 90, "unit": "days"}, "where": [], "op": "ge", "value": 1,
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new segment; `?condition=` brings a tree along, `?copy=` that of another segment."""
    require(user_of(request), "segments:write")
    if request.method == "POST":
        return _save(request, None)
    tree = None
    with suppress(ConditionError):
        tree = read_json(request.GET.get("condition", ""))
    given = {"name": "", "description": ""}
    if copied := Segment.objects.filter(key=request.GET.get("copy", "")).first():
        open_to(user_of(request), copied.condition)
        tree = copied.condition
        given = {"name": _("%(name)s（副本）") % {"name": copied.name[:70]}, "description": copied.description}
    return _form(request, None, given, _text(tree or EMPTY), fresh=not tree)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    require(user_of(request), "segments:write")
    found = get_object_or_404(Segment, key=key, archived_at=None)
    if request.method == "POST":
        return _save(request, found)
    open_to(user_of(request), found.condition)
    return _form(request, found, {"name": found.name, "description": found.description}, _text(found.condition))


def _text(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, indent=2)


def _form(
    request: HttpRequest,
    found: Segment | None,
    given: dict[str, str],
    text: str,
    problem: str = "",
    fresh: bool = False,
) -> HttpResponse:
    context = {
        "segment": found,
        "given": given,
        "text": text,
        "fresh": fresh,
        "own": f"segment:{found.key}" if found else "",
        "fire": request.POST.get("fire") == "on",
        "problem": problem,
    }
    return render(request, "segment/form.html", context, status=422 if problem else 200)


def _save(request: HttpRequest, found: Segment | None) -> HttpResponse:
    given = {"name": request.POST.get("name", ""), "description": request.POST.get("description", "")}
    text = request.POST.get("condition", "")
    user = user_of(request)
    try:
        tree = read_json(text)
        if found is None:
            saved = actions.create_segment(by=user, key=key_for(given["name"]), condition=tree, **given)
        else:
            saved = actions.edit_segment(by=user, segment=found, condition=tree, **given)
    except ValueError as error:
        return _form(request, found, given, text, str(error))
    if saved.built_at is None:
        actions.ask_build(by=user, segments=[saved.key], fire=request.POST.get("fire") == "on")
        messages.success(request, _("已保存“%(name)s”，正在计算成员。") % {"name": saved.name})
    return redirect("segment", key=saved.key)


def key_for(name: str) -> str:
    """A free key from a name, by 拼音."""
    stem = slugify("-".join(syllables(name.strip())))[:40].strip("-") or "segment"
    taken = set(Segment.objects.filter(key__startswith=stem).values_list("key", flat=True)) | {
        "new",
        "preview",
        "values",
        "properties",
    }
    return next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if key not in taken)
