"""The list of rules, a rule's flow, its run log and its versions."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.act import actions, queries
from zhiji.flow.act.actions import RuleRefused, definition_of
from zhiji.flow.act.models import Rule, RuleEntry, RuleVersion
from zhiji.flow.act.presentation import COLOURS, because, detail_words, state_words, why
from zhiji.flow.act.sentence import told, trigger_sentence
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import Names, names
from zhiji.flow.act.web import flow, versions
from zhiji.flow.profile.queries import only_owner, visible_to
from zhiji.flow.segment.live.up_to import up_to
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.kernel.keyset import page
from zhiji.kernel.listing import one_after_another

MOST_STEPS = 50
SPANS = {"30": 30, "90": 90, "all": 0}


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule: on or off, what sets it off, who came in thirty days."""
    user = _user(request)
    require(user, "rules:read")
    archived = request.GET.get("archived") == "1"
    rows = _rows(list(queries.rules(archived=archived)), user)
    context = {
        "rows": rows,
        "archived": archived,
        "may_write": may(user, "rules:write"),
        "on": sum(row["rule"].enabled_at is not None for row in rows),
        "has_archive": queries.rules(archived=True).exists(),
    }
    return render(request, "act/rules.html", context)


def _rows(found: Sequence[Rule], user: User) -> list[dict[str, Any]]:
    known = names()
    figures = queries.figures([rule.pk for rule in found], clock.now(), only_owner(user))
    return [
        {
            "rule": rule,
            "trigger": trigger_sentence(rule.trigger, known),
            "steps": [step_label(step) for step in rule.steps],
            "confirm": _("打开后，%(sentence)s") % {"sentence": told(definition_of(rule), known).whole},
            "figures": figures[rule.pk],
        }
        for rule in found
    ]


def step_label(step: dict[str, Any]) -> str:
    try:
        return str(step_of(str(step.get("kind"))).label)
    except LookupError:
        return str(step.get("kind"))


@require_safe
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """A rule's flow with counts on every step."""
    user = _user(request)
    require(user, "rules:read")
    found = get_object_or_404(Rule, key=key)
    asked = request.GET.get("version")
    number = whole(asked) if asked else found.version
    version = get_object_or_404(RuleVersion, rule=found, version=number)
    span = request.GET.get("span", "90")
    days = SPANS.get(span, 90)
    since = clock.now() - timedelta(days=days) if days else None
    known = names()
    context = {
        "rule": found,
        "told": told(definition_of(found), known),
        "standing": queries.standing(found, up_to()),
        "picture": flow.picture(found, version, since, known, only_owner(user)),
        "figures": queries.figures([found.pk], clock.now(), only_owner(user))[found.pk],
        "span": span if span in SPANS else "90",
        "version": number,
        "versions": found.version,
        "version_numbers": range(found.version, 0, -1),
        "tabs": _tabs(found, "flow"),
        "may_write": may(user, "rules:write"),
        "last": versions.latest(found, known),
        "problems": _problems(found),
    }
    return render(request, "act/rule.html", context)


def _problems(found: Rule) -> list[str]:
    """What stands against the rule as it is now, each said with its step."""
    if found.archived_at is not None:
        return []
    said = []
    for place, advice in actions.problems_of(found).items():
        step = place.removeprefix("steps.")
        where = _("第 %(number)s 步") % {"number": int(step) + 1} if step.isdecimal() else ""
        said.append(f"{where}：{advice}" if where else advice)
    return said


@require_safe
def entries(request: HttpRequest, key: str) -> HttpResponse:
    """The run log: who came in, why, and what each step did; filtered by the counts of the flow."""
    user = _user(request)
    require(user, "rules:read")
    found = get_object_or_404(Rule, key=key)
    chosen = {name: request.GET.get(name, "") for name in ("state", "version", "step", "result")}
    step = whole(chosen["step"], MOST_STEPS)
    rows = queries.entries(
        user,
        found,
        state=chosen["state"],
        version=whole(chosen["version"]),
        position=None if step is None else step - 1,
        result=chosen["result"],
    )
    shown = page(rows, order=("-id",), size=50, cursor=request.GET.get("cursor", ""))
    context = {
        "rule": found,
        "page": shown,
        "rows": _entry_rows(user, shown.rows, names()),
        "chips": _chips(chosen, found),
        "states": [("", _("全部")), ("treated", _("执行组")), *((s, state_words()[s]) for s in RuleEntry.State.values)],
        "chosen": chosen,
        "tabs": _tabs(found, "entries"),
        "may_write": may(user, "rules:write"),
        "failed": chosen["state"] == "failed" or chosen["result"] == "failed",
    }
    template = "act/_entries.html" if request.headers.get("HX-Target") == "entries" else "act/entries.html"
    return render(request, template, context)


