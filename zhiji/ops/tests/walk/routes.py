"""Every address that the product answers, from its URL configuration, filled with what a walk found."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from zhiji.ops.tests.walk.visitor import Walk

PART = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> list[str]:
    """The product's own pages: not the API, which has its own tests, nor the library that signs in."""
    return [route for route in _routes(get_resolver()) if not route.startswith(("api/", "accounts/", "^"))]


def _routes(within: URLResolver, before: str = "") -> Iterator[str]:
    for one in within.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one, route)
        elif isinstance(one, URLPattern):
            yield route


def filled(route: str, walk: Walk) -> str:
    """The route with values from addresses that begin as it does; empty where the walk found none."""
    known: dict[str, object] = {}
    for name in PART.findall(route):
        start = route[: route.index(f"{name}>")]
        same = (one for one in walk.matches if one.route.startswith(start) and name in one.kwargs)
        if (match := next(same, None)) is None:
            return ""
        known[name] = match.kwargs[name]
    return "/" + PART.sub(lambda part: str(known[part[1]]), route)
