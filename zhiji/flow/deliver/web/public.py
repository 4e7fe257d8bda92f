"""What customers reach from a mail, without an account: the pixel, links, unsubscribing, preferences.

The mark in the address says which message it is and is all the proof needed; reading a page changes nothing, as
mail scanners follow every link.
"""

import base64

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from zhiji.access.web.gate import public
from zhiji.flow.deliver import queries, receipts, tokens
from zhiji.flow.deliver.models import Message
from zhiji.flow.profile.actions import set_consent
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.queries import consents
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _message(kind: str, token: str) -> tuple[Message, int]:
    """The message a mark is of, and the mark's index. Raises Http404 for a mark that isn't ours."""
    read = tokens.read(kind, token)
    message = Message.objects.select_related("template").filter(pk=read[0]).first() if read else None
    if read is None or message is None:
        raise Http404("this link is not one of ours, or its message is gone")
    return message, read[1]


def _by_machine(request: HttpRequest) -> bool:
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return receipts.is_proxy(request.headers.get("User-Agent", ""), purpose)


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def opened(request: HttpRequest, token: str) -> HttpResponse:
    message, _ = _message(tokens.OPEN, token.removesuffix(".gif"))
    if request.method == "GET":
        receipts.opened(message, at=clock.now(), proxy=_by_machine(request))
    return HttpResponse(PIXEL, content_type="image/gif")


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to the address that stood in the message at this place, and to no other."""
    message, index = _message(tokens.CLICK, token)
    if index >= len(message.links) or not message.links[index].startswith(("http://", "https://")):
        raise Http404("this message has no such link")
    if request.method == "GET":
        receipts.clicked(message, index=index, at=clock.now(), proxy=_by_machine(request))
    return HttpResponseRedirect(message.links[index])


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what the button does; POST does it, from the page or by a mail programme's one click (RFC 8058)."""
    message, _ = _message(tokens.PREFERENCES, token)
    if request.method != "POST":
        return _page(request, message, token, "unsubscribe")
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    _allow(message, message.purpose, False, "one-click unsubscribe" if one_click else "unsubscribe page")
    if one_click:
        return HttpResponse("unsubscribed", content_type="text/plain")
    return _page(request, message, token, "unsubscribed")


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    message, _ = _message(tokens.PREFERENCES, token)
    if request.method == "POST":
        _allow(message, "marketing", request.POST.get("marketing") == "on", "preferences page")
        return redirect(f"{request.path}?saved=1")
    return _page(request, message, token, "preferences")


def _allow(message: Message, purpose: str, granted: bool, proof: str) -> None:
    root = Customer.objects.values_list("root_id", flat=True).get(pk=message.customer_id)
    set_consent(
        customer_ids=[root],
        channel=message.channel,
        purpose=purpose,
        granted=granted,
        by=None,
        proof=proof,
        cause=f"message {message.pk}",
    )


def _page(request: HttpRequest, message: Message, token: str, stage: str) -> HttpResponse:
    root = Customer.objects.values_list("root_id", flat=True).get(pk=message.customer_id)
    return render(
        request,
        "deliver/public.html",
        {
            "stage": stage,
            "token": token,
            "message": message,
            "channel": channel_labels().get(message.channel, message.channel),
            "shop": queries.delivery_settings(),
            "marketing": consents([root], message.channel).get(root, False),
            "saved": "saved" in request.GET,
        },
    )
