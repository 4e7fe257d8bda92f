"""Doors of allauth that stay shut: nobody signs up, and an administrator resets passwords."""

from django.http import Http404, HttpRequest, HttpResponse

from zhiji.access.web.gate import public


@public
def closed(request: HttpRequest, rest: str = "") -> HttpResponse:
    raise Http404
