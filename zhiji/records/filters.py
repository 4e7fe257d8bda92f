"""Filters of lists: a question, its form and its sentence.

What the address says of them: a choice `region=浙江&region=上海`; a range `amount_365d_min=100&amount_365d_max=500`;
days `last_seen_in=30` (within) or `last_seen_before=90` (longer ago); a flag `named=1`. Dates are a range of days,
`…_from=2026-01-01&…_to=2026-03-31`. Where one filter is there for each of many things, its parameters name the thing
in brackets: `field[会员等级]=金卡`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.kernel.values import Refusal, moment, number

Text = str | Promise
Rows = TypeVar("Rows", bound=Model)
Kind = Literal["choice", "range", "days", "dates", "flag"]
LONGEST, PLACES = 36_500, Decimal("0.0001")
"""The most days of a filter; what money and measures are kept with."""
ENDINGS: dict[str, tuple[str, ...]] = {"range": ("_min", "_max"), "days": ("_in", "_before"), "dates": ("_from", "_to")}


@dataclass(frozen=True)
class Chosen:
    """What the user asked of one filter: `values` of a choice, `low`/`high` of a range, `within`/`before` days,
    `first`/`last` of dates."""

    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    within: int | None = None
    before: int | None = None
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        parts = (self.low, self.high, self.within, self.before, self.first, self.last)
        return bool(self.values) or any(part is not None for part in parts)


@dataclass(frozen=True, eq=False)
class Filter:
    """`apply(rows, chosen)` narrows the list by index; `choices(user)` gives (value, label) pairs. A choice that has
    none isn't in the panel: a page leads to it, and `names(user, values)` says what it is about.
    `of` is the thing that it asks of, where it is one of many.

    `condition(chosen)` is the same question as a condition tree, for "save as segment"; None where there is none.
    """

    key: str
    label: Text
    kind: Kind
    apply: Callable[[QuerySet[Any], Chosen], QuerySet[Any]]
    position: int = 50
    choices: Callable[[User], Sequence[tuple[str, Text]]] | None = None
    condition: Callable[[Chosen], dict[str, Any] | None] | None = None
    unit: Text = ""
    of: str = ""
    names: Callable[[User, Sequence[str]], Mapping[str, Text]] | None = None

    @property
    def asks(self) -> bool:
        """Whether the panel of filters has it."""
        return self.kind != "choice" or self.choices is not None

    def labels(self, user: User, chosen: Chosen) -> Mapping[str, Text]:
        """What the chosen values are called."""
        if self.names is not None:
            return self.names(user, chosen.values)
        return dict(self.choices(user)) if self.choices else {}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names it has in the address."""
        of = f"[{self.of}]" if self.of else ""
        return tuple(f"{self.key}{ending}{of}" for ending in ENDINGS.get(self.kind, ("",)))

    def read(self, query: QueryDict) -> Chosen:
        """What the address asks of this filter; what can't be read asks nothing."""
        if self.kind in {"choice", "flag"}:
            texts = (text.replace("\0", "") for text in query.getlist(*self.parameters))
            return Chosen(values=tuple(dict.fromkeys(filter(None, texts)))[:50])
        one, other = (query.get(name, "").strip() for name in self.parameters)
        if self.kind == "range":
            return Chosen(low=_number(one), high=_number(other))
        if self.kind == "dates":
            return Chosen(first=_day(one), last=_day(other))
        return Chosen(within=_days(one), before=_days(other))

    def described(self) -> list[dict[str, Any]]:
        """Its parameters as OpenAPI describes them."""
        what: dict[str, dict[str, Any]] = {
            "range": {"type": "number"},
            "days": {"type": "integer", "minimum": 1, "maximum": LONGEST},
            "dates": {"type": "string", "format": "date"},
            "flag": {"type": "string"},
        }
        schema = what.get(self.kind, {"type": "array", "items": {"type": "string"}})
        return [
            {"in": "query", "name": name, "required": False, "schema": schema, "description": str(self.label)}
            for name in self.parameters
        ]

    def unread(self, query: QueryDict) -> list[str]:
        """Its parameters in the address that can't be read, which therefore ask nothing."""
        if self.kind in {"choice", "flag"}:
            return []
        read: Callable[[str], Any] = {"range": _number, "days": _days, "dates": _day}[self.kind]
        return [name for name in self.parameters if (text := query.get(name, "").strip()) and read(text) is None]

    def sentence(self, chosen: Chosen, labels: Mapping[str, Text]) -> str:
        """The chip's words."""
        return _SENTENCES[self.kind](self, chosen, labels)


