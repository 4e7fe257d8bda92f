"""Texts of pages' addresses and forms: what no database keeps is refused before a view asks for it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from zhiji.kernel.given import Unfit, check_text

PROGRAMS = ("/api/", "/v1/")
"""These look at what they are sent by themselves and answer programs."""


class FitTexts:
    """A NUL or half a character in an address or a form is answered with 400; no browser sends one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if request.path.startswith(PROGRAMS):
            return
        try:
            for name, text in _texts(request, kwargs):
                check_text(text, name, len(text))
        except Unfit as error:
            raise BadRequest(str(error)) from None


def _texts(request: HttpRequest, kwargs: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in kwargs.items() if isinstance(value, str))
    for given in (request.GET, request.POST):
        for name, texts in given.lists():
            yield name, name
            yield from ((name, str(text)) for text in texts)
