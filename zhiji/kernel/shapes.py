"""Shapes that every part of the API shares: what is sent, and what is said when it won't do."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict


class Given(Schema):
    """The body of a request: a field that isn't known is refused, and a text has at most 1,000 characters unless its
    field says otherwise."""

    model_config = ConfigDict(extra="forbid", str_max_length=1_000)


class Problem(Schema):
    """`detail` says everything: what is wrong, where, and what to do.

    Of a field, a parameter or a condition: `path`, `reason`, `hint`, and in `take` what would be right where; of a
    sentence that can't be read: `position` (characters before it) and what was `expected` there.
    """

    detail: str
    path: str | None = None
    reason: str | None = None
    hint: str | None = None
    take: list[dict[str, Any]] | None = None
    position: int | None = None
    expected: list[str] | None = None
