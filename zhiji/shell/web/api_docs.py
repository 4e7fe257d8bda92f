"""The API's description as a page, drawn on the server."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from ninja import NinjaAPI

from zhiji.shell.api_reference import by_subject


@require_GET
def api_docs(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    schema = api.get_openapi_schema()
    address = request.build_absolute_uri("/").rstrip("/")
    return render(request, "shell/api_docs.html", {"subjects": by_subject(schema), "address": address})
