"""The API: every app's `api` module that holds a `router`, under one OpenAPI description."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from ninja import NinjaAPI

from zhiji.access.tokens import BearerToken

api = NinjaAPI(
    title="Zhiji API",
    version="1",
    auth=BearerToken(),
    urls_namespace="api",
    docs_url=None,
    description="Customers, facts, segments, schemes, rules, messages. Send `Authorization: Bearer <token>`.",
)

for app in apps.get_app_configs():
    if app.name.startswith("zhiji.") and find_spec(f"{app.name}.api") is not None:
        api.add_router("/", import_module(f"{app.name}.api").router)
