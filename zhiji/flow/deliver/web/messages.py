"""The ledger of messages, one message, and writing one."""

import uuid

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may
from zhiji.access.shown import masked_page
from zhiji.flow.act.models import Rule
from zhiji.flow.deliver import actions, queries, reasons
from zhiji.flow.deliver.asking import signed_in, visible_portrait_id
from zhiji.flow.deliver.channel import Channel, channel_of, channels
from zhiji.flow.deliver.frames import letter_frame, trouble_frame
from zhiji.flow.deliver.models import Message, Purpose, Template
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.profile.models import Portrait
from zhiji.kernel import keyset
from zhiji.kernel.given import whole
from zhiji.records.queries import hidden_from, seen


def dress(message: Message) -> Message:
    """The message with its state's colour, its reason in words, and its channel."""
    message.colour = reasons.COLOURS.get(message.state, "gray")  # type: ignore[attr-defined]
    message.why = reasons.words(message)  # type: ignore[attr-defined]
    message.over = known(message.channel)  # type: ignore[attr-defined]
    return message


def known(key: str) -> Channel | None:
    """The channel, None when its folder is gone."""
    return next((one for one in channels() if one.key == key), None)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Everything said or to be said, newest first, filtered by state, channel, rule, template, customer."""
    user = signed_in(request, "messages:read")
    chosen = {name: request.GET.get(name, "") for name in ("state", "channel", "template", "rule", "customer")}
    rows = queries.ledger_page(
        user,
        state=chosen["state"] if chosen["state"] in Message.State.values else "",
        channel=chosen["channel"],
        template=chosen["template"],
        rule=whole(chosen["rule"]),
        customer=whole(chosen["customer"]),
    )
    page = keyset.page(rows, ("-id",), 50, request.GET.get("cursor", ""))
    queries.with_names([dress(row) for row in page.rows])
    context = {
        "page": page,
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "states": Message.State.choices,
        "channels": channels(),
        "templates": list(Template.objects.order_by("name").values_list("key", "name")),
        "rules": list(Rule.objects.order_by("name").values_list("pk", "name")),
        "troubles": queries.troubles(),
        "may_write": may(user, "messages:write"),
    }
    part = request.headers.get("HX-Request") and request.headers.get("HX-Target") == "rows"
    return render(request, "deliver/_rows.html" if part else "deliver/ledger.html", context)


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: to whom, why, what became of it, and how it looks."""
    user = signed_in(request, "messages:read")
    row = get_object_or_404(queries.messages_for(user).select_related("by"), pk=pk)
    queries.with_names([dress(row)])
    events = [
        (_("计划"), row.planned_at, ""),
        (_("通过频次检查"), row.counted_at, ""),
        (_("已交给服务商"), row.sent_at, ""),
        (_("已送达"), row.delivered_at, ""),
        (_("首次打开"), row.opened_at, ""),
        (_("首次点击"), row.clicked_at, ""),
        (_("未送达"), row.bounced_at, row.reply if row.state == Message.State.BOUNCED else ""),
    ]
    if row.state == Message.State.PLANNED:
        events.append((_("计划发送"), row.due_at, row.why))  # type: ignore[attr-defined]
    happened = sorted([(at, what, why) for what, at, why in events if at is not None], key=lambda event: event[0])
    context = {"message": row, "events": happened, "may_write": may(user, "messages:write")}
    return render(request, "deliver/message.html", context)


@require_safe
def letter_as_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as it went out, or as it would now: from the kept version and variables. Its links do nothing."""
    user = signed_in(request, "messages:read")
    row = get_object_or_404(queries.messages_for(user), pk=pk)
    settings = queries.delivery_settings()
    variables = row.variables or gather([Addressee(row.customer.root_id, row.entry_id)], settings)[0]
    variables = {**variables, "attributes": seen(variables.get("attributes", {}), hidden_from(user))}
    try:
        html = channel_of(row.channel).render(queries.wording_of(row), variables, settings, message_id=None).html
        return letter_frame(masked_page(html, user))
    except TemplateRefused as error:
        return trouble_frame(str(error), error.line)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request, "messages:write")
    row = get_object_or_404(queries.messages_for(user), pk=pk)
    done = actions.cancel(by=user, message=row)
    toasts.success(request, _("已取消，不会发送")) if done else toasts.warning(request, _("来不及了：它已不在等待发送"))
    return redirect("message", pk=pk)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request, "messages:write")
    row = get_object_or_404(queries.messages_for(user), pk=pk)
    done = actions.retry(by=user, message=row)
    toasts.success(request, _("已重新排队，发送前会再检查一遍")) if done else toasts.warning(request, _("它没有失败"))
    return redirect("message", pk=pk)


class LetterForm(forms.Form):
    """A message to one customer: a template of any channel, or one's own words over the usual one."""

    template = forms.ChoiceField(label=gettext_lazy("用模板"), required=False)
    purpose = forms.ChoiceField(
        label=gettext_lazy("目的"),
        choices=Purpose.choices,
        initial=Purpose.SERVICE,
        required=False,
        help_text=gettext_lazy("营销消息要客户同意，并遵守频次上限和免打扰时段；服务消息不受限"),
    )
    subject = forms.CharField(label=gettext_lazy("主题"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("正文"), widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000, required=False
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        label = {one.key: str(one.label) for one in channels()}
        found = queries.templates().filter(channel__in=label).values_list("key", "name", "channel")
        field.choices = [
            ("", _("不用模板，自己写邮件")),
            *((key, f"{label[channel]} · {name}") for key, name, channel in found),
        ]


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write to one customer. The form's key makes sending it twice one message."""
    user = signed_in(request, "messages:write")
    customer = whole(request.GET.get("customer"))
    person = get_object_or_404(Portrait, pk=visible_portrait_id(user, customer))
    form = LetterForm(request.POST or None, initial={"key": uuid.uuid4(), "template": request.GET.get("template", "")})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        template = Template.objects.filter(key=told["template"], archived_at=None).first()
        try:
            row = actions.plan(
                by=user,
                customer_id=person.pk,
                send_key=f"user:{user.pk}:{told['key']}",
                template=template,
                written=None if template else {"subject": told["subject"], "text": told["text"]},
                purpose=told["purpose"] or Purpose.SERVICE,
            )
        except actions.CannotPlan as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, _("已排队，几秒内发出"))
            return redirect(reverse("message", args=[row.pk]))
    status = 422 if form.is_bound else 200
    return render(request, "deliver/write.html", {"form": form, "person": person}, status=status)
