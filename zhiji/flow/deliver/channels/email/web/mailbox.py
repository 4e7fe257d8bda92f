"""The demo's mailbox: what our own mail server received, so that a visitor can play the customer.

It holds mail to everybody, so it is for those who write to everybody; contact values are masked as everywhere. The mail
as it came, clear, is for those who may reveal them.
"""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from zhiji.access.audit import audit
from zhiji.access.roles import may
from zhiji.access.shown import masked, masked_page
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.frames import letter_frame
from zhiji.flow.deliver.models import ReceivedMail
from zhiji.kernel import keyset
from zhiji.kernel.given import whole


def _in_demo(request: HttpRequest) -> None:
    if not settings.DEMO:
        raise Http404("only the demo has a mailbox")
    signed_in(request, "messages:write")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All mails, or those to the same address as the mail `like`."""
    _in_demo(request)
    rows = ReceivedMail.objects.defer("raw")
    like = rows.filter(pk=whole(request.GET.get("like")) or 0).first()
    if like:
        rows = rows.filter(envelope_to=like.envelope_to)
    page = keyset.page(rows, ("-id",), 50, request.GET.get("cursor", ""))
    for row in (*page.rows, like):
        if row:
            _mask(row)
    return render(request, "email/mailbox.html", {"page": page, "like": like})


def _mask(row: ReceivedMail) -> None:
    """What is shown of a mail instead of what is kept. It isn't saved."""
    row.envelope_to, row.subject = masked(row.envelope_to), masked(row.subject)


def _parsed(pk: int) -> tuple[ReceivedMail, EmailMessage]:
    row = get_object_or_404(ReceivedMail, pk=pk)
    return row, message_from_bytes(bytes(row.raw), policy=default)


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    return str(body.get_content()) if body else ""


@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    _in_demo(request)
    row, parsed = _parsed(pk)
    _mask(row)
    names = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
    context = {
        "mail": row,
        "headers": [(name, _shown(name, str(parsed[name]))) for name in names if parsed[name]],
        "text": masked(_part(parsed, "plain")),
        "may_reveal": may(signed_in(request, "messages:write"), "contacts:reveal"),
        "newer": ReceivedMail.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first(),
        "older": ReceivedMail.objects.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first(),
    }
    return render(request, "email/mail.html", context)


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    _in_demo(request)
    _, parsed = _parsed(pk)
    return letter_frame(masked_page(_part(parsed, "html")), live=True)


def _shown(name: str, value: str) -> str:
    return str(masked(value)) if name in ("To", "Subject") else value


@require_safe
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as it came, with an audit line."""
    _in_demo(request)
    user = signed_in(request, "contacts:reveal")
    row, _ = _parsed(pk)
    audit("contacts revealed", row, by=user)
    return HttpResponse(bytes(row.raw), content_type="text/plain; charset=utf-8")
