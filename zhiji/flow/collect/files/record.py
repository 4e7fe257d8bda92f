"""The protocol of a record: a kind of row that a file may hold, offered by any app in `offers/records.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pyarrow as pa

from zhiji.access import privacy

FieldType = Literal[
    "text",
    "integer",
    "number",
    "money",
    "time",
    "date",
    "flag",
    "list",
    "identifier",
    "person",
    "phone",
    "email",
    "gender",
    "calendar",
    "currency",
    "coupon",
    "json",
]


@dataclass(frozen=True)
class Field:
    """A field of a record. `aliases` are header names it is recognised by, in any language; `meanings` are common
    ways to write its choices, in whatever case; `labels` what people call the choices. One that the workspace declared
    is read by its own type (`read`), travels as `json`, and may have a word for nothing among its choices (`listed`).

    A value that can't be read is left out, and the row goes in without it; a row is refused where the field is
    `required`, or `decisive`: without it the row would say something else. `instead` names a field that may stand in
    for a required one. A moment is one at which something happened, unless it is `open`: then it may be still to come.
    A `currency` is the workspace's own: another one can't be read. A figure with `below` is never below nothing; that
    says why, and what to write instead.
    """

    name: str
    label: str
    type: FieldType = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    longest: int = 200
    meanings: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    decisive: bool = False
    instead: str = ""
    open: bool = False
    read: Callable[[str], Any] | None = None
    listed: frozenset[str] = frozenset()
    below: str = ""

    def label_of(self, choice: str) -> str:
        """What people call a choice."""
        return str(self.labels.get(choice, choice))


@dataclass(frozen=True)
class Refusal:
    """A row, or only the value of a field, that can't be taken although it is well formed. `row` is its number in the
    file."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """What became of a chunk: taken + known + refused + older is the number of its rows.

    `known` rows say what is kept now, `older` ones what was told before and newer words have replaced. `left_out` are
    values without which rows went in.
    """

    taken: int
    known: int
    refused: list[Refusal] = field(default_factory=list)
    left_out: list[Refusal] = field(default_factory=list)
    older: int = 0


@dataclass(frozen=True)
class Origin:
    """Where rows come from: `namespace` names their customers (`<namespace>:<id>`) and scopes their keys."""

    namespace: str
    source_id: int | None = None

    @property
    def shop(self) -> str:
        """Whose the file's own numbers are: the house's own customers and orders go by "user"."""
        return "" if self.namespace == "user" else self.namespace

    def identity(self, person: str) -> str:
        """The key of a customer's identity: a number that is itself a phone or e-mail address isn't kept in clear."""
        return f"{self.namespace}:{privacy.person_id(person)}"

    def scope(self, kind: str) -> str:
        return f"file:{self.namespace}:{kind}"


@dataclass(frozen=True)
class Record:
    """A kind of row.

    `take(rows, origin)` gets a chunk of rows whose values passed the types, as an Arrow table with one column per
    field (null where the file has nothing) and `_row`, the row's number in the file. It works set-based inside the
    transaction that remembers the progress, and must be safe to repeat: a row that is here already is `known`.
    `extra` names what further columns may become: `extra="attributes"` lets a mapping fill `attributes.<name>`.
    `declared()` are fields that the workspace added. `ours(header)` are the columns of a file that we wrote ourselves
    and that tell nothing new.
    """

    offered_in: ClassVar[str] = "records"
    kind: str
    label: str
    fields: tuple[Field, ...]
    take: Callable[[pa.Table, Origin], Taken]
    extra: str = ""
    position: int = 50
    ours: Callable[[Sequence[str]], frozenset[str]] = lambda header: frozenset()
    declared: Callable[[], tuple[Field, ...]] = tuple

    def every(self) -> tuple[Field, ...]:
        """Its own fields, and those that the workspace declared."""
        return (*self.fields, *self.declared())
