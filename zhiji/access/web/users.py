"""Accounts of the people who work here: administrators only."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhiji.access import actions
from zhiji.access.models import User
from zhiji.access.queries import people
from zhiji.access.roles import require
from zhiji.access.web.forms import AccountForm, NewAccountForm
from zhiji.access.web.me import signed_in


@require_GET
def users(request: HttpRequest) -> HttpResponse:
    require(signed_in(request), "users:write")
    return render(request, "access/users.html", {"people": list(people())})


@require_http_methods(["GET", "POST"])
def new_user(request: HttpRequest) -> HttpResponse:
    by = signed_in(request)
    require(by, "users:write")
    form = NewAccountForm(request.POST or None)
    if form.is_valid():
        try:
            user, password = actions.create_user(by=by, **form.cleaned_data)
        except ValueError as refusal:
            form.add_error("username", str(refusal))
        else:
            return _password_once(request, user, password)
    return render(request, "access/new_user.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    by = signed_in(request)
    require(by, "users:write")
    person = get_object_or_404(User, pk=user_id)
    shown = {name: getattr(person, name) for name in AccountForm.base_fields}
    form = AccountForm(request.POST or None, initial=shown)
    if form.is_valid():
        try:
            actions.edit_user(by=by, user=person, **form.cleaned_data)
        except ValueError as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, _("已保存。"))
            return redirect("users")
    second_step = person.authenticator_set.exists()  # type: ignore[attr-defined]
    context = {"person_": person, "form": form, "second_step": second_step, "tokens": person.tokens.count()}
    return render(request, "access/user.html", context, status=422 if form.errors else 200)


@require_POST
def activity(request: HttpRequest, user_id: int) -> HttpResponse:
    """Whether the account may sign in: `active` is 1 or 0."""
    by = signed_in(request)
    person = get_object_or_404(User, pk=user_id)
    try:
        if request.POST.get("active") == "1":
            actions.activate_user(by=by, user=person)
            messages.success(request, _("%(name)s 又可以登录了。") % {"name": person})
        else:
            actions.deactivate_user(by=by, user=person)
            messages.success(request, _("%(name)s 已停用，各处登录随即失效。") % {"name": person})
    except ValueError as refusal:
        messages.error(request, str(refusal))
    return redirect("user", user_id)


@require_POST
def password(request: HttpRequest, user_id: int) -> HttpResponse:
    by = signed_in(request)
    person = get_object_or_404(User, pk=user_id)
    return _password_once(request, person, actions.reset_password(by=by, user=person))


@require_POST
def second_step(request: HttpRequest, user_id: int) -> HttpResponse:
    by = signed_in(request)
    person = get_object_or_404(User, pk=user_id)
    if actions.reset_second_step(by=by, user=person):
        messages.success(request, _("%(name)s 的两步验证已关闭，下次只凭密码登录。") % {"name": person})
    else:
        messages.error(request, _("%(name)s 没有开启两步验证。") % {"name": person})
    return redirect("user", user_id)


def _password_once(request: HttpRequest, person: User, password: str) -> HttpResponse:
    response = render(request, "access/initial_password.html", {"person_": person, "password": password})
    response.headers["Cache-Control"] = "no-store"
    return response
