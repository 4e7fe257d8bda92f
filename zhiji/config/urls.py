"""Every app's pages and the API, found by conventional name: `web` (or `web/urls.py`) and `api`."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from zhiji.config.api import api
from zhiji.kernel.registry import at_work
from zhiji.shell.web.api_docs import api_docs


def pages() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for app in at_work():
        web = find_spec(f"{app.name}.web")
        if web is None:
            continue
        name = web.name if web.submodule_search_locations is None else f"{web.name}.urls"
        if find_spec(name) is not None:
            found.extend(import_module(name).urlpatterns)
    return found


urlpatterns = [
    *pages(),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/docs", api_docs, {"api": api}, name="api_docs"),
    path("api/", api.urls),
]
handler400 = "zhiji.shell.web.errors.bad_request"
handler403 = "zhiji.shell.web.errors.forbidden"
handler404 = "zhiji.shell.web.errors.not_found"
handler500 = "zhiji.shell.web.errors.failed"
