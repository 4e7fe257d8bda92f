"""The ledger of webhook calls."""

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.roles import may
from zhiji.flow.deliver import queries, reasons
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.models import WebhookCall
from zhiji.flow.deliver.webhooks import actions as webhook_actions
from zhiji.kernel import keyset


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "rules:read")
    state = request.GET.get("state", "")
    rows = queries.webhook_calls(user, state=state if state in WebhookCall.State.values else "")
    page = keyset.page(rows, ("-id",), 50, request.GET.get("cursor", ""))
    for row in page.rows:
        row.colour = reasons.COLOURS[row.state]  # type: ignore[attr-defined]
        row.why, row.said = reasons.parted(row.reason)  # type: ignore[attr-defined]
    tabs = [(_("全部"), "?", not state)]
    tabs += [(str(label), f"?state={value}", state == value) for value, label in WebhookCall.State.choices]
    context = {"page": page, "tabs": tabs, "state": state, "may_write": may(user, "rules:write")}
    return render(request, "deliver/webhooks.html", context)


@require_POST
def secret(request: HttpRequest) -> HttpResponse:
    """Show the secret of a destination, once asked for."""
    user = signed_in(request, "rules:write")
    url = request.POST.get("url", "").strip()
    try:
        toasts.success(request, f"{url}: {webhook_actions.reveal_secret(by=user, url=url)}")
    except ValueError as error:
        toasts.error(request, str(error))
    return redirect("webhook_calls")


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request, "rules:write")
    done = webhook_actions.retry(by=user, call=get_object_or_404(WebhookCall, pk=pk))
    toasts.success(request, _("已重新排队")) if done else toasts.warning(request, _("它没有失败"))
    return redirect("webhook_calls")
