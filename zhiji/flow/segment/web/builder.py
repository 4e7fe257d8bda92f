"""Make and edit a segment by choosing, with the count and a sample beside it."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from pypinyin import lazy_pinyin

from zhiji.access.roles import require
from zhiji.flow.segment import actions, catalogue, evaluate, queries
from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.models import Segment
from zhiji.flow.segment.web.segments import say, user_of
from zhiji.flow.segment.world import check, definitions
from zhiji.kernel import clock

EMPTY: dict[str, Any] = {
    "kind": "all",
    "of": [
        {
            "kind": "behaviour", "fact": "order_paid", "measure": "count", "property": None,
            "window": {"last": 90, "unit": "days"}, "where": [], "op": "ge", "value": 1,
        }
    ],
}  # fmt: skip


def new(request: HttpRequest) -> HttpResponse:
    """The form of a new segment; `?condition=` brings a tree along."""
    require(user_of(request), "segments:write")
    if request.method == "POST":
        return _save(request, None)
    tree = _read(request.GET.get("condition", "")) or EMPTY
    return _form(request, None, {"name": "", "description": ""}, tree)


def edit(request: HttpRequest, key: str) -> HttpResponse:
    require(user_of(request), "segments:write")
    found = get_object_or_404(Segment, key=key, archived_at=None)
    if request.method == "POST":
        return _save(request, found)
    return _form(request, found, {"name": found.name, "description": found.description}, found.condition)


def _form(
    request: HttpRequest, found: Segment | None, given: dict[str, str], tree: Any, problem: str = ""
) -> HttpResponse:
    context = {
        "segment": found,
        "given": given,
        "tree": tree,
        "tree_text": json.dumps(tree, ensure_ascii=False, indent=2),
        "catalogue": catalogue.everything(),
        "texts": texts(),
        "urls": {"properties": reverse("segment_properties"), "values": reverse("segment_values")},
        "problem": problem,
    }
    return render(request, "segment/form.html", context, status=422 if problem else 200)


def _save(request: HttpRequest, found: Segment | None) -> HttpResponse:
    given = {"name": request.POST.get("name", ""), "description": request.POST.get("description", "")}
    tree = _read(request.POST.get("condition", ""))
    user = user_of(request)
    try:
        if tree is None:
            raise ConditionError("$", _("条件不是有效的 JSON"), _("请在下方 JSON 中改正"))
        if found is None:
            saved = actions.create_segment(by=user, key=key_for(given["name"]), condition=tree, **given)
        else:
            saved = actions.edit_segment(by=user, segment=found, condition=tree, **given)
    except ValueError as error:
        return _form(request, found, given, tree or EMPTY, str(error))
    if saved.built_at is None:
        actions.ask_build(by=user, segments=[saved.key], fire=request.POST.get("fire") == "on")
        messages.success(request, _("已保存“%(name)s”，正在计算成员。") % {"name": saved.name})
    return redirect("segment", key=saved.key)


def key_for(name: str) -> str:
    """A free key from a name, by 拼音."""
    stem = slugify("-".join(lazy_pinyin(name.strip())))[:40].strip("-") or "segment"
    taken = set(Segment.objects.filter(key__startswith=stem).values_list("key", flat=True)) | {
        "new",
        "preview",
        "values",
        "properties",
    }
    return next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if key not in taken)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The sentence, how many it holds for, and some of them; or what is wrong and where."""
    user = user_of(request)
    require(user, "segments:read")
    context: dict[str, Any] = {}
    try:
        tree = _read(request.POST.get("condition", ""))
        if tree is None:
            raise ConditionError("$", _("条件不是有效的 JSON"), "")
        known = definitions()
        node = parse(tree)
        check(node, known, own_key=request.POST.get("own_key", ""))
        found = evaluate.preview(node, clock.now(), sample=8)
        share = found.count / found.population if found.population else 0
        names = queries.names_of(found.sample, user)
        context = {"sentence": say(tree), "found": found, "share": share, "names": sorted(names.items(), reverse=True)}
    except ConditionError as error:
        context = {"error": error}
    return render(request, "segment/_preview.html", context)


def properties(request: HttpRequest) -> HttpResponse:
    """A fact's properties, for the builder: [[key, label, type]]."""
    require(user_of(request), "segments:read")
    found = catalogue.properties(request.GET.get("fact", ""))
    return JsonResponse([[one.key, one.label, one.type] for one in found], safe=False)


def values(request: HttpRequest) -> HttpResponse:
    """The values a property most often had lately, for the builder."""
    require(user_of(request), "segments:read")
    return JsonResponse(catalogue.values(request.GET.get("fact", ""), request.GET.get("property", "")), safe=False)


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def texts() -> dict[str, str]:
    """What the builder's script says."""
    return {
        "all": _("满足全部"),
        "any": _("满足任一"),
        "is": _("满足"),
        "not": _("不满足"),
        "add": _("添加条件"),
        "group": _("添加一组"),
        "remove": _("删除"),
        "behaviour": _("做过的事"),
        "recency": _("距上次多久"),
        "attribute": _("客户资料"),
        "score": _("RFM 得分"),
        "rank": _("排名"),
        "class": _("类别"),
        "segment": _("客群"),
        "tag": _("标签"),
        "ever": _("累计"),
        "last": _("近"),
        "where": _("加筛选"),
        "of": _("的"),
        "value": _("值"),
        "several": _("多个值用逗号分开"),
        "yes": _("是"),
        "no": _("否"),
        "ago": _("距今"),
        "empty_group": _("这一组还没有条件"),
    }
