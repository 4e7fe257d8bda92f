"""Pages of the quarantine: what couldn't be taken, why, and another try."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import require
from zhiji.flow.collect.actions import quarantine as actions
from zhiji.flow.collect.models import Quarantined
from zhiji.flow.collect.protocol.reasons import explained
from zhiji.flow.collect.queries import quarantine as queries
from zhiji.flow.collect.queries import sources
from zhiji.flow.collect.web.forms import MendForm
from zhiji.flow.collect.web.tabs import tabs
from zhiji.kernel.given import whole
from zhiji.kernel.keyset import page

State = Quarantined.State


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Those in a state (waiting unless asked otherwise), newest first."""
    require(request.user, "quarantine:write")  # type: ignore[arg-type]
    state = request.GET.get("state", "")
    state = state if state in State.values else State.WAITING
    source = request.GET.get("source", "")
    found = page(queries.quarantined(state, source), size=50, cursor=request.GET.get("cursor", ""))
    context = {
        "page": found,
        "rows": [(row, explained(row.code, row.detail)) for row in found.rows],
        "state": state,
        "tabs": tabs(state, source),
        "sources": sources.sources(),
        "source": source,
        "waiting": state == State.WAITING,
    }
    return render(request, "collect/quarantine.html", context)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Read an event; posted, replay it as mended. A still-bad one says why and keeps what was typed."""
    require(request.user, "quarantine:write")  # type: ignore[arg-type]
    row = get_object_or_404(Quarantined.objects.select_related("source"), pk=pk)
    if request.method == "POST":
        form = MendForm(request.POST)
        if form.is_valid():
            try:
                actions.replay(row, by=request.user, body=form.cleaned_data["body"])  # type: ignore[arg-type]
            except actions.StillBad as error:
                form.add_error("body", f"{error.place}: {error}" if error.place else str(error))
            except actions.Settled as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("已重放，它将和其他行为一样进入客户的记录"))
                return redirect("quarantine")
    else:
        form = MendForm(initial={"body": actions.pretty(actions.body_of(row, by=request.user))})  # type: ignore[arg-type]
    context = {
        "row": row,
        "form": form,
        "reason": explained(row.code, row.detail),
        "waiting": row.state == State.WAITING,
    }
    return render(request, "collect/quarantined.html", context, status=422 if form.errors else 200)


@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Replay or discard the chosen ones (`id` many times, `verb` replay or discard)."""
    ids = [one for text in request.POST.getlist("id")[:500] if (one := whole(text)) is not None]
    if request.POST.get("verb") == "discard":
        count = actions.discard(ids, by=request.user)  # type: ignore[arg-type]
        messages.success(request, ngettext("已丢弃 %(count)s 条", "已丢弃 %(count)s 条", count) % {"count": count})
    else:
        done = actions.replay_many(ids, by=request.user)  # type: ignore[arg-type]
        said = _("已重放 %(taken)s 条，仍有问题 %(bad)s 条") % {"taken": done.taken, "bad": done.still_bad}
        (messages.warning if done.still_bad else messages.success)(request, said)
    return redirect("quarantine")
