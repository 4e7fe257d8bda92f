"""The tracking script, a customer's own page, and the link to it that staff hand over."""

from pathlib import Path
from typing import cast

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhiji.access.models import User
from zhiji.access.web.gate import public
from zhiji.flow.deliver.queries import delivery_settings
from zhiji.flow.deliver.variables import salutation
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import marketing, visible_portrait
from zhiji.kernel import clock
from zhiji.kernel.registry import offered
from zhiji.portal import links
from zhiji.portal.actions import allow, make_link
from zhiji.portal.card import PortalCard


@public
@require_http_methods(["GET", "HEAD"])
def script(request: HttpRequest) -> HttpResponse:
    """zhiji.js under an address that stays: sites keep it for an hour."""
    found = finders.find("portal/zhiji.js")
    if not isinstance(found, str):
        raise Http404
    answer = HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, mark: str) -> HttpResponse:
    """A customer's own page: what the apps show of them, and what we may send. A POST keeps that choice."""
    try:
        root = links.read(mark, clock.now())
    except links.Expired:
        return render(request, "portal/closed.html", {"shop": delivery_settings()}, status=410)
    if root is None:
        raise Http404("this link is not one of ours, or its customer is gone")
    if request.method == "POST":
        allow(root, set(request.POST.getlist("channel")))
        return redirect(f"{request.path}?saved=1")
    person = Portrait.objects.get(pk=root)
    cards = [(one, one.context(root)) for one in sorted(offered(PortalCard), key=lambda card: card.position)]
    allowed = {said.channel for said in marketing(root) if said.granted}
    context = {
        "shop": delivery_settings(),
        "called": salutation(person.name, person.gender),
        "cards": [{"card": one, "context": shown} for one, shown in cards if shown],
        "channels": [(key, label, key in allowed) for key, label in channel_labels().items()],
        "saved": "saved" in request.GET,
    }
    return render(request, "portal/mine.html", context)


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link to hand to this customer, and show it once."""
    user = cast(User, request.user)
    try:
        portrait = visible_portrait(user, pk)
    except Portrait.DoesNotExist as error:
        raise Http404 from error
    made = make_link(by=user, portrait=portrait)
    return render(request, "portal/_link.html", {"link": made, "until": links.valid_until(), "customer_id": pk})
