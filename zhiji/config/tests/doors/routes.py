"""Every door there is, from Django's URL configuration and the API's description."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from zhiji.config.api import api

SAFE = {"GET", "HEAD", "OPTIONS"}
FOREIGN = ("api/", "accounts/", "i18n/", "^accounts/")
"""The API is read from its description; the others are libraries' pages about one's own account and language."""


def _patterns(found: list[Any], before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield before + str(one.pattern), one.callback


def methods(view: Any) -> list[str]:
    """The methods a view says it takes; none where it says nothing."""
    while view is not None:
        said = inspect.getclosurevars(view).nonlocals.get("request_method_list") if inspect.isfunction(view) else None
        if said:
            return list(said)
        view = getattr(view, "__wrapped__", None)
    return []


def pages() -> dict[str, Any]:
    """{route: view} of our pages."""
    found: dict[str, Any] = {}
    for route, view in _patterns(get_resolver().url_patterns):
        if not route.startswith(FOREIGN):
            found.setdefault(route, view)  # of two at one address the first answers
    return found


def doors() -> list[tuple[str, str]]:
    """(method, route) of every page and every call of the API; calls begin with `/api/`."""
    found = [(method, route) for route, view in pages().items() for method in methods(view)]
    for path, verbs in api.get_openapi_schema()["paths"].items():
        found += [(verb.upper(), path) for verb in verbs]
    return [(method, route) for method, route in found if method not in ("HEAD", "OPTIONS")]


def public(route: str) -> bool:
    return bool(getattr(pages().get(route), "public", False))
