"""The protocol of a record: a kind of row that a file may hold, offered by any app in `offers/records.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pyarrow as pa

FieldType = Literal["text", "integer", "number", "money", "time", "date", "flag", "list"]


@dataclass(frozen=True)
class Field:
    """A field of a record. `aliases` are header names it is recognised by, in any language; `meanings` are common
    ways to write its choices, in whatever case; `labels` what people call the choices."""

    name: str
    label: str
    type: FieldType = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    longest: int = 200
    meanings: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)

    def label_of(self, choice: str) -> str:
        """What people call a choice."""
        return str(self.labels.get(choice, choice))


@dataclass(frozen=True)
class Refusal:
    """A row that can't be taken although each of its values is well formed. `row` is its number in the file."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """What became of a chunk: taken + known + refused is the number of its rows."""

    taken: int
    known: int
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Origin:
    """Where rows come from: `namespace` names their customers (`<namespace>:<id>`) and scopes their keys."""

    namespace: str
    source_id: int | None = None

    @property
    def shop(self) -> str:
        """Whose the file's own numbers are: the house's own customers and orders go by "user"."""
        return "" if self.namespace == "user" else self.namespace

    def scope(self, kind: str) -> str:
        return f"file:{self.namespace}:{kind}"


@dataclass(frozen=True)
class Record:
    """A kind of row.

    `take(rows, origin)` gets a chunk of rows whose values passed the types, as an Arrow table with one column per
    field (null where the file has nothing) and `_row`, the row's number in the file. It works set-based inside the
    transaction that remembers the progress, and must be safe to repeat: a row that is here already is `known`.
    `check(rows)` finds refusals before anything is taken, for the preview.
    `extra` names what further columns may become: `extra="attributes"` lets a mapping fill `attributes.<name>`.
    """

    offered_in: ClassVar[str] = "records"
    kind: str
    label: str
    fields: tuple[Field, ...]
    take: Callable[[pa.Table, Origin], Taken]
    extra: str = ""
    check: Callable[[pa.Table], list[Refusal]] = lambda rows: []
    position: int = 50
