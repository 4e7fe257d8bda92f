"""The API: every app's `api` module that holds a `router`, under one OpenAPI description."""

from importlib import import_module
from importlib.util import find_spec

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError

from zhiji.access.limits import TooOften
from zhiji.access.roles import Forbidden
from zhiji.access.tokens import BearerToken
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.conditions.grammar import Unreadable
from zhiji.kernel.given import BEYOND, Unfit
from zhiji.kernel.registry import at_work
from zhiji.shell.asked import Api, Misasked

log = structlog.get_logger()

api = Api(
    title="Zhiji API",
    version="1",
    auth=BearerToken(),
    urls_namespace="api",
    docs_url=None,
    description=(
        "Customers, facts, segments, schemes, rules, messages. Send `Authorization: Bearer <token>`; a token is made"
        " on the page “My account”. Lists come in pages: pass the answer's `next` as `cursor`. Errors are"
        ' `{"detail": …}`: 401 no or unknown token, 403 the token or its user may not, 404 nothing there or not'
        " visible to the user, 422 the values won't do or a field isn't known, 429 asked too often. Texts are in the"
        " language of `Accept-Language`: zh-hans or en."
    ),
)


@api.exception_handler(Forbidden)
def forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=403)


@api.exception_handler(TooOften)
def too_often(request: HttpRequest, error: TooOften) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=429)


@api.exception_handler(ConditionError)
def no_condition(request: HttpRequest, error: ConditionError) -> HttpResponse:
    told = {"path": error.path, "reason": error.reason, "hint": error.hint, "take": error.take}
    return api.create_response(request, {"detail": str(error), **told}, status=422)


@api.exception_handler(Misasked)
@api.exception_handler(Unfit)
def misasked(request: HttpRequest, error: Misasked | Unfit) -> HttpResponse:
    told = {"path": error.path, "reason": error.reason, "hint": getattr(error, "hint", "")}
    return api.create_response(request, {"detail": str(error), **told}, status=422)


@api.exception_handler(HttpError)
def refused_by_name(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that can't be read is wrapped by the parser's caller."""
    if isinstance(error.__cause__, Unfit):
        return misasked(request, error.__cause__)
    return api.create_response(request, {"detail": str(error)}, status=error.status_code)


@api.exception_handler(Unreadable)
def unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:
    told = {"position": error.position, "expected": error.expected, "hint": error.hint}
    return api.create_response(request, {"detail": str(error), **told}, status=422)


@api.exception_handler(ValueError)
def refused(request: HttpRequest, error: ValueError) -> HttpResponse:
    """Actions refuse by errors that are ValueErrors with advice; a bare one is logged, as it may be a bug."""
    if not type(error).__module__.startswith("zhiji."):
        log.warning("value refused", path=request.path, exc_info=error)
    return api.create_response(request, {"detail": str(error)}, status=422)


@api.exception_handler(DataError)
def beyond_the_database(request: HttpRequest, error: DataError) -> HttpResponse:
    """A number too large for its column, or a text with a NUL."""
    log.warning("value out of range", path=request.path, exc_info=error)
    return api.create_response(request, {"detail": str(BEYOND)}, status=422)


for app in at_work():
    if find_spec(f"{app.name}.api") is not None:
        api.add_router("/", import_module(f"{app.name}.api").router)
