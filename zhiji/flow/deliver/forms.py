"""The page of a template: what every channel's has, and the plain text of those that draw none of their own."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.access.roles import may
from zhiji.flow.deliver import actions
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.channel import Channel
from zhiji.flow.deliver.models import Purpose, Template
from zhiji.flow.deliver.rehearsal import said
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.wording import Wording


class TemplateForm(forms.Form):
    """What every template has. A channel's own form adds its parts, shows them from a wording and says them as one."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    key = forms.SlugField(
        label=gettext_lazy("标识"), max_length=50, help_text=gettext_lazy("规则用它找到模板，如 welcome")
    )
    purpose = forms.ChoiceField(label=gettext_lazy("目的"), choices=Purpose.choices)

    @classmethod
    def shown(cls, wording: Wording) -> Mapping[str, Any]:
        """The parts as the form's fields have them."""
        raise NotImplementedError

    def wording(self) -> Wording:
        raise NotImplementedError


class PlainForm(TemplateForm):
    text = forms.CharField(label=gettext_lazy("正文"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))

    @classmethod
    def shown(cls, wording: Wording) -> Mapping[str, Any]:
        return {"text": wording.text}

    def wording(self) -> Wording:
        return Wording.typed("", "", self.cleaned_data["text"])


def edit(
    request: HttpRequest,
    template: Template | None,
    channel: Channel,
    *,
    form: type[TemplateForm] = PlainForm,
    page: str = "deliver/plain.html",
    starter: Wording = Wording("", "", ""),  # noqa: B008 - it is frozen
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show or keep a template of this channel; a new one begins with `starter`, `more` is what the page needs."""
    user = signed_in(request, "messages:read" if request.method == "GET" and template else "messages:write")
    initial = {"purpose": "marketing", **form.shown(template.wording if template else starter)}
    if template:
        initial |= {name: getattr(template, name) for name in ("name", "key", "purpose")}
    filled = form(request.POST or None, initial=initial)
    if template:
        filled.fields["key"].disabled = True
    if filled.is_valid() and (saved := _saved(request, filled, channel, anew=template is None)):
        return redirect("template", key=saved.key)
    context = {"form": filled, "template": template, "channel": channel, "may_write": may(user, "messages:write")}
    return render(request, page, context | dict(more or {}), status=422 if filled.is_bound else 200)


def _saved(request: HttpRequest, form: TemplateForm, channel: Channel, *, anew: bool) -> Template | None:
    """Keep what the form says, and tell it; None: the form says what is wrong."""
    same = {name: form.cleaned_data[name] for name in ("key", "name", "purpose")}
    try:
        saved = actions.save_template(
            by=signed_in(request, "messages:write"),
            channel=channel.key,
            wording=form.wording(),
            anew=anew,
            **same,
        )
    except actions.TemplateKeyTaken as error:
        form.add_error("key", str(error))
    except TemplateRefused as error:
        form.add_error(None, said(error))
    except ValidationError as error:
        form.add_error(None, error)
    else:
        toasts.success(request, _("模板已保存，第 %(version)s 版") % {"version": saved.version})
        return saved
    return None