def _entry_rows(user: User, found: Sequence[RuleEntry], known: Names) -> list[dict[str, Any]]:
    portraits = visible_to(user).in_bulk([entry.customer.root_id for entry in found])
    runs = queries.runs_of([entry.pk for entry in found])
    words = state_words()
    secret = {one.pk: queries.secret(one, user) for one in {entry.rule for entry in found}}
    return [
        {
            "entry": entry,
            "customer": portraits.get(entry.customer.root_id),
            "root": entry.customer.root_id,
            "why": why(entry, known),
            "because": "" if secret[entry.rule_id] else because(entry),
            "state": words[entry.state],
            "colour": COLOURS[entry.state],
            "runs": [
                {
                    "label": step_label({"kind": run.kind}),
                    "state": words[run.state],
                    "colour": COLOURS[run.state],
                    "detail": detail_words(run.detail),
                }
                for run in runs.get(entry.pk, ())
            ],
        }
        for entry in found
    ]


def _chips(chosen: dict[str, str], found: Rule) -> list[str]:
    chips = []
    if whole(chosen["step"], MOST_STEPS) and chosen["result"] in state_words():
        said = {"number": chosen["step"], "result": state_words()[chosen["result"]]}
        chips.append(_("第 %(number)s 步：%(result)s") % said)
    if whole(chosen["version"]):
        chips.append(_("第 %(version)s 版") % {"version": chosen["version"]})
    return chips


@require_safe
def history(request: HttpRequest, key: str) -> HttpResponse:
    """Every version, and what changed with it."""
    user = _user(request)
    require(user, "rules:read")
    found = get_object_or_404(Rule, key=key)
    context = {"rule": found, "changes": versions.changes(found, names()), "tabs": _tabs(found, "history")}
    return render(request, "act/history.html", {**context, "may_write": may(user, "rules:write")})


@require_POST
def switch(request: HttpRequest, key: str) -> HttpResponse:
    """On or off, by the value `on`; answers the list's row to htmx, else goes back to the rule."""
    user = _user(request)
    found = get_object_or_404(Rule, key=key)
    try:
        if request.POST.get("on") == "1":
            actions.switch_on(found, by=user)
            told_ = _("「%(name)s」已打开，从现在起生效") % {"name": found.name}
        else:
            stopped = actions.switch_off(found, by=user)
            told_ = ngettext(
                "「%(name)s」已关闭；%(stopped)s 位客户停在当前步骤",
                "「%(name)s」已关闭；%(stopped)s 位客户停在当前步骤",
                stopped,
            ) % {"name": found.name, "stopped": stopped}
    except RuleRefused as refused:
        return _refused(request, found, refused)
    if not request.headers.get("HX-Request"):
        messages.success(request, told_)
        return redirect("rule", key)
    found.refresh_from_db()
    row = _rows([found], user)[0]
    response = render(request, "act/_rule_row.html", {"row": row, "may_write": True})
    response["HX-Trigger"] = _toast(told_)
    return response


@require_POST
def removal(request: HttpRequest, key: str) -> HttpResponse:
    """Delete a rule nobody entered, archive one with a history."""
    user = _user(request)
    found = get_object_or_404(Rule, key=key)
    gone = actions.delete_rule(found, by=user)
    told_ = _("已删除「%(name)s」") if gone else _("「%(name)s」已归档，运行记录保留")
    messages.success(request, told_ % {"name": found.name})
    return redirect("rules")


@require_POST
def retries(request: HttpRequest, key: str) -> HttpResponse:
    """Take the failed steps again."""
    user = _user(request)
    found = get_object_or_404(Rule, key=key)
    try:
        count = actions.retry_failed(found, by=user)
    except RuleRefused as refused:
        return _refused(request, found, refused)
    if count:
        messages.success(request, _("正在为 %(count)s 位客户重试失败的步骤") % {"count": count})
    else:
        messages.error(request, _("没有失败的步骤要重试"))
    return redirect("rule", key)


def _refused(request: HttpRequest, found: Rule, refused: RuleRefused) -> HttpResponse:
    advice = one_after_another(refused.problems.values())
    if request.headers.get("HX-Request"):
        return HttpResponse(advice, status=409, content_type="text/plain; charset=utf-8")
    messages.error(request, advice)
    return redirect("rule", found.key)


def _tabs(found: Rule, active: str) -> list[tuple[str, str, bool]]:
    return [
        (_("流程"), reverse("rule", args=[found.key]), active == "flow"),
        (_("运行记录"), reverse("rule_entries", args=[found.key]), active == "entries"),
        (pgettext("tab", "版本"), reverse("rule_history", args=[found.key]), active == "history"),
    ]


def _toast(text: str) -> str:
    return json.dumps({"toast": {"text": text}})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
