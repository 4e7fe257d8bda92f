"""Pages for what went wrong; programs get JSON. The page for our own failure needs neither database nor user."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

PROGRAMS = ("/api/", "/v1/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "bad request", "404.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "forbidden", "403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "not found", "404.html")


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's CSRF token is missing or old."""
    return _answer(request, 403, "CSRF token missing or old", "403_csrf.html")


def failed(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(PROGRAMS):
        return JsonResponse({"detail": _("服务器出错了，已记入日志；请稍后再试，或找管理员")}, status=500)
    return HttpResponse(render_to_string("500.html"), status=500)


def _answer(request: HttpRequest, status: int, detail: str, template: str) -> HttpResponse:
    if request.path.startswith(PROGRAMS):
        return JsonResponse({"detail": detail}, status=status)
    if not hasattr(request, "user"):  # refused before anybody was recognised
        return HttpResponse(detail, status=status, content_type="text/plain")
    return render(request, template, status=status)
