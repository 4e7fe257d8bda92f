"""The page that makes or changes a mail's template (its preview and test are in trials.py)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from zhiji.access.roles import may
from zhiji.flow.deliver import forms as shared
from zhiji.flow.deliver import queries
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.channels.email.channel import EMAIL
from zhiji.flow.deliver.channels.email.web.editor import editor_data
from zhiji.flow.deliver.models import Template
from zhiji.flow.deliver.wording import Wording

STARTER = Wording(
    "{{ customer.salutation }}，",
    '<h1>{{ customer.greeting }}</h1>\n<p></p>\n{{ shop.url|default("https://shop.example")|button("去看看") }}\n',
    "",
)


class LetterForm(shared.TemplateForm):
    subject = forms.CharField(label=gettext_lazy("主题"), max_length=200)
    html = forms.CharField(
        label=gettext_lazy("正文"),
        widget=forms.Textarea(attrs={"rows": 18, "class": "zj-code", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=gettext_lazy("正文（纯文本）"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "zj-code"}),
    )

    @classmethod
    def shown(cls, wording: Wording) -> Mapping[str, Any]:
        return {"subject": wording.subject, "html": wording.html, "text": wording.text}

    def wording(self) -> Wording:
        told = self.cleaned_data
        return Wording.typed(told["subject"], told["html"], told["text"])


def edit(request: HttpRequest, template: Template | None) -> HttpResponse:
    """Make or change a template. It is filled in for real customers before it is kept."""
    user = signed_in(request, "messages:read")
    more = {
        "samples": queries.samples(user),
        "editor": editor_data(user) | {"may_write": may(user, "messages:write")},
    }
    return shared.edit(
        request, template, EMAIL, form=LetterForm, page="email/template.html", starter=STARTER, more=more
    )
