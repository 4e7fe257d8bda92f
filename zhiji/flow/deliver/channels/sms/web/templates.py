"""The page of a text message's template: what the platform approved, and what fills each variable."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from zhiji.flow.deliver import forms as shared
from zhiji.flow.deliver import naming, queries
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.channels.sms.channel import SMS
from zhiji.flow.deliver.channels.sms.wording import OPT_OUT
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.wording import Wording

PREFIX = "variable:"
STARTER = Wording(
    "", "", f"${{name}}，您好！会员周新品已到店，欢迎来看。{OPT_OUT}", {"name": "{{ customer.name }}"}, {}
)


class TextForm(shared.TemplateForm):
    sign = forms.CharField(
        label=gettext_lazy("签名"), max_length=12, help_text=gettext_lazy("审核通过的，不写【】，如 知己小店")
    )
    code = forms.CharField(
        label=gettext_lazy("模板 CODE"), max_length=30, help_text=gettext_lazy("平台给的，如 SMS_123456789")
    )
    text = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5, "data-sms-text": ""}),
        help_text=gettext_lazy("和平台审核通过的一字不差，变量写成 ${name}；营销短信以“拒收请回复R”结尾"),
    )

    @classmethod
    def shown(cls, wording: Wording) -> Mapping[str, Any]:
        told = wording.details
        return {"sign": told.get("sign", ""), "code": told.get("code", ""), "text": wording.text}

    def wording(self) -> Wording:
        told = self.cleaned_data
        return Wording(
            "", "", told["text"].replace("\r\n", "\n").strip(), given_variables(self.data),
            {"sign": told["sign"].strip(), "code": told["code"].strip()},
        )  # fmt: skip


def given_variables(data: Mapping[str, Any]) -> dict[str, str]:
    """What a form fills each variable with; one that the text doesn't have any more was left behind by the page."""
    found = {name.removeprefix(PREFIX): str(data[name]).strip() for name in data if name.startswith(PREFIX)}
    text = str(data.get("text", ""))
    return {name: value for name, value in found.items() if re.search(rf"\$\{{{re.escape(name)}\}}", text)}


def edit(request: HttpRequest, template: Template | None) -> HttpResponse:
    """Make or change a template. It is filled in for real customers before it is kept."""
    user = signed_in(request, "messages:read")
    kept = template.wording if template else STARTER
    more = {
        "variables": given_variables(request.POST) if request.method == "POST" else kept.variables,
        "insertable": [(label, [(one.written, one.label) for one in found]) for label, found in naming.insertable()],
        "samples": queries.samples(user, limit=1),
    }
    return shared.edit(request, template, SMS, form=TextForm, page="sms/template.html", starter=STARTER, more=more)
