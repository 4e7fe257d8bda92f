"""Every page needs a signed-in user unless its view says otherwise with `@public`."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.urls import reverse

from zhiji.access.limits import TooOften
from zhiji.access.roles import Forbidden

View = TypeVar("View", bound=Callable[..., Any])
OPEN_WITH_INITIAL_PASSWORD = ("/accounts/", "/i18n/", "/theme/")
OPEN = ("/accounts/", "/static/", "/api/", "/healthz", "/readyz", "/metrics")


def public(view: View) -> View:
    """Mark a view that strangers may call (a tracking link, an unsubscribe page)."""
    view.public = True  # type: ignore[attr-defined]
    return view


class SignInRequired:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "public", False) or request.path.startswith(OPEN):
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": reverse("account_login")})
            return redirect_to_login(request.get_full_path())
        if request.user.must_change_password and not request.path.startswith(OPEN_WITH_INITIAL_PASSWORD):
            return _send(request, reverse("account_change_password"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Forbidden):
            if request.headers.get("HX-Request"):
                return HttpResponseForbidden(str(exception))
            return render(request, "403.html", {"reason": str(exception)}, status=403)
        if isinstance(exception, TooOften):
            if request.headers.get("HX-Request"):
                return HttpResponse(str(exception), content_type="text/plain; charset=utf-8", status=429)
            return render(request, "too_often.html", {"reason": str(exception)}, status=429)
        return None


def _send(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
