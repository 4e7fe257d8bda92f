"""Templates: the list, and the editor (its preview and test are in trials.py)."""

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.roles import may
from zhiji.flow.deliver import actions, naming, queries
from zhiji.flow.deliver.findings import said
from zhiji.flow.deliver.models import Message, Purpose, Template
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.web.editor import editor_data
from zhiji.flow.deliver.web.messages import signed_in
from zhiji.flow.deliver.wording import Wording

STARTER = Wording(
    "{{ customer.salutation }}，",
    '<h1>{{ customer.greeting }}</h1>\n<p></p>\n{{ shop.url|default("https://shop.example")|button("去看看") }}\n',
    "",
)


class TemplateForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    key = forms.SlugField(
        label=gettext_lazy("标识"), max_length=50, help_text=gettext_lazy("规则用它找到模板，如 welcome")
    )
    purpose = forms.ChoiceField(label=gettext_lazy("目的"), choices=Purpose.choices)
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

    def wording(self) -> Wording:
        told = self.cleaned_data
        return Wording.typed(told["subject"], told["html"], told["text"])


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "messages:read")
    rows = [(row, naming.told(row.subject)) for row in queries.templates()]
    context = {"templates": rows, "may_write": may(user, "messages:write")}
    return render(request, "deliver/templates.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make or change a template. It is filled in for real customers before it is kept."""
    user = signed_in(request, "messages:read" if request.method == "GET" and key else "messages:write")
    template = get_object_or_404(Template, key=key) if key else None
    old = template.wording if template else STARTER
    initial = {"subject": old.subject, "html": old.html, "text": old.text, "purpose": "marketing"}
    if template:
        initial |= {"name": template.name, "key": template.key, "purpose": template.purpose}
    form = TemplateForm(request.POST or None, initial=initial)
    if template:
        form.fields["key"].disabled = True
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        same = {name: told[name] for name in ("key", "name", "purpose")}
        try:
            saved = actions.save_template(by=user, wording=form.wording(), anew=template is None, **same)
        except actions.TemplateKeyTaken as error:
            form.add_error("key", str(error))
        except TemplateRefused as error:
            form.add_error(None, said(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            toasts.success(request, _("模板已保存，第 %(version)s 版") % {"version": saved.version})
            return redirect("template", key=saved.key)
    context = {
        "form": form,
        "template": template,
        "samples": queries.samples(user),
        "editor": editor_data(user) | {"may_write": may(user, "messages:write")},
        "used": Message.objects.filter(template=template).exists() if template else False,
        "may_write": may(user, "messages:write"),
    }
    return render(request, "deliver/template.html", context, status=422 if form.is_bound else 200)


@require_POST
def archive(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request, "messages:write")
    actions.archive_template(by=user, template=get_object_or_404(Template, key=key))
    toasts.success(request, _("模板已停用；已计划的邮件照常发送"))
    return redirect("templates")