def days(column: str) -> Callable[[QuerySet[Rows], Chosen], QuerySet[Rows]]:
    """What a filter of the kind "days" does with a column of moments: it counts days as conditions do."""

    def apply(rows: QuerySet[Rows], chosen: Chosen) -> QuerySet[Rows]:
        now = clock.now()
        if chosen.within is not None:
            span = (clock.days_before(now, chosen.within), clock.days_before(now, -1))
            rows = rows.filter(**{f"{column}__gte": span[0], f"{column}__lt": span[1]})
        if chosen.before is not None:
            rows = rows.filter(**{f"{column}__lt": clock.days_before(now, chosen.before)})
        return rows

    return apply


def one_of(column: str, values: Sequence[str]) -> Callable[[QuerySet[Rows], Chosen], QuerySet[Rows]]:
    """What a choice among `values` does with a column that holds them; others find nothing."""

    def apply(rows: QuerySet[Rows], chosen: Chosen) -> QuerySet[Rows]:
        return rows.filter(**{f"{column}__in": [one for one in chosen.values if one in values]})

    return apply


def within(column: str) -> Callable[[QuerySet[Rows], Chosen], QuerySet[Rows]]:
    """What a range does with a column of numbers, and what dates do with one of days."""

    def apply(rows: QuerySet[Rows], chosen: Chosen) -> QuerySet[Rows]:
        bounds = {"gte": chosen.low if chosen.low is not None else chosen.first,
                  "lte": chosen.high if chosen.high is not None else chosen.last}  # fmt: skip
        return rows.filter(Q(**{f"{column}__{way}": bound for way, bound in bounds.items() if bound is not None}))

    return apply


def on_days(column: str) -> Callable[[QuerySet[Rows], Chosen], QuerySet[Rows]]:
    """What dates do with a column of moments: the workspace's days, the last one whole."""

    def apply(rows: QuerySet[Rows], chosen: Chosen) -> QuerySet[Rows]:
        if chosen.first is not None:
            rows = rows.filter(**{f"{column}__gte": clock.begin_of(chosen.first)})
        if chosen.last is not None:
            rows = rows.filter(**{f"{column}__lt": clock.begin_of(chosen.last + timedelta(days=1))})
        return rows

    return apply


def _number(text: str) -> Decimal | None:
    found = number.parse(text)
    return None if isinstance(found, Refusal) else found.quantize(PLACES)


def _day(text: str) -> date | None:
    found = moment.day(text, clock.zone())
    return None if isinstance(found, Refusal) else found


def _days(text: str) -> int | None:
    return whole(text, LONGEST) or None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _choice(filter: Filter, chosen: Chosen, labels: Mapping[str, Text]) -> str:
    return _("%(label)s是 %(values)s") % {
        "label": filter.label,
        "values": _(" 或 ").join(str(labels.get(value, value)) for value in chosen.values),
    }


def _range(filter: Filter, chosen: Chosen, labels: Mapping[str, Text]) -> str:
    words = {
        "label": filter.label,
        "low": _plain(chosen.low) if chosen.low is not None else "",
        "high": _plain(chosen.high) if chosen.high is not None else "",
        "unit": filter.unit,
    }
    if chosen.high is None:
        return (_("%(label)s ≥ %(low)s %(unit)s") % words).rstrip()
    if chosen.low is None:
        return (_("%(label)s ≤ %(high)s %(unit)s") % words).rstrip()
    return _("%(label)s在 %(low)s 到 %(high)s %(unit)s之间") % words


def _ago(filter: Filter, chosen: Chosen, labels: Mapping[str, Text]) -> str:
    said = []
    if chosen.within is not None:
        said.append(_("%(label)s在 %(days)d 天内") % {"label": filter.label, "days": chosen.within})
    if chosen.before is not None:
        said.append(_("%(label)s在 %(days)d 天以前") % {"label": filter.label, "days": chosen.before})
    return _("，").join(said)


def _dates(filter: Filter, chosen: Chosen, labels: Mapping[str, Text]) -> str:
    words = {"label": filter.label, "first": chosen.first, "last": chosen.last}
    if chosen.last is None:
        return _("%(label)s不早于 %(first)s") % words
    if chosen.first is None:
        return _("%(label)s不晚于 %(last)s") % words
    return _("%(label)s在 %(first)s 到 %(last)s 之间") % words


def _flag(filter: Filter, chosen: Chosen, labels: Mapping[str, Text]) -> str:
    return str(filter.label)


_SENTENCES: dict[str, Callable[[Filter, Chosen, Mapping[str, Text]], str]] = {
    "choice": _choice,
    "range": _range,
    "days": _ago,
    "dates": _dates,
    "flag": _flag,
}
