"""Kinds of records, offered by apps in `offers/kinds.py`: a table described once.

From it follow the list with its filters, saved views, columns and pages, the board, the calendar, acts on one or many
with their undoing, the export, the API and what Ctrl+K finds. An app says only what is special about its records.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from zhiji.access.models import User
from zhiji.records.columns import Column
from zhiji.records.filters import Filter

Text = str | Promise


class BadKind(TypeError):
    """A kind of records that couldn't work; mend the declaration it names."""


def _once(kind: str, what: str, keys: Sequence[str]) -> None:
    if twice := {one for one in keys if keys.count(one) > 1}:
        raise BadKind(f"{kind}: more than one {what} {sorted(twice)}")


Rows = QuerySet[Any]


@dataclass(frozen=True)
class Sort:
    """An order of the list: columns of the model as `kernel.keyset` takes them; an index begins with the first."""

    key: str
    label: Text
    order: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A list that comes ready: `query` is its address; `{me}` in it is who looks."""

    label: Text
    query: str


@dataclass(frozen=True)
class Act:
    """One verb for many rows. `run(rows, values, by)` does it by the app's own action and answers the rows it changed;
    a row that doesn't fit (`fits`) is left out and counted. Raises ValueError with what to do.

    `form(user)` asks what it must be told; its cleaned values are `values`. `touches` are the columns it changes: what
    they were is kept, and `back(rows, by)` saves rows that have their former values again, with its own audit line and
    fact, and answers those it saved; a row that changed since stays. Without `back` it can't be taken back, so
    `confirm` says what will happen. `hides`: it may take a row out of the sight of who does it, so that `back` is given
    rows which `by` may not see now, and leaves those that weren't theirs before.
    """

    key: str
    label: Text
    icon: str
    permission: str
    run: Callable[[Sequence[Any], Mapping[str, Any], User], Sequence[Any]]
    touches: tuple[str, ...] = ()
    back: Callable[[Sequence[Any], User], Sequence[Any]] | None = None
    form: Callable[[User], type[forms.Form]] | None = None
    fits: Callable[[Any], bool] = lambda row: True
    confirm: Text = ""
    hides: bool = False

    @property
    def asks(self) -> bool:
        """Whether it must be told something first; templates would call `form`."""
        return self.form is not None


@dataclass(frozen=True)
class Board:
    """A column of cards for each value of `by`, a column of the model with choices; `values` are (value, colour).

    A card that is laid into another column is acted on by `moves[value]`, an act that asks nothing. `sums` are
    (label, column of the model) that stand over each column, `sort` one of the kind's orders.
    """

    by: str
    values: tuple[tuple[str, str], ...]
    sort: str
    moves: Mapping[str, str]
    sums: tuple[tuple[Text, str], ...] = ()


@dataclass(frozen=True)
class RecordKind:
    """Records of one kind. `rows(user)` are those that `user` may see, with what `columns`, `said` and `url` read.

    `path` is where its list lies; the list's page is named `key`. `counted` says how many there are, with %(n)s.
    `finds(rows, text)` narrows them by what is typed into the search. `exports` is the permission to take a file.
    `day` is the date by which the calendar shows them; `named` heads the column of `said`, where that isn't `label`.
    `found_anywhere`: Ctrl+K asks `finds`, too, which an index must answer. `new` is the name of the page that makes
    one, for those who may `writes`.
    """

    offered_in: ClassVar[str] = "kinds"
    key: str
    label: Text
    says: Text
    counted: Text
    icon: str
    model: type[Model]
    path: str
    reads: str
    exports: str
    rows: Callable[[User], Rows]
    said: Callable[[Any], str]
    columns: Sequence[Column]
    filters: Sequence[Filter]
    sorts: tuple[Sort, ...]
    nothing: Text
    url: Callable[[Any], str] | None = None
    finds: Callable[[Rows, str], Rows] | None = None
    searches: Text = ""
    views: tuple[View, ...] = ()
    acts: tuple[Act, ...] = ()
    board: Board | None = None
    day: str = ""
    named: Text = ""
    new: str = ""
    found_anywhere: bool = False
    writes: str = ""
    tabs: Callable[[str], Sequence[tuple[Any, str, bool]]] | None = None

    def __post_init__(self) -> None:
        """Raises BadKind for what couldn't work: told when the house starts, not when somebody clicks."""
        led = [index.fields[0].removeprefix("-") for index in self.model._meta.indexes if index.fields]
        led += [field.name for field in self.model._meta.fields if field.unique or getattr(field, "db_index", False)]
        for sort in self.sorts:
            if sort.order[0].removeprefix("-") not in led:
                raise BadKind(f"{self.key}: no index begins with {sort.order[0]}, by which it sorts")
        _once(self.key, "filter", [one.key for one in self.filters])
        _once(self.key, "column", [one.key for one in self.columns])
        _once(self.key, "act", [one.key for one in self.acts])
        for act in self.acts:
            if act.back is not None and not act.touches:
                raise BadKind(f"{self.key}: {act.key} can be taken back, so say which columns it touches")
            if act.back is None and not act.confirm:
                raise BadKind(f"{self.key}: {act.key} can't be taken back, so let it ask before")
        if self.board is not None and (missing := {*self.board.moves.values()} - {one.key for one in self.acts}):
            raise BadKind(f"{self.key}: the board moves cards by {sorted(missing)}, which is no act")

    def act(self, key: str) -> Act | None:
        return next((one for one in self.acts if one.key == key), None)
