"""Event names: theirs → ours by the editable table, others in snake case; and what is done with their properties."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from struct import pack
from typing import Any

from zhiji.access.personal import holds_any
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.kernel.facts import PropertyType, fact_types, own_names
from zhiji.kernel.values.nothing import Words
from zhiji.records.models import CustomField

LONGEST = 100
TYPED: frozenset[PropertyType] = frozenset({"number", "money", "flag", "list", "text"})

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`Order Completed`, `orderCompleted` and `order-completed` are order_completed; 中文 stays. May be empty."""
    text = _HUMP.sub("_", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\W_]+", "_", text.lower()).strip("_")


def is_kept(name: str) -> bool:
    """Whether facts are called so: as `snake` writes a name that says something."""
    return 0 < len(name) <= LONGEST and snake(name) == name


@dataclass
class Memo:
    """What `plain` has learnt of an event name: sets of property names, and the one that came last."""

    shapes: dict[tuple[str, ...], Any] = field(default_factory=dict)
    latest: Any = None


@dataclass(frozen=True)
class Plan:
    """What is done with one event name: the fact's name, properties renamed, values checked.

    `sums`: a list of products tells amount, items and categories. `plain`: properties go through as they came.
    `once_by` are the properties by which it is one fact, whoever tells of it; the first is required. `coded` is the
    name as a field of a binary COPY; `really` is the fact type's; `memo` is for `plain.shortened`.
    """

    name: str
    renames: tuple[tuple[str, tuple[str, ...]], ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = ()
    sums: bool = False
    plain: bool = True
    once_by: tuple[str, ...] = ()
    coded: bytes = b""
    really: Callable[[Mapping[str, Any]], str] | None = None
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)


def plan(name: str, properties: Mapping[str, Iterable[str]] | None = None) -> Plan:
    """The plan of a fact name; `properties` maps ours to theirs, the first one present wins."""
    declared = fact_types().get(name)
    checks: tuple[tuple[str, str], ...] = (
        tuple((one.name, one.means or one.type) for one in declared.properties if one.type in TYPED) if declared else ()
    )
    if any(sort in ("money", "sum") for _ours, sort in checks):
        checks += (("currency", "currency"),)
    renames = tuple((ours, tuple(theirs)) for ours, theirs in (properties or {}).items())
    required = tuple(one.name for one in declared.properties if one.required) if declared else ()
    sums = any(ours == "amount" for ours, _ in renames)
    plain = not (renames or checks or required)
    once_by = declared.once_by if declared and declared.once_by[:1] and declared.once_by[0] in required else ()
    return Plan(
        name, renames, checks, required, sums, plain, once_by, _field(name), declared.really if declared else None
    )


class Names:
    """The table in memory, the `words` for nothing, and the custom `fields` by their names as traits are named.

    `plan_of(event)` answers from a bounded memo.

    A changed table is a new `Names`.
    """

    def __init__(
        self,
        table: Iterable[tuple[str, str, Mapping[str, Iterable[str]]]] = (),
        words: Words | None = None,
        fields: Iterable[CustomField] = (),
    ) -> None:
        self.words = words or Words()
        self.fields = {snake(one.key): one for one in fields}
        self._table = {snake(theirs): plan(ours, properties) for theirs, ours, properties in table}
        self._memo: dict[str, Plan] = {}

    def plan_of(self, event: str) -> Plan:
        """Raises Refusal for a name that says nothing, is too long, or is the platform's own."""
        found = self._memo.get(event)
        if found is None:
            found = self._found(event)
            if len(self._memo) > 10_000:
                self._memo.clear()
            self._memo[event] = found
        return found

    def really(self, found: Plan, properties: Mapping[str, Any]) -> Plan:
        """The plan of the fact that an event is by its properties."""
        name = found.really(properties) if found.really else found.name
        return found if name == found.name else self.plan_of(name)

    def _found(self, event: str) -> Plan:
        name = snake(event)
        if not name or len(name) > LONGEST:
            raise Refusal("event", "bad_name")
        if holds_any(event):
            raise Refusal("event", "personal_name")
        found = self._table.get(name) or plan(name)
        if found.name in own_names():
            raise Refusal("event", "own_name", found.name)
        return found


def fixed(name: str) -> Plan:
    """The plan of a call that always means the same fact (page, screen, identify, group, alias)."""
    return Plan(name, coded=_field(name))


def _field(name: str) -> bytes:
    text = name.encode()
    return pack(">i", len(text)) + text
