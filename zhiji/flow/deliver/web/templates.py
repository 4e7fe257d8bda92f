"""Templates: the list, and the page of one, which its channel draws."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may
from zhiji.flow.deliver import actions, forms, naming, queries
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.channel import USUAL, Channel, NoSuchChannel, channel_of, channels
from zhiji.flow.deliver.models import Template

Editor = Callable[[HttpRequest, Template | None], HttpResponse]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "messages:read")
    known = {one.key: one for one in channels()}
    rows = [(row, naming.told(row.subject or row.text), known.get(row.channel)) for row in queries.templates()]
    context = {"templates": rows, "channels": known.values(), "may_write": may(user, "messages:write")}
    return render(request, "deliver/templates.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make (over the channel that the address says) or change a template, which is tried on real customers first."""
    signed_in(request, "messages:read" if request.method == "GET" and key else "messages:write")
    template = get_object_or_404(Template, key=key) if key else None
    try:
        channel = channel_of(template.channel if template else request.GET.get("channel", USUAL))
    except NoSuchChannel as error:
        raise Http404(str(error)) from error
    return editor_of(channel)(request, template)


def editor_of(channel: Channel) -> Editor:
    """A channel's own page, found by its name: `edit` in `web/templates.py` of its folder; else a plain text."""
    app = apps.get_containing_app_config(type(channel).__module__)
    name = f"{app.name}.web.templates" if app else ""
    if name and find_spec(name.rpartition(".")[0]) and find_spec(name):
        found: Editor = import_module(name).edit
        return found
    return partial(forms.edit, channel=channel)


@require_POST
def archive(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request, "messages:write")
    actions.archive_template(by=user, template=get_object_or_404(Template, key=key))
    toasts.success(request, _("模板已停用；已计划的消息照常发送"))
    return redirect("templates")
