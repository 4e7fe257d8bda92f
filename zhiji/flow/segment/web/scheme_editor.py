"""Make and edit a scheme: classes in order, thresholds to drag, the population moving along, then publish."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access.roles import may, require
from zhiji.flow.segment import actions
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.definitions.classes import COLOURS
from zhiji.flow.segment.definitions.uses import uses_of
from zhiji.flow.segment.models import Scheme
from zhiji.flow.segment.web import trial as trials
from zhiji.flow.segment.web.builder import key_for
from zhiji.flow.segment.web.live import read_json
from zhiji.flow.segment.web.segments import open_to, user_of

FIRST: dict[str, Any] = {
    "kind": "behaviour", "fact": "order_paid", "measure": "sum", "property": "amount",
    "window": {"last": 365, "unit": "days"}, "where": [], "op": "ge", "value": 1000,
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    require(user_of(request), "segments:write")
    return _edited(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    require(user_of(request), "segments:write")
    found = get_object_or_404(Scheme, key=key)
    open_to(user_of(request), *(one.condition for one in found.classes.exclude(condition=None)))
    return _edited(request, found)


def _edited(request: HttpRequest, found: Scheme | None) -> HttpResponse:
    given = {
        "name": request.POST.get("name", found.name if found else ""),
        "description": request.POST.get("description", found.description if found else ""),
        "fire": request.POST.get("fire", ""),
    }
    classes: Any = actions.described(found) if found else _first_classes()
    problem = ""
    if request.method == "POST":
        try:
            classes = read_json(request.POST.get("classes", ""))
            return redirect("scheme", key=_saved(request, found, given, classes).key)
        except ValueError as error:
            problem = trials.told(error, classes) if isinstance(error, ConditionError) else str(error)
    return render(
        request,
        "segment/scheme_form.html",
        _context(request, found, given, classes, problem),
        status=422 if problem else 200,
    )


def _context(
    request: HttpRequest, found: Scheme | None, given: Mapping[str, str], classes: Any, problem: str
) -> dict[str, Any]:
    return {
        "scheme": found,
        "given": given,
        "version": found.version if found else 0,
        "classes_text": json.dumps(classes, ensure_ascii=False),
        "colours": _colours(),
        "texts": _texts(),
        "trial_url": reverse("scheme_trial", args=[found.key]) if found else reverse("scheme_trial_new"),
        "first": {"kind": "all", "of": [FIRST]},
        "sankey": trials.nothing_moves(),
        "sankey_rows": [(_("从"), _("到"), _("人数"), _("占比")), ("", "", "", "")],
        "rules": _rules(request, found),
        "problem": problem,
    }


def _rules(request: HttpRequest, found: Scheme | None) -> list[Any]:
    if found is None or not may(user_of(request), "rules:read"):
        return []
    return [use for _sort, users in uses_of("scheme", found.key)[:1] for use in users if "/rules/" in use.url]


def _saved(request: HttpRequest, found: Scheme | None, given: Mapping[str, str], classes: Any) -> Scheme:
    user = user_of(request)
    told = {"name": given["name"], "description": given["description"]}
    if found:
        if request.POST.get("version", str(found.version)) != str(found.version):
            raise ValueError(_("您打开之后有人改过这个方案。请把您的改动记下，重新打开后再发布。"))
        saved = actions.edit_scheme(by=user, scheme=found, classes=classes, **told)
    else:
        saved = actions.create_scheme(by=user, key=key_for(given["name"]), classes=classes, **told)
    if saved.built_at is None:
        actions.ask_build(by=user, schemes=[saved.key], fire=given["fire"] == "on")
        messages.success(request, _("已发布“%(name)s”，正在为每位客户归类。") % {"name": saved.name})
    else:
        messages.success(request, _("已保存“%(name)s”，没有人换类别。") % {"name": saved.name})
    return saved


@require_POST
def trial(request: HttpRequest, key: str = "") -> JsonResponse:
    """What publishing the posted classes would change; with `spreads` also how the population lies around each
    threshold. What is wrong with the classes is an answer, too: {"problem": {"place", "text"}}."""
    user = user_of(request)
    require(user, "segments:write")
    asked: dict[str, Any] = {}
    try:
        asked = read_json(request.body if request.content_type == "application/json" else "")
        asked = asked if isinstance(asked, dict) else {}
        found = trials.trial(
            key, asked.get("classes"), user, quick=bool(asked.get("quick")), spread=bool(asked.get("spreads"))
        )
    except ConditionError as error:
        text = trials.told(error, asked.get("classes"))
        return JsonResponse({"problem": {"place": trials.place_of(error), "text": text}})
    except ValueError as error:
        return JsonResponse({"problem": {"place": None, "text": str(error)}})
    shown = found.pop("shown")
    found["list"] = render_to_string("segment/_trial.html", shown, request)
    found["table"] = render_to_string("segment/_trial_table.html", shown, request)
    return JsonResponse(found)


def _texts() -> dict[str, str]:
    """What the editor's script says."""
    return {
        "name": _("类别名称"),
        "rest": _("其余所有客户"),
        "up": _("上移"),
        "down": _("下移"),
        "drag": _("拖动排序"),
        "condition": _("修改条件"),
        "fold": _("收起条件"),
        "colour": _("颜色"),
        "remove_class": _("删除类别"),
        "people": _("{n} 人"),
        "missing": _("{n} 人没有这个值"),
        "beyond": _("{n} 人在图外"),
        "threshold": _("阈值"),
        "publish": _("发布：{n} 位客户换类别"),
        "publish_new": _("发布：为 {n} 位客户归类"),
        "publish_same": _("保存（没有人换类别）"),
        "confirm_quiet": _("发布后 {n} 位客户换类别，不触发联动规则。"),
        "confirm_fire": _("发布后 {n} 位客户换类别，并触发联动规则。"),
        "fresh": _("新类别"),
        "minutes": _("分钟"),
        "hours": _("小时"),
        "days": _("天"),
        "weeks": _("周"),
        "months": _("个月"),
        "years": _("年"),
        "failed": _("没有算出来，请再试一次。"),
    }


def _first_classes() -> list[dict[str, Any]]:
    return [
        {"key": "high", "name": _("高"), "colour": "green", "condition": {"kind": "all", "of": [FIRST]}},
        {"key": "rest", "name": _("其他"), "colour": "azure", "condition": None},
    ]


def _colours() -> list[tuple[str, str]]:
    labels = {
        "blue": _("蓝"),
        "azure": _("天蓝"),
        "indigo": _("靛蓝"),
        "purple": _("紫"),
        "pink": _("粉"),
        "red": _("红"),
        "orange": _("橙"),
        "yellow": _("黄"),
        "lime": _("黄绿"),
        "green": _("绿"),
        "teal": _("青绿"),
        "cyan": _("青"),
    }
    return [(colour, labels[colour]) for colour in COLOURS]
