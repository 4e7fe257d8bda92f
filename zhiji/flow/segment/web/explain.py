"""Why a customer is or isn't in a segment or class, now or on an earlier day: a page, and what its form loads."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.segment import queries
from zhiji.flow.segment.definitions.readable import NotToBeTold
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.explain import wording
from zhiji.flow.segment.explain.asked_moment import moment_of
from zhiji.flow.segment.explain.explanation import explain, explain_scheme
from zhiji.flow.segment.explain.member_since import standing
from zhiji.flow.segment.web.segments import user_of
from zhiji.kernel import clock


@require_safe
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Explain what is chosen: `?of=segment:<key>` or `scheme:<key>` (the first there is), `?on=<day>` (today)."""
    user = user_of(request)
    require(user, "segments:read")
    portrait = visible_to(user).filter(customer_id=pk).first()
    if portrait is None:
        raise Http404
    known = definitions()
    of, on = request.GET.get("of", ""), request.GET.get("on", "")
    if not _is_there(of, known):
        of = next((f"{kind}:{key}" for kind, keys in _every(known) for key in keys), "")
    context = {
        "portrait": portrait,
        "of": of,
        "on": on,
        "today": clock.day_of(clock.now()).isoformat(),
        "segments": [(f"segment:{key}", name) for key, name in queries.segment_names() if key in known.segments],
        "schemes": [(f"scheme:{key}", known.names.schemes[key]) for key in known.schemes],
        **_answer(known, of, on, pk, user),
    }
    fragment = bool(request.headers.get("HX-Request"))
    answer = render(request, "segment/_explain.html" if fragment else "segment/explain.html", context)
    answer["Vary"] = "HX-Request, Cookie"
    return answer


@require_safe
def since(request: HttpRequest, pk: int) -> HttpResponse:
    """Since when a customer is in a class or segment (`?of=`), as the explanation tells it: a fragment."""
    user, now = user_of(request), clock.now()
    require(user, "segments:read")
    of = request.GET.get("of", "")
    if not _is_there(of, definitions()) or not visible_to(user).filter(customer_id=pk).exists():
        raise Http404
    found = standing(of, pk, now)
    kind, _colon, key = of.partition(":")
    context = {
        "figure_name": "class_since" if kind == "scheme" else "segment_since",
        "since": found and found.since,
        "looked_back": found and clock.day_of(found.looked_back),
        "now": True,
        "whose": f"{key}/{pk}",
    }
    return render(request, "segment/_since.html", context)


def _every(known: Definitions) -> list[tuple[str, list[str]]]:
    return [("scheme", list(known.schemes)), ("segment", list(known.segments))]


def _is_there(of: str, known: Definitions) -> bool:
    kind, _colon, key = of.partition(":")
    return key in dict(_every(known)).get(kind, ())


def _answer(known: Definitions, of: str, on: str, pk: int, user: User) -> dict[str, Any]:
    """What was found, or why there is nothing to explain."""
    now = clock.now()
    kind, _colon, key = of.partition(":")
    if not key:
        return {"problem": _("还没有客群和分类方案；建好之后，这里说明这位客户为什么属于或不属于。")}
    try:
        as_of = moment_of(on, now)
    except ValueError as error:
        return {"problem": str(error)}
    named = known.names.segments if kind == "segment" else known.names.schemes
    shown = {
        "as_of": as_of,
        "kind": kind,
        "key": key,
        "name": named.get(key, key),
        "now": as_of == now,
        "whose": f"{key}/{pk}",
    }
    try:
        told = _told(kind, key, pk, as_of, now, known, user)
    except NotToBeTold as error:
        return {"problem": str(error)}
    return {**shown, **told} if told else {"problem": _("这位客户那时还没有出现过；请选较晚的日期。")}


def _told(
    kind: str, key: str, pk: int, as_of: datetime, now: datetime, known: Definitions, user: User
) -> dict[str, Any] | None:
    """The explanation in words; None where there was no such customer. Raises NotToBeTold."""
    if kind == "segment":
        found = explain(known.segments[key].node, pk, as_of, user, now=now, known=known)
        return None if found is None else wording.condition(found, known)
    classed = explain_scheme(key, pk, as_of, user, now=now, known=known)
    return None if classed is None else wording.scheme(classed, known)
