"""Every page needs a signed-in user unless its view says otherwise with `@public`."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render

from zhiji.access.roles import Forbidden

View = TypeVar("View", bound=Callable[..., Any])
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
                return HttpResponse(status=204, headers={"HX-Redirect": "/accounts/login/"})
            return redirect_to_login(request.get_full_path())
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Forbidden):
            if request.headers.get("HX-Request"):
                return HttpResponseForbidden(str(exception))
            return render(request, "403.html", {"reason": str(exception)}, status=403)
        return None
