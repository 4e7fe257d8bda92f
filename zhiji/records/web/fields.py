"""The settings page of custom fields."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.models import Role, User
from zhiji.access.roles import may, require
from zhiji.records import actions
from zhiji.records.models import CustomField
from zhiji.records.queries import at_work, declared
from zhiji.records.web.forms import FieldForm, NewFieldForm, sections


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The fields in their order, and the archived ones."""
    user = _user(request)
    require(user, "settings:read")
    fields = declared().values()
    context = {
        "fields": [(one, _roles(one.readers), _roles(one.writers)) for one in at_work(fields)],
        "archived": [one for one in fields if one.archived_at is not None],
        "may_write": may(user, "settings:write"),
    }
    return render(request, "records/fields.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a field."""
    user = _user(request)
    require(user, "settings:write")
    everybody = list(Role.values)
    form = NewFieldForm(request.POST or None, initial={"readers": everybody, "writers": everybody})
    if form.is_valid():
        try:
            field = actions.create_field(by=user, **form.cleaned_data)
        except actions.BadField as error:
            form.add_error(error.path, str(error))
        else:
            messages.success(request, _("字段“%(name)s”已建好，客户页、列表、导入和接口随即有了它。") % {"name": field})
            return redirect("fields")
    return _page(request, form)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a field."""
    user = _user(request)
    require(user, "settings:write")
    field = get_object_or_404(CustomField, pk=pk)
    form = FieldForm(request.POST or None, initial=FieldForm.of(field))
    if form.is_valid():
        try:
            actions.edit_field(by=user, field=field, **form.cleaned_data)
        except actions.BadField as error:
            form.add_error(error.path, str(error))
        else:
            messages.success(request, _("已保存。"))
            return redirect("fields")
    return _page(request, form, field)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    actions.move_field(by=_user(request), field=get_object_or_404(CustomField, pk=pk), up="up" in request.POST)
    return redirect("fields")


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Archive it, or bring it back (`archived` is 1 or 0)."""
    user, field = _user(request), get_object_or_404(CustomField, pk=pk)
    try:
        if request.POST.get("archived") == "1":
            actions.archive_field(by=user, field=field)
            messages.success(request, _("字段“%(name)s”已归档，客户存的值都还在。") % {"name": field})
        else:
            actions.restore_field(by=user, field=field)
            messages.success(request, _("字段“%(name)s”又可用了。") % {"name": field})
    except actions.BadField as error:
        messages.error(request, str(error))
    return redirect("fields")


def _page(request: HttpRequest, form: Form, field: CustomField | None = None) -> HttpResponse:
    context = {"form": form, "field": field, "sections": [(one, "") for one in sections()]}
    return render(request, "records/field.html", context, status=422 if form.errors else 200)


def _roles(roles: list[str]) -> str:
    """Roles as the list says them."""
    labels: dict[str, Any] = dict(Role.choices)
    if set(roles) >= set(Role.values):
        return _("所有人")
    return _("、").join(str(labels[role]) for role in Role.values if role in roles or role == Role.ADMINISTRATOR)


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate lets nobody else in
    return user
