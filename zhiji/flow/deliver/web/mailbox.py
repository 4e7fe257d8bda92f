"""The demo's mailbox: what our own mail server received, so that a visitor can play the customer."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from zhiji.flow.deliver.models import ReceivedMail
from zhiji.flow.deliver.web.frames import letter_frame
from zhiji.flow.deliver.web.messages import signed_in
from zhiji.kernel import keyset


def _in_demo(request: HttpRequest) -> None:
    if not settings.DEMO:
        raise Http404("only the demo has a mailbox")
    signed_in(request, "messages:read")


def listing(request: HttpRequest) -> HttpResponse:
    _in_demo(request)
    rows = ReceivedMail.objects.defer("raw")
    to = request.GET.get("to", "").strip()
    if to:
        rows = rows.filter(envelope_to=to)
    page = keyset.page(rows, ("-id",), 50, request.GET.get("cursor", ""))
    return render(request, "deliver/mailbox.html", {"page": page, "to": to})


def _parsed(pk: int) -> tuple[ReceivedMail, EmailMessage]:
    row = get_object_or_404(ReceivedMail, pk=pk)
    return row, message_from_bytes(bytes(row.raw), policy=default)


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    return str(body.get_content()) if body else ""


def mail(request: HttpRequest, pk: int) -> HttpResponse:
    _in_demo(request)
    row, parsed = _parsed(pk)
    names = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
    context = {
        "mail": row,
        "headers": [(name, str(parsed[name])) for name in names if parsed[name]],
        "text": _part(parsed, "plain"),
        "newer": ReceivedMail.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first(),
        "older": ReceivedMail.objects.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first(),
    }
    return render(request, "deliver/mail.html", context)


def letter(request: HttpRequest, pk: int) -> HttpResponse:
    _in_demo(request)
    _, parsed = _parsed(pk)
    return letter_frame(_part(parsed, "html"), live=True)


def raw(request: HttpRequest, pk: int) -> HttpResponse:
    _in_demo(request)
    row, _ = _parsed(pk)
    return HttpResponse(bytes(row.raw), content_type="text/plain; charset=utf-8")
