"""Every request gets an id, a line in the log and a place in the figures; none of them holds a personal value."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from zhiji.kernel.rest import ring
from zhiji.ops.web.metrics import REQUESTS

log = structlog.get_logger("zhiji.requests")
SAFE = {"GET", "HEAD", "OPTIONS"}  # methods that change nothing
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
SLOW = 1.0  # seconds


class RequestRecord:
    """The id is the proxy's `X-Request-ID` if it is sane, else ours; the answer carries it back.

    The log names the route's pattern (`customers/<int:pk>/`), never the address with its search words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        identifier = given if SANE.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)
        began = time.perf_counter()
        response = self.get_response(request)
        if request.method not in SAFE:
            ring()
        seconds = time.perf_counter() - began
        response.headers["X-Request-ID"] = identifier
        match = request.resolver_match
        route = match.route if match is not None else "static" if response.status_code < 400 else "none"
        method = request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
        REQUESTS.labels(method or "OTHER", route, str(response.status_code)).observe(seconds)
        self._write(method or "OTHER", route, response.status_code, seconds, request)
        return response

    def _write(self, method: str, route: str, status: int, seconds: float, request: HttpRequest) -> None:
        if status >= 500:
            say = log.error
        elif seconds > SLOW:
            say = log.warning
        else:
            say = log.debug if method == "GET" else log.info
        if (
            status < 500
            and seconds <= SLOW
            and not log.isEnabledFor(logging.DEBUG if method == "GET" else logging.INFO)
        ):
            return  # and who asked needn't be looked up
        user = getattr(request, "user", None)
        say(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            user=getattr(user, "pk", None),
        )
