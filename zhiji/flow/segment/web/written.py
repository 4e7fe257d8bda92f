"""A condition written as a sentence: read into a tree, and what may follow while it is being typed."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from zhiji.access.roles import require
from zhiji.flow.segment.catalogue import sentence
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.conditions.grammar import Unreadable
from zhiji.flow.segment.web.segments import user_of
from zhiji.kernel.given import whole

LONGEST, OFFERED = 4_000, 12


def _language() -> str:
    return get_language() or "zh-hans"


@require_POST
def read(request: HttpRequest) -> JsonResponse:
    """{tree}, or {reason, hint} where the sentence can't be read."""
    require(user_of(request), "segments:read")
    try:
        return JsonResponse({"tree": sentence.read(request.POST.get("text", "")[:LONGEST], _language())})
    except Unreadable as error:
        return JsonResponse({"tree": None, "reason": str(error), "hint": ""})
    except ConditionError as error:
        return JsonResponse({"tree": None, "reason": error.reason, "hint": error.hint})


@require_POST
def suggest(request: HttpRequest) -> JsonResponse:
    """What may follow what is typed up to `cursor`: {text, cursor, label}, the whole text with it taken."""
    require(user_of(request), "segments:read")
    text = request.POST.get("text", "")[:LONGEST]
    at = whole(request.POST.get("cursor"), len(text))
    cursor = len(text) if at is None else at
    found = [
        {
            "text": text[: one.start] + one.text + text[cursor:],
            "cursor": one.start + len(one.text),
            "label": one.label,
        }
        for one in sentence.suggest(text, cursor, _language())[:OFFERED]
    ]
    return JsonResponse(found, safe=False)
