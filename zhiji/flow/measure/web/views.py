"""The dashboard, the rules' effects, and the customers behind each number."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.act.models import Rule
from zhiji.flow.measure import queries
from zhiji.flow.measure.effect import customers_of, effect_of
from zhiji.flow.measure.web import charts
from zhiji.flow.profile.queries import only_owner, visible_to
from zhiji.flow.segment.figures import moves
from zhiji.flow.segment.models import Scheme, SchemeClass
from zhiji.flow.segment.queries import sizes_of_classes
from zhiji.kernel import clock
from zhiji.kernel.figure import Shown, figures
from zhiji.kernel.registry import offered
from zhiji.kernel.today import MOST, Today

SHOWN, LINES = 200, 3
FLOWING = "lifecycle"  # the scheme whose moves the dashboard draws


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The dashboard; a salesperson's own customers, everyone else the whole house."""
    user = _user(request)
    require(user, "reports:read")
    if (owner := only_owner(user)) is not None:
        schemes = _schemes(sizes_of_classes(owner), own=True)
        return render(request, "measure/home.html", {"own": True, "schemes": schemes, "today": _today(user)})
    kept = queries.kept()
    context = {
        "today": _today(user),
        "totals": kept.get("totals"),
        "troubles": queries.troubles(),
        "ledger": may(user, "messages:read"),
        "schemes": _schemes(sizes_of_classes()),
        "effects": _effects(kept.get("rule_effects", [])),
        "flowing": FLOWING if Scheme.objects.filter(key=FLOWING).exists() else "",
        **_heat(kept.get("recency_frequency", [])),
        **_weeks(kept.get("weeks", [])),
    }
    return render(request, "measure/home.html", context)


def _today(user: User) -> list[dict[str, Any]]:
    """What waits for this user, what should have been done already first."""
    found = []
    for one in sorted(offered(Today), key=lambda one: (not one.late, one.position)):
        if not may(user, one.permission):
            continue
        count, first = one.find(user, LINES)
        if count:
            number = f"{MOST}+" if count > MOST else str(count)
            found.append({"what": one, "count": number, "first": first, "url": one.url(user)})
    return found


def _schemes(schemes: list[dict[str, Any]], *, own: bool = False) -> list[dict[str, Any]]:
    return [
        {
            **scheme,
            "total": sum(one["size"] for one in scheme["classes"]),
            "chart_id": f"scheme-{scheme['key']}",
            "chart": charts.class_bar(scheme),
            "rows": [[_("类别"), _("客户")], *([one["name"], _size(scheme, one, own)] for one in scheme["classes"])],
        }
        for scheme in schemes
    ]


def _size(scheme: dict[str, Any], one: dict[str, Any], own: bool) -> Any:
    return one["size"] if own else Shown("class_size", one["size"], f"{scheme['key']}:{one['key']}")


def _heat(cells: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        [
            one["recency"],
            one["frequency"],
            Shown("rf_customers", one["customers"], f"{one['recency']}:{one['frequency']}"),
        ]
        for one in cells
    ]
    return {"cells": cells, "heat_chart": charts.heat_map(cells), "heat_rows": [["R", "F", _("客户")], *rows]}


def _weeks(weeks: list[dict[str, Any]]) -> dict[str, Any]:
    """The weeks as a chart and a table; the one that isn't over yet is marked, so that it isn't taken for a fall."""
    going = queries.monday_of(clock.day_of(clock.now())).isoformat()
    columns = (("week_revenue", "amount"), ("week_orders", "orders"), ("week_buyers", "customers"))
    rows = [
        [
            _("%(week)s（至今）") % {"week": one["week"]} if one["week"] == going else one["week"],
            *(Shown(name, one[column], one["week"]) for name, column in columns),
        ]
        for one in weeks
    ]
    heading = [_("周一"), _("营收"), _("订单"), _("购买客户")]
    return {"weeks": weeks, "week_chart": charts.weekly(weeks, going), "week_rows": [heading, *rows]}


def _effects(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, **_arms(one["key"])} for one in rows]


def _arms(rule: str) -> dict[str, str]:
    """What figures of a rule's two arms are figures of."""
    return {f"of_{arm}": f"{rule}:{arm}" for arm in ("treated", "held_out")}


@require_safe
def effects(request: HttpRequest) -> HttpResponse:
    """Every rule against its hold-out."""
    user = _user(request)
    require(user, "reports:read")
    owner = only_owner(user)
    kept = queries.kept().get("rule_effects", []) if owner is None else queries.rule_effects(clock.now(), owner)
    rows = _effects(kept)
    context = {"effects": rows, "forest": charts.forest(rows), "ledger": may(user, "messages:read")}
    context["troubles"] = queries.troubles() if owner is None else []
    return render(request, "measure/effects.html", context)


@require_safe
def effect(request: HttpRequest, key: str) -> HttpResponse:
    """One rule's effect, counted now."""
    user = _user(request)
    require(user, "reports:read")
    rule = get_object_or_404(Rule, key=key)
    context = {"rule": rule, "effect": effect_of(rule, clock.now(), only_owner(user)), **_arms(rule.key)}
    return render(request, "measure/effect.html", context)


@require_safe
def effect_customers(request: HttpRequest, key: str, arm: str) -> HttpResponse:
    """The customers of an arm, `?reached=1` those who reached the goal, whom this user may see."""
    user = _user(request)
    require(user, "customers:read")
    if arm not in ("treated", "held_out"):
        raise Http404
    rule = get_object_or_404(Rule, key=key)
    reached = {"1": True, "0": False}.get(request.GET.get("reached", ""))
    ids = customers_of(rule, "treated" if arm == "treated" else "held_out", reached, clock.now(), only_owner(user))
    title = f"{rule.name} · {_('执行') if arm == 'treated' else _('对照')}"
    return _customers(request, user, ids, title)


@require_safe
def week(request: HttpRequest, monday: str) -> HttpResponse:
    """The customers who bought in a week."""
    user = _user(request)
    require(user, "customers:read")
    try:
        start = datetime.combine(date.fromisoformat(monday), time(), clock.zone())
    except ValueError as error:
        raise Http404 from error
    ids = queries.buyers_between(start, start + timedelta(days=7), limit=10_000, owner=only_owner(user))
    return _customers(request, user, ids, _("%(monday)s 起一周的购买客户") % {"monday": monday})


@require_safe
def moved(request: HttpRequest, scheme: str, source: str, target: str) -> HttpResponse:
    """The customers who were in one class 30 days ago and are in another now."""
    user = _user(request)
    require(user, "customers:read")
    names = dict(SchemeClass.objects.filter(scheme__key=scheme).values_list("key", "name"))
    if source not in names or target not in names:
        raise Http404
    title = _("近 30 天从「%(source)s」到「%(target)s」") % {"source": names[source], "target": names[target]}
    return _customers(request, user, moves.moved(scheme, source, target, clock.now(), owner=only_owner(user)), title)


@require_safe
def defined(request: HttpRequest) -> HttpResponse:
    """Every figure's name and definition."""
    require(_user(request), "reports:read")
    context = {"figures": figures().values(), "currency": settings.CURRENCY}
    return render(request, "measure/figures.html", context)


def _customers(request: HttpRequest, user: User, ids: list[int], title: str) -> HttpResponse:
    rows = list(
        visible_to(user).filter(customer_id__in=ids).select_related("owner").order_by("-last_seen_at")[: SHOWN + 1]
    )
    context: dict[str, Any] = {
        "title": title,
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "shown": SHOWN,
    }
    return render(request, "measure/customers.html", context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
