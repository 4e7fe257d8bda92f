"""Make and change a rule: the form, its live sentence, one more step."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.act import actions
from zhiji.flow.act.actions import RuleRefused, definition_of
from zhiji.flow.act.definition import Definition, checked
from zhiji.flow.act.models import Rule
from zhiji.flow.act.sentence import told
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import names
from zhiji.flow.act.web.flow import preview_notes
from zhiji.flow.act.web.forms import Draft, block, read, shown
from zhiji.kernel.given import whole

PLACES = ("name", "trigger", "audience", "steps", "holdout", "reentry_days", "grace_hours", "goal", "key")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty form; a POST makes the rule, switched off, and shows it."""
    user = _user(request)
    require(user, "rules:write")
    if request.method != "POST":
        return _form(request, None, Draft(_start(request)))
    draft = read(request.POST)
    if not draft.problems:
        try:
            rule = actions.create_rule(by=user, **draft.definition.__dict__)
        except RuleRefused as refused:
            draft.problems.update(refused.problems)
        else:
            messages.success(request, _("已保存「%(name)s」。现在是关闭的，看过流程后再打开。") % {"name": rule.name})
            return redirect("rule", rule.key)
    return _form(request, None, draft, status=422)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The rule's form; a POST keeps a new version."""
    user = _user(request)
    require(user, "rules:write")
    rule = get_object_or_404(Rule, key=key)
    if request.method != "POST":
        return _form(request, rule, Draft(definition_of(rule)))
    draft = read(request.POST)
    if not draft.problems:
        try:
            expected = whole(request.POST.get("version"))
            rule = actions.edit_rule(rule, by=user, expected_version=expected, **draft.definition.__dict__)
        except RuleRefused as refused:
            draft.problems.update(refused.problems)
        else:
            messages.success(request, _("已保存为第 %(version)s 版") % {"version": rule.version})
            return redirect("rule", rule.key)
    return _form(request, rule, draft, status=422)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What would happen, as typed so far."""
    user = _user(request)
    require(user, "rules:write")
    draft = read(request.POST)
    problems = dict(draft.problems)
    try:
        checked(draft.definition, user)
    except RuleRefused as refused:
        problems = {**refused.problems, **problems}
    return render(request, "act/_preview.html", _preview(draft.definition, problems))


@require_safe
def step(request: HttpRequest) -> HttpResponse:
    """The fields of one more step of `kind`."""
    require(_user(request), "rules:write")
    kind = request.GET.get("kind", "")
    try:
        step_of(kind)
    except LookupError as error:
        raise Http404 from error
    return render(request, "act/_step.html", {"step": block({"kind": kind})})


def _start(request: HttpRequest) -> Definition:
    """What a new form begins with; `?segment=` and `?class=` come from the pages of those."""
    trigger: dict[str, Any] = {"kind": "class_entered", "scheme": "", "class": ""}
    if request.GET.get("segment"):
        trigger = {"kind": "segment_entered", "segment": request.GET["segment"]}
    elif ":" in request.GET.get("class", ""):
        scheme, _colon, key = request.GET["class"].partition(":")
        trigger = {"kind": "class_entered", "scheme": scheme, "class": key}
    return Definition(name="", trigger=trigger, steps=[])


def _form(request: HttpRequest, rule: Rule | None, draft: Draft, status: int = 200) -> HttpResponse:
    known = names()
    general = [advice for place, advice in draft.problems.items() if place not in PLACES and "." not in place]
    context = {
        "rule": rule,
        "general": general,
        "version": request.POST.get("version") or (rule.version if rule else ""),
        **shown(draft.definition, known, draft.problems),
        **_preview(draft.definition, {}),
    }
    return render(request, "act/form.html", context, status=status)


def _preview(definition: Definition, problems: dict[str, str]) -> dict[str, Any]:
    phrases = told(definition, names())
    return {"told": phrases, "notes": preview_notes(phrases), "missing": list(problems.values())}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
