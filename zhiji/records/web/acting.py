"""Acts on one or many records of a list or board, and taking them back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.kernel.given import whole
from zhiji.kernel.registry import offered
from zhiji.records.actions import Outcome, act_on, take_back, told
from zhiji.records.kind import Act, RecordKind
from zhiji.records.models import Deed
from zhiji.records.web.lists import LONGEST, asker, of, to_list

TICKED = 500


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, kind: RecordKind, act: str) -> HttpResponse:
    """What an act must be told; a POST does it to the ticked records, or to the whole list (`all`)."""
    user = asker(request, kind)
    chosen = kind.act(act)
    if chosen is None:
        raise Http404
    require(user, chosen.permission)
    if request.method != "POST":
        form = chosen.form(user)(auto_id="act-%s") if chosen.form else None
        address = reverse(f"{kind.key}_act", args=[act])
        return render(request, "records/_act.html", {"act": chosen, "form": form, "address": address})
    try:
        values = told(chosen, user, request.POST)
        outcome = act_on(kind, chosen, ids=_ids(request, kind), values=values, by=user)
    except ValueError as error:
        return _back(request, kind, [str(error), 0])
    return _back(request, kind, [_words(outcome, chosen), outcome.deed.pk if outcome.deed else 0])


def _ids(request: HttpRequest, kind: RecordKind) -> list[int]:
    if request.POST.get("all"):
        return of(request, kind, QueryDict(request.POST.get("query", ""))).ids()
    asked = request.POST.getlist("row")[:TICKED]
    return [one for text in asked if (one := whole(text)) is not None]


def _words(outcome: Outcome, act: Act) -> str:
    if not outcome.changed:
        return _("没有可以“%(act)s”的，什么都没有改。") % {"act": act.label}
    said = _("已对 %(n)s 条“%(act)s”。") % {"n": f"{outcome.changed:,}", "act": act.label}
    return said + (_("另有 %(n)s 条不适用，没有改。") % {"n": f"{outcome.left:,}"} if outcome.left else "")


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an act on many records back."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate lets nobody else in
    deed = get_object_or_404(Deed, pk=pk)
    kind = next((one for one in offered(RecordKind) if one.key == deed.kind), None)
    if kind is None:
        raise Http404
    require(user, kind.reads)
    try:
        outcome = take_back(kind, deed, by=user)
    except ValueError as error:
        return _back(request, kind, [str(error), 0])
    said = _("已撤销 %(n)s 条。") % {"n": f"{outcome.changed:,}"}
    if outcome.left:
        said += _("另有 %(n)s 条之后又有改动，保持现在的样子。") % {"n": f"{outcome.left:,}"}
    return _back(request, kind, [said, 0])


def _back(request: HttpRequest, kind: RecordKind, said: list[Any]) -> HttpResponse:
    """To the page of ours that the form was on, else to the list as it was."""
    request.session["said"] = said
    path = request.POST.get("back", "")
    if path.startswith("/") and not path.startswith("//") and "\\" not in path and len(path) <= LONGEST:
        return redirect(path)
    return to_list(kind, request.POST.get("query", ""))
