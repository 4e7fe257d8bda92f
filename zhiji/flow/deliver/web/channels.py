"""设置 › 渠道: what each channel can do and how its account is; the page of one account."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may
from zhiji.flow.deliver.account_actions import AccountRefused, resume_account, set_account
from zhiji.flow.deliver.accounts import account_of
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.channel import Channel, NoSuchChannel, channel_of, channels
from zhiji.flow.deliver.models import Account
from zhiji.kernel.listing import listed

RECEIPTS = {
    "accepted": gettext_lazy("平台收下"),
    "delivered": gettext_lazy("送达"),
    "opened": gettext_lazy("打开"),
    "clicked": gettext_lazy("点击"),
    "failed": gettext_lazy("没送达"),
}


class AccountForm(forms.Form):
    """What a channel's account asks; a secret that is kept isn't shown and stays when it is left empty."""

    mode = forms.ChoiceField(
        label=gettext_lazy("方式"),
        choices=Account.Mode.choices,
        help_text=gettext_lazy("模拟：只到模拟器，没有人会收到，记录里标“模拟”"),
    )

    def __init__(self, channel: Channel, account: Account | None, data: Any = None) -> None:
        given = {**account.given, "mode": account.mode} if account else {}
        super().__init__(data, initial=given)
        for one in channel.fields:
            kept = one.secret and account is not None
            self.fields[one.name] = forms.CharField(
                label=str(one.label),
                required=one.required and not kept,
                max_length=300,
                help_text=_("已保存；留空则不变") if kept else str(one.hint),
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}) if one.secret else forms.TextInput(),
            )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "settings:read")
    rows = [_shown(one) for one in channels()]
    return render(request, "deliver/channels.html", {"rows": rows, "may_write": may(user, "settings:write")})


def _shown(channel: Channel) -> dict[str, Any]:
    standing = channel.standing()
    wanted = bool(channel.fields) and account_of(channel) is None
    return {
        "channel": channel,
        "standing": standing,
        "unset": wanted,
        "receipts": listed(str(word) for key, word in RECEIPTS.items() if key in channel.can.receipts),
        "url": reverse("channel", args=[channel.key]) if channel.fields else reverse("delivery_settings"),
    }


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request, "settings:read" if request.method == "GET" else "settings:write")
    channel = _with_account(key)
    row = account_of(channel)
    form = AccountForm(channel, row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            set_account(by=user, channel=channel, mode=told.pop("mode"), given=told)
        except AccountRefused as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, _("账户已保存，从下一条起生效"))
            return redirect("channel", key=key)
    context = {
        **_shown(channel),
        "form": form,
        "account": row,
        "inbound": f"{settings.PUBLIC_URL}{reverse('inbound', args=[row.inbound_key])}" if row else "",
        "may_write": may(user, "settings:write"),
    }
    return render(request, "deliver/channel.html", context, status=422 if form.is_bound else 200)


@require_POST
def resume(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request, "settings:write")
    done = resume_account(by=user, channel=_with_account(key))
    toasts.success(request, _("已恢复，排队的消息马上发出")) if done else toasts.warning(request, _("它没有暂停"))
    return redirect("channel", key=key)


def _with_account(key: str) -> Channel:
    try:
        found = channel_of(key)
    except NoSuchChannel as error:
        raise Http404(str(error)) from error
    if not found.fields:
        raise Http404("this channel has no account to set up")
    return found
