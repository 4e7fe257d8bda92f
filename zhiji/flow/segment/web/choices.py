"""What the builder asks for: the catalogue, properties and their values, things by name, lunar days, templates."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from zhiji.access.roles import require
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment.catalogue import classics, terms
from zhiji.flow.segment.catalogue.lunar_words import days_like, said
from zhiji.flow.segment.catalogue.picker import Picker
from zhiji.flow.segment.web.operators import operators
from zhiji.flow.segment.web.segments import say, user_of
from zhiji.flow.segment.web.wording import texts
from zhiji.kernel import clock
from zhiji.kernel.registry import offered
from zhiji.records.queries import TOLD, hidden_from

ADDRESSES = ("properties", "values", "pick", "lunar", "templates", "check", "count", "read", "suggest")


@require_safe
def everything(request: HttpRequest) -> JsonResponse:
    """What conditions can be made of here, how it all reads, and where to ask for more."""
    user = user_of(request)
    require(user, "segments:read")
    given: dict[str, Any] = {
        **terms.everything(only_owner(user), hidden_from(user)),
        "texts": texts(),
        "operators": operators(),
        "today": said(clock.day_of(clock.now()), with_today=True),
        "urls": {name: reverse(f"segment_{name}") for name in ADDRESSES},
    }
    return JsonResponse(given)


@require_safe
def properties(request: HttpRequest) -> JsonResponse:
    """A fact's properties: {key, label, type, picker}."""
    user = user_of(request)
    require(user, "segments:read")
    found = terms.properties(request.GET.get("fact", "")[:200], only_owner(user))
    return JsonResponse([vars(one) for one in found], safe=False)


@require_safe
def values(request: HttpRequest) -> JsonResponse:
    """The values a property most often had lately."""
    user = user_of(request)
    require(user, "segments:read")
    fact, name = (request.GET.get(part, "")[:200] for part in ("fact", "property"))
    found = [] if name in TOLD and hidden_from(user) else terms.values(fact, name, only_owner(user))
    return JsonResponse(found, safe=False)


@require_safe
def pick(request: HttpRequest) -> JsonResponse:
    """Things of a picker: {value, label, sub}, the best finds for `q`, or those of `value`."""
    require(user_of(request), "segments:read")
    wanted = request.GET.get("picker", "")
    found = next((one for one in offered(Picker) if one.name == wanted), None)
    rows = found.search(request.GET.get("q", "")[:100], request.GET.getlist("value")[:200]) if found else []
    return JsonResponse([vars(one) for one in rows], safe=False)


@require_safe
def lunar(request: HttpRequest) -> JsonResponse:
    """The lunar date of `day`; or the days whose lunar date is like `q`."""
    require(user_of(request), "segments:read")
    if day := request.GET.get("day"):
        return JsonResponse({"text": said(day)})
    return JsonResponse(days_like(request.GET.get("q", "")[:40], clock.day_of(clock.now())), safe=False)


@require_safe
def templates(request: HttpRequest) -> JsonResponse:
    """The classic segments of each trade, each with its sentence."""
    require(user_of(request), "segments:read")
    chinese = (get_language() or "zh").startswith("zh")
    return JsonResponse(
        [
            {
                "key": trade.key,
                "label": trade.name[not chinese],
                "templates": [
                    {"name": one.name[not chinese], "tree": one.tree, "sentence": say(one.tree)}
                    for one in trade.templates
                ],
            }
            for trade in classics.TRADES
        ],
        safe=False,
    )
