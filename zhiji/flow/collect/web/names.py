"""Pages of the table of event names."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may, require
from zhiji.flow.collect.actions import names as actions
from zhiji.flow.collect.models import EventName
from zhiji.flow.collect.queries import sources as queries
from zhiji.flow.collect.web.forms import NameForm
from zhiji.flow.collect.web.sources import tabs
from zhiji.kernel.facts import fact_types


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The whole table."""
    require(request.user, "sources:read")  # type: ignore[arg-type]
    labels = {name: kind.label for name, kind in fact_types().items()}
    lines = [(line, labels.get(line.ours, "")) for line in queries.event_names()]
    context = {"lines": lines, "may_write": may(request.user, "sources:write"), "tabs": tabs("event_names")}  # type: ignore[arg-type]
    return render(request, "collect/names.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a line or change one."""
    require(request.user, "sources:write")  # type: ignore[arg-type]
    line = get_object_or_404(EventName, pk=pk) if pk is not None else None
    shown = (
        {"theirs": line.theirs, "ours": line.ours, "properties": NameForm.written(line.properties)} if line else None
    )
    form = NameForm(request.POST or None, initial=shown)
    if form.is_valid():
        try:
            actions.save_name(by=request.user, line=line, **form.cleaned_data)  # type: ignore[arg-type]
        except actions.BadName as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已保存，两秒内对新来的行为生效"))
            return redirect("event_names")
    known = sorted((kind for kind in fact_types().values() if kind.reporter == "source"), key=lambda kind: kind.name)
    context = {"form": form, "line": line, "known": known}
    return render(request, "collect/name.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line out."""
    line = get_object_or_404(EventName, pk=pk)
    actions.remove_name(line, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("已移除“%(name)s”，这个事件今后沿用来源的名称") % {"name": line.theirs})
    return redirect("event_names")
