"""What providers tell us: receipts, and what customers answer. The address holds the account's own key.

Everything a call says is kept in one transaction before it is answered; when we fail, the provider tells it again.
"""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zhiji.access.web.gate import public
from zhiji.flow.deliver import receipts
from zhiji.flow.deliver.channel import BadInbound, NoSuchChannel, Receipt, channel_of
from zhiji.flow.deliver.models import Account

LARGEST = 1024 * 1024  # bytes; a push holds some hundred receipts


@public
@csrf_exempt
@require_POST
def inbound(request: HttpRequest, key: str) -> HttpResponse:
    account = Account.objects.filter(inbound_key=key).first()
    if account is None:
        raise Http404("no account has this address")
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        channel = channel_of(account.channel)
        found = channel.receive(request.body)
    except (BadInbound, NoSuchChannel) as error:
        return JsonResponse({"error": str(error)}, status=400)
    with transaction.atomic():
        for one in found.told:
            if isinstance(one, Receipt):
                receipts.reported(channel, one)
            else:
                receipts.replied(channel, one)
    return JsonResponse(found.answer)
