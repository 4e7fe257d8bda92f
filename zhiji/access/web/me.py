"""My own account: name, language, theme, tokens."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhiji.access import actions
from zhiji.access.adapter import prefer
from zhiji.access.models import ApiToken, User
from zhiji.access.queries import tokens_of
from zhiji.access.tokens import create_token
from zhiji.access.web.forms import MeForm, TokenForm
from zhiji.kernel import clock


def signed_in(request: HttpRequest) -> User:
    """The user of a page behind the gate."""
    assert isinstance(request.user, User)  # noqa: S101 - SignInRequired lets no one else through
    return request.user


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    shown = {"display_name": user.display_name, "language": user.language, "theme": user.theme or "auto"}
    return _page(request, MeForm(initial=shown), TokenForm(user=user))


@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = MeForm(request.POST)
    if not form.is_valid():
        return _page(request, form, TokenForm(user=user), status=422)
    user = actions.edit_me(by=user, **form.cleaned_data)
    messages.success(request, _("已保存。"))
    response = redirect("me")
    prefer(response, user, secure=request.is_secure())
    if not user.language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


@require_POST
def add_token(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = TokenForm(request.POST, user=user)
    shown = {"display_name": user.display_name, "language": user.language, "theme": user.theme or "auto"}
    if not form.is_valid():
        return _page(request, MeForm(initial=shown), form, status=422)
    days = form.cleaned_data["days"]
    token = create_token(
        by=user,
        user=user,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        expires_at=clock.now() + timedelta(days=days) if days else None,
    )
    return _page(request, MeForm(initial=shown), TokenForm(user=user), token=token)


@require_http_methods(["POST"])
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    user = signed_in(request)
    token = get_object_or_404(ApiToken, pk=token_id, user=user)
    actions.revoke_token(by=user, token=token)
    messages.success(request, _("令牌“%(name)s”已作废。") % {"name": token.name})
    return redirect("me")


def _page(
    request: HttpRequest, form: MeForm, token_form: TokenForm, token: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "token_form": token_form,
        "token": token,
        "tokens": list(tokens_of(signed_in(request))),
        "now": clock.now(),
        "second_step": signed_in(request).authenticator_set.exists(),  # type: ignore[attr-defined]
    }
    response = render(request, "access/me.html", context, status=status)
    if token:
        response.headers["Cache-Control"] = "no-store"
    return response
