"""What a type of custom fields says of its values, from the door to the file: a module of `types/` makes one.

A value is kept as JSON. Whatever a type leaves out refuses the start, by the module's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

from django import forms
from django.utils.functional import Promise

from zhiji.kernel.values import Refusal

Compared = Literal["text", "number", "date", "time", "list", "flag"]
"""What the condition engine reads a value as, in PostgreSQL and in the lake alike."""
Asked = Literal["choice", "range", "dates", "held"]
"""How the list asks of it: one of several, between numbers, between days, or whether there is one at all."""

MADE = ("parse", "control", "shown", "written")


class Spec(Protocol):
    """What a type may know of the field: its choices as (value, label)."""

    @property
    def choices_known(self) -> list[tuple[str, str]]: ...


class BadType(TypeError):
    """A module of `types/` isn't a whole type; mend what the message names."""


@dataclass(frozen=True)
class ValueType:
    """`parse` makes JSON of what a form, a file or a program gave, None where that says nothing. `control` is a form's
    field, `shown` the text for screens (of a link, HTML), `written` the one for files, which `parse` reads again.

    `operators` are those of conditions; `schema` is OpenAPI's. `chosen`: the administrator lists its choices. `apart`:
    values are kept under each customer's own key, so that nothing compares them.
    """

    key: str
    label: str | Promise
    icon: str
    position: int
    parse: Callable[[Any, Spec], Any]
    control: Callable[[Spec], forms.Field]
    shown: Callable[[Any, Spec], str]
    written: Callable[[Any, Spec], str]
    compared: Compared
    operators: tuple[str, ...]
    asked: Asked
    schema: Mapping[str, Any]
    chosen: bool
    apart: bool

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is None or value in ("", ()) or (one.name in MADE and not callable(value)):
                raise BadType(f"the type {self.key or '?'} says nothing of {one.name}")


def text_of(value: Any) -> str | None:
    """A text or a number as text, without what programs put around; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def as_it_is(value: Any, spec: Spec) -> str:
    """A value of text, for screens and files."""
    return str(value)


Parsed = Any | Refusal
