"""Templates: the list, the editor with its preview, a test to oneself."""

import uuid

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhiji.access.roles import may
from zhiji.flow.deliver import actions, letter, queries, smtp
from zhiji.flow.deliver.models import Message, Purpose, Template
from zhiji.flow.deliver.rehearsal import examples
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.sandbox.filters import FILTERS
from zhiji.flow.deliver.sandbox.known import KNOWN
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.deliver.web.frames import letter_frame, trouble_frame
from zhiji.flow.deliver.web.messages import signed_in, visible_portrait_id
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel import clock
from zhiji.kernel.given import whole

STARTER = Wording(
    "{{ customer.salutation }}，",
    '<h1>{{ customer.greeting }}</h1>\n<p></p>\n{{ shop.url|default("https://shop.example")|button("去看看") }}\n',
    "{{ customer.greeting }}\n\n",
)


class TemplateForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    key = forms.SlugField(
        label=gettext_lazy("标识"), max_length=50, help_text=gettext_lazy("规则用它找到模板，如 welcome")
    )
    purpose = forms.ChoiceField(label=gettext_lazy("目的"), choices=Purpose.choices)
    subject = forms.CharField(label=gettext_lazy("主题"), max_length=200)
    html = forms.CharField(
        label=gettext_lazy("正文（HTML）"),
        widget=forms.Textarea(attrs={"rows": 16, "class": "zj-code", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=gettext_lazy("正文（纯文本）"), widget=forms.Textarea(attrs={"rows": 8, "class": "zj-code"})
    )

    def wording(self) -> Wording:
        told = self.cleaned_data
        return Wording(told["subject"], told["html"], told["text"])


def listing(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "messages:read")
    rows = list(queries.templates())
    context = {"templates": rows, "may_write": may(user, "messages:write")}
    return render(request, "deliver/templates.html", context)


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
        if template is None and Template.objects.filter(key=told["key"]).exists():
            form.add_error("key", _("已有这个标识的模板，换一个"))
        else:
            try:
                saved = actions.save_template(
                    by=user, key=told["key"], name=told["name"], purpose=told["purpose"], wording=form.wording()
                )
            except TemplateRefused as error:
                form.add_error(
                    None, str(error) + (_("（第 %(line)s 行）") % {"line": error.line} if error.line else "")
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                toasts.success(request, _("模板已保存，第 %(version)s 版") % {"version": saved.version})
                return redirect("template", key=saved.key)
    context = {
        "form": form,
        "template": template,
        "samples": queries.samples(user),
        "variables": [(name, [f"{name}.{part}" for part in parts or ()]) for name, parts in KNOWN.items()],
        "filters": [name for name in FILTERS if name not in ("e", "escape")],
        "used": Message.objects.filter(template=template).exists() if template else False,
        "may_write": may(user, "messages:write"),
    }
    return render(request, "deliver/template.html", context, status=422 if form.is_bound else 200)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The wording in the form, filled in for the chosen customer; shown in a frame under a policy of its own."""
    user = signed_in(request, "messages:read")
    wording = Wording(*(request.POST.get(name, "") for name in ("subject", "html", "text")))
    customer = visible_portrait_id(user, whole(request.POST.get("customer")))
    settings = queries.delivery_settings()
    variables = gather([Addressee(customer)], settings)[0]
    if request.POST.get("coupon"):
        variables |= examples()
    try:
        filled = letter.fill(wording, variables, settings, message_id=None)
    except TemplateRefused as error:
        return trouble_frame(str(error), error.line)
    if request.POST.get("part") == "text":
        return HttpResponse(filled.text, content_type="text/plain; charset=utf-8")
    return letter_frame(filled.html)


@require_POST
def archive(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request, "messages:write")
    actions.archive_template(by=user, template=get_object_or_404(Template, key=key))
    toasts.success(request, _("模板已停用；已计划的邮件照常发送"))
    return redirect("templates")


@require_POST
def send_test(request: HttpRequest, key: str) -> HttpResponse:
    """Send the saved template, filled in for the chosen customer, to the user's own address."""
    user = signed_in(request, "messages:write")
    template = get_object_or_404(Template, key=key)
    if not user.email:
        toasts.error(request, _("您的账号没有邮箱地址，请管理员补上"))
        return redirect("template", key=key)
    if not smtp.server_url():
        toasts.error(request, _("没有设置邮件服务器：请设 ZHIJI_SMTP_URL"))
        return redirect("template", key=key)
    settings = queries.delivery_settings()
    customer = visible_portrait_id(user, whole(request.POST.get("customer")))
    variables = gather([Addressee(customer)], settings)[0] | examples()
    try:
        filled = letter.fill(template.wording, variables, settings, message_id=None)
        trial = Message(pk=0, send_key=f"test:{uuid.uuid4()}", purpose="service", by=user)
        mail = letter.mime(filled, trial, user.email, settings, clock.now())
        line = smtp.Line(smtp.server_url())
        answer = line.send(settings.sender_address, user.email, mail)
        line.close()
    except (TemplateRefused, smtp.ServerDown, ValueError) as error:
        toasts.error(request, _("没有发出：%(why)s") % {"why": error})
    else:
        if answer.kind == "taken":
            toasts.success(request, _("测试邮件已发到 %(address)s") % {"address": user.email})
        else:
            toasts.error(request, _("没有发出：%(why)s") % {"why": answer.reply})
    return redirect("template", key=key)
