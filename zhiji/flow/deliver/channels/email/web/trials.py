"""A wording tried while it is written: shown as a customer would get it, looked over, sent to oneself."""

import uuid

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhiji.access.models import User
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.asking import signed_in, visible_portrait_id
from zhiji.flow.deliver.channels.email import letter, smtp
from zhiji.flow.deliver.channels.email.findings import look_at
from zhiji.flow.deliver.frames import letter_frame, text_frame, trouble_frame
from zhiji.flow.deliver.models import Message, Template
from zhiji.flow.deliver.naming import named
from zhiji.flow.deliver.rehearsal import examples
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.textpart import text_of
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.search import search
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.records.queries import hidden_from


class NotSent(Exception):
    """The test wasn't sent; the text says why."""


def _wording(request: HttpRequest) -> Wording:
    return Wording.typed(*(request.POST.get(name, "") for name in ("subject", "html", "text")))


def _variables(request: HttpRequest, user: User) -> dict[str, object]:
    """Those of the chosen customer, with a coupon if it is asked for."""
    customer = visible_portrait_id(user, whole(request.POST.get("customer")))
    variables = gather([Addressee(customer)], queries.delivery_settings(), hidden_from(user))[0]
    return variables | (dict(examples()) if request.POST.get("coupon") else {})


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The wording in the form, filled in for the chosen customer; shown in a frame under a policy of its own."""
    user = signed_in(request, "messages:read")
    try:
        filled = letter.fill(_wording(request), _variables(request, user), queries.delivery_settings(), message_id=None)
    except TemplateRefused as error:
        return trouble_frame(str(error), error.line)
    if request.POST.get("part") == "text":
        return text_frame(filled.text)
    return letter_frame(filled.html, dark=bool(request.POST.get("dark")))


@require_POST
def findings(request: HttpRequest) -> JsonResponse:
    """{subject, size in bytes, text: the text part's template as made from the HTML, findings: [{words, stops}]}."""
    user = signed_in(request, "messages:write")
    wording = _wording(request)
    look = look_at(
        wording,
        _variables(request, user),
        user=user,
        key=request.POST.get("key", ""),
        name=request.POST.get("name", ""),
    )
    told = [{"words": one.words, "stops": one.stops} for one in look.findings]
    made = text_of(wording.html)
    return JsonResponse({"subject": look.subject, "size": look.size, "text": made, "findings": told})


@require_GET
def people(request: HttpRequest) -> JsonResponse:
    """[{id, name}] of the customers whom the words `q` find among those the user sees."""
    user = signed_in(request, "messages:read")
    words = request.GET.get("q", "").strip()
    found = search(user, words, 8) if words else queries.samples(user, limit=8)
    return JsonResponse([{"id": one.pk, "name": one.name or f"#{one.pk}"} for one in found], safe=False)


@require_POST
def send_test(request: HttpRequest, key: str) -> HttpResponse:
    """Send the wording in the form, else the saved one, filled in for the chosen customer, to the user themselves."""
    user = signed_in(request, "messages:write")
    template = get_object_or_404(Template, key=key)
    unsaved = "html" in request.POST
    wording = _wording(request) if unsaved else template.wording
    try:
        _send(user, wording, _variables(request, user) | dict(examples()))
    except (NotSent, TemplateRefused, smtp.ServerDown, ValueError) as error:
        words, level = _("没有发出：%(why)s") % {"why": error}, "error"
    else:
        words, level = _("测试邮件已发到 %(address)s") % {"address": user.email}, "success"
    if unsaved:
        return JsonResponse({"words": words, "level": level})
    toasts.add_message(request, toasts.SUCCESS if level == "success" else toasts.ERROR, words)
    return redirect("template", key=key)


def _send(user: User, wording: Wording, variables: dict[str, object]) -> None:
    """Over the same line as every letter, marked as a test; no message of the ledger. Raises NotSent."""
    if not user.email:
        raise NotSent(_("您的账号没有邮箱地址，请管理员补上"))
    if not smtp.server_url():
        raise NotSent(_("没有设置邮件服务器：请设 ZHIJI_SMTP_URL"))
    settings = queries.delivery_settings()
    filled = letter.fill(wording, variables, settings, message_id=None)
    if filled.empty:
        raise NotSent(_("这位客户的%(variables)s是空的，真的信也不会发出") % {"variables": named(filled.empty)})
    filled.subject = _("[测试] %(subject)s") % {"subject": filled.subject}
    trial = Message(pk=0, channel="email", send_key=f"test:{uuid.uuid4()}", purpose="service", by=user)
    line = smtp.Line(smtp.server_url())
    answer = line.send(
        settings.sender_address, user.email, letter.mime(filled, trial, user.email, settings, clock.now())
    )
    line.close()
    if answer.kind != "taken":
        raise NotSent(answer.reply)
