"""Forgetting a person: what every app does with the rows that it keeps of them, and with what mentions them elsewhere.

An app offers an `Eraser` for each of its models that is keyed to the customer (by a foreign key to it, by a column
`customer_id`, or as a part of such a row), in `offers/erasers.py`. Of every column that could tell of a person it says
whether it is emptied or kept; `gaps` finds what nobody has decided, and the system's checks refuse it.

Amounts, moments and what was bought stay, as the books need them; nothing says any more whose they are.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

from django.db import models
from django.db.models import Q, QuerySet

from zhiji.kernel.registry import is_ours, offered

GONE = "[已抹除]"
"""Stands where something of an erased person stood in a text that stays. Kept, so it is in one language."""
CUSTOMER = "resolve.customer"
COLUMNS = frozenset({"customer_id", "root_id"})
DEEPEST = 3
SILENT = (
    models.AutoField, models.IntegerField, models.DecimalField, models.FloatField, models.BooleanField,
    models.DateTimeField, models.TimeField, models.UUIDField, models.DurationField, models.CompositePrimaryKey,
)  # fmt: skip
"""Kinds of columns that tell of no person: figures, moments, keys. A date may be a birthday."""


@dataclass(frozen=True)
class Person:
    """Who is erased: the ids of the customer and of all merged into it, and what they are known by elsewhere.

    `identities` are keys (`user:42`); `values` contact values and numbers that are theirs alone; `names` may be those
    of others, too.
    """

    ids: Sequence[int]
    identities: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @cached_property
    def theirs(self) -> str:
        """A regular expression, for Python and PostgreSQL alike, for what is theirs alone; case doesn't matter."""
        alone = {key.partition(":")[2] for key in self.identities} | set(self.values)
        return _any_of([*self.identities, *(one for one in alone if len(one) >= 5)])

    @cached_property
    def named(self) -> str:
        """The same with their names."""
        return "|".join(filter(None, [self.theirs, _any_of(one for one in self.names if len(one) >= 2)])) or NOTHING

    def in_text(self, text: str) -> bool:
        """Whether a text mentions them by what is theirs alone."""
        return re.search(self.theirs, text, re.IGNORECASE) is not None

    def without(self, thing: Any) -> Any:
        """JSON with `GONE` in the place of every text in it that mentions or names them."""
        if isinstance(thing, str):
            return GONE if re.search(self.named, thing, re.IGNORECASE) else thing
        if isinstance(thing, dict):
            return {self.without(name): self.without(one) for name, one in thing.items()}
        return [self.without(one) for one in thing] if isinstance(thing, list) else thing


NOTHING = "(?!.)."
"""Matches nothing."""


def _any_of(values: Iterable[str]) -> str:
    return "|".join(sorted({form for one in values if one for form in _forms(one)})) or NOTHING


def _forms(value: str) -> set[str]:
    """A value as it may be written: spaced otherwise, percent-encoded, a number grouped and without the country."""
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 7 and re.fullmatch(r"[+\d\s().-]+", value):
        local = digits.removeprefix("86") if value.startswith("+86") else digits
        return {f"(?<![0-9]){'[ .()-]{0,2}'.join(local)}(?![0-9])"} | ({f"86{local}"} if local != digits else set())
    written = r"\s*".join(re.escape(part) for part in value.split())
    edges = ("(?<![a-z0-9])", "(?![a-z0-9])") if value.isascii() else ("", "")
    return {f"{edges[0]}{one}{edges[1]}" for one in (written, re.escape(quote(value)))}


@dataclass(frozen=True)
class Eraser:
    """What is done when a person is erased, in the transaction of the erasure.

    `of` is the model whose rows it deals with; `emptied` and `kept` are their columns. Without a model it deals with
    what isn't keyed to the customer: files, lines that mention somebody.
    """

    offered_in: ClassVar[str] = "erasers"
    kept_when_off: ClassVar[bool] = True
    run: Callable[[Person], None]
    of: type[models.Model] | None = None
    emptied: frozenset[str] | None = frozenset()
    """None: the rows are deleted."""
    kept: frozenset[str] = frozenset()


def deleted(model: type[models.Model]) -> Eraser:
    """The rows go."""

    def run(person: Person) -> None:
        rows_of(model, person.ids).delete()

    return Eraser(run, model, emptied=None)


def emptied(model: type[models.Model], *, keeps: Sequence[str] = (), **values: Any) -> Eraser:
    """The rows stay with these values in these columns; those that it `keeps` tell of no person."""

    def run(person: Person) -> None:
        if values:
            rows_of(model, person.ids).update(**values)

    return Eraser(run, model, frozenset(values), frozenset(keeps))


def rows_of(model: type[models.Model], ids: Sequence[int]) -> QuerySet[Any]:
    """The rows of a model that are keyed to these customers."""
    asked = Q()
    for way in ways(model):
        asked |= Q(**{f"{way}__in": list(ids)})
    return model._default_manager.filter(asked)


def ways(model: type[models.Model], deep: int = 0) -> list[str]:
    """The look-ups that lead from a model to the customer's id; empty for one that isn't keyed to the customer."""
    found, parts = [], []
    for field in model._meta.concrete_fields:
        related = field.related_model if field.is_relation else None
        if (isinstance(related, type) and related._meta.label_lower == CUSTOMER) or field.attname in COLUMNS:
            found.append(field.attname)
        elif isinstance(related, type) and deep < DEEPEST and _part_of(field):
            parts += [f"{field.name}__{way}" for way in ways(related, deep + 1)]
    return found or parts


def _part_of(field: Any) -> bool:
    """Whether a row is a part of the one it points at: it goes with it."""
    return getattr(field.remote_field, "on_delete", None) is models.CASCADE


def telling(model: type[models.Model]) -> set[str]:
    """The columns in which something could tell of a person."""
    return {
        field.name
        for field in model._meta.concrete_fields
        if not field.is_relation and field.attname not in COLUMNS and not isinstance(field, SILENT)
    }


def gaps(wanted: Iterable[type[models.Model]]) -> list[str]:
    """What nobody has decided: models keyed to the customer without an eraser, and columns that theirs doesn't name."""
    erasers = {one.of: one for one in offered(Eraser) if one.of is not None}
    found = []
    for model in wanted:
        if not (model._meta.managed and is_ours(model._meta.app_config) and ways(model)):
            continue
        eraser, label = erasers.get(model), model._meta.label
        if eraser is None:
            found.append(f"{label} is keyed to the customer and has no eraser; offer one in offers/erasers.py")
        elif eraser.emptied is not None and (open_ := telling(model) - eraser.emptied - eraser.kept):
            found.append(f"the eraser of {label} says nothing of {', '.join(sorted(open_))}: emptied, or kept?")
    return found
