"""Who we write as, how often, and when."""

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhiji.access.roles import may
from zhiji.flow.deliver import actions, queries
from zhiji.flow.deliver.asking import signed_in
from zhiji.flow.deliver.models import DeliverySettings


class DeliveryForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = DeliverySettings
        exclude = ["updated_at"]
        widgets = {
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }


@require_http_methods(["GET", "POST"])
def delivery(request: HttpRequest) -> HttpResponse:
    user = signed_in(request, "settings:read" if request.method == "GET" else "settings:write")
    row = queries.delivery_settings()
    form = DeliveryForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_delivery(by=user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            toasts.success(request, _("发信设置已保存，从下一封起生效"))
            return redirect("delivery_settings")
    context = {"form": form, "troubles": queries.troubles(), "may_write": may(user, "settings:write")}
    return render(request, "deliver/settings.html", context, status=422 if form.is_bound else 200)
