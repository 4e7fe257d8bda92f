"""A list as an address describes it: filters, search, sort, columns, one page of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.kernel.given import Unfit
from zhiji.kernel.keyset import Page, every_key, page
from zhiji.records.columns import Column
from zhiji.records.filters import Chosen, Filter
from zhiji.records.kind import RecordKind

SIZE = 50
MOST, ACTED = 10_000, 2_000
"""How far a list is counted; how many rows one act changes, as it does so one after the other."""
TAKEN = 500  # rows of a file that are asked for at once
UNREAD = {
    "range": _("应是一个数字"),
    "days": _("应是 1 到 36500 天"),
    "dates": _("应是日期，例如 2026-05-03"),
}
Sorts = Mapping[str, tuple[str | Promise, tuple[str, ...]]]


@dataclass(frozen=True)
class Chip:
    """One filter in force: its sentence, and the list without it (an address after the question mark)."""

    sentence: str
    without: str


@dataclass
class Asked:
    """What `query`, the parameters of an address, asks of a list, as `user` may see it. Lists say what they are of."""

    user: User
    query: QueryDict
    remembered: Sequence[str] = field(default_factory=tuple)

    @cached_property
    def filters(self) -> Sequence[Filter]:
        raise NotImplementedError

    @cached_property
    def every_column(self) -> Sequence[Column]:
        raise NotImplementedError

    @property
    def sorts(self) -> Sorts:
        """Orders by key, (label, columns) each; the first is how the list comes."""
        raise NotImplementedError

    @cached_property
    def chosen(self) -> dict[Filter, Chosen]:
        read = {one: one.read(self.query) for one in self.filters}
        return {one: chosen for one, chosen in read.items() if chosen}

    @property
    def text(self) -> str:
        return self.query.get("q", "").replace("\0", "").strip()[:200]

    @property
    def narrowed(self) -> bool:
        return bool(self.chosen or self.text)

    @property
    def sort(self) -> str:
        wanted = self.query.get("sort", "")
        return wanted if wanted in self.sorts else next(iter(self.sorts))

    @cached_property
    def columns(self) -> list[Column]:
        """The columns to show: as the address says, as the user had them last, or as they come."""
        wanted = self.query.getlist("column") or list(self.remembered)
        return [one for one in self.every_column if (one.key in wanted if wanted else one.shown)]

    def refuse_unread(self) -> None:
        """Refuse filters that can't be read: a program must not take the whole list for their answer. Raises Unfit."""
        for one in self.filters:
            for name in one.unread(self.query):
                raise Unfit(name, UNREAD[one.kind])

    def chips(self) -> Iterator[Chip]:
        for one, chosen in self.chosen.items():
            yield Chip(one.sentence(chosen, one.labels(self.user, chosen)), self.address(*one.parameters))
        if self.text:
            yield Chip(str(_("搜索 “%(text)s”")) % {"text": self.text}, self.address("q"))

    def address(self, *without: str, **change: str) -> str:
        """This list's parameters without the page (and without those named), with `change`."""
        query = self.query.copy()
        for name in ("cursor", "_", *without):
            query.pop(name, None)
        for name, value in change.items():
            query[name] = value
        return query.urlencode()

    def asked_of(self, one: Filter) -> dict[str, Any]:
        """One filter as the panel draws it."""
        chosen = self.chosen.get(one)
        values = chosen.values if chosen else ()
        choices = [*one.choices(self.user)] if one.choices else []
        return {
            "filter": one,
            "chosen": chosen,
            "choices": [(str(value), label, str(value) in values) for value, label in choices],
            "parameters": [(name, self.query.get(name, "")) for name in one.parameters],
        }

    def asked(self) -> list[tuple[str, str]]:
        """The parameters of the filters in force, for a form that keeps them."""
        return [(name, value) for one in self.chosen for name in one.parameters for value in self.query.getlist(name)]

    def cells(self, rows: Sequence[Any]) -> list[tuple[Any, list[tuple[Column, Any]]]]:
        """Each row with its cells, in the order of the columns; words people wrote as the user may see them."""
        filled = [(one, one.values(rows, self.user)) for one in self.columns]
        return [(row, [(one, self._shown(one, values.get(row.pk, ""))) for one, values in filled]) for row in rows]

    def _shown(self, column: Column, value: Any) -> Any:
        return masked(value, self.user) if column.free else value


@dataclass
class Listing(Asked):
    """A list of records of a kind."""

    kind: RecordKind = field(kw_only=True)

    @cached_property
    def filters(self) -> Sequence[Filter]:
        return self.kind.filters

    @cached_property
    def every_column(self) -> Sequence[Column]:
        return sorted(self.kind.columns, key=lambda one: one.position)

    @property
    def sorts(self) -> Sorts:
        return {one.key: (one.label, one.order) for one in self.kind.sorts}

    def rows(self) -> QuerySet[Any]:
        """Every record of the list, in no order."""
        rows = self.kind.rows(self.user)
        for one, chosen in self.chosen.items():
            rows = one.apply(rows, chosen)
        return self.kind.finds(rows, self.text) if self.text and self.kind.finds else rows

    def page(self, size: int = SIZE) -> Page[Any]:
        return page(self.rows(), self.sorts[self.sort][1], size, self.query.get("cursor", ""))

    def count(self) -> tuple[int, bool]:
        """How many there are, and whether there are more: counting stops at MOST."""
        count = self.rows().order_by()[: MOST + 1].count()
        return min(count, MOST), count > MOST

    def ids(self) -> list[int]:
        """The records of the whole list, at most ACTED, for an act on all of it."""
        return list(self.rows().order_by("pk").values_list("pk", flat=True)[:ACTED])

    def every_row(self) -> Iterator[tuple[Any, list[tuple[Column, Any]]]]:
        """All of the list as it is now, with its cells, in its order."""
        keys = every_key(self.rows(), self.sorts[self.sort][1])
        for start in range(0, len(keys), TAKEN):
            shown = {row.pk: row for row in self.kind.rows(self.user).filter(pk__in=keys[start : start + TAKEN])}
            yield from self.cells([shown[one] for one in keys[start : start + TAKEN] if one in shown])


def tabs(kind: RecordKind, active: str, query: str = "") -> list[tuple[str | Promise, str, bool]]:
    """What stands beside the list: the app's own pages, the board and the calendar; none where there is only the list.

    Board and calendar show what the list is narrowed to by `query`.
    """
    found: list[tuple[str | Promise, str, str]] = [(pgettext_lazy("tab", "列表"), "", "list")]
    if kind.board is not None:
        found.append((_("看板"), "_board", "board"))
    if kind.day:
        found.append((_("日历"), "_calendar", "calendar"))
    there = [(label, reverse(f"{kind.key}{part}"), name == active) for label, part, name in found]
    derived = [(label, f"{address}?{query}" if query else address, here) for label, address, here in there]
    own = list(kind.tabs(active)) if kind.tabs else []
    return [*own, *derived] if own or len(derived) > 1 else []


def name_of(kind: RecordKind, row: Any, user: User) -> str:
    """What a record is called, as the user may see it."""
    return str(masked(kind.said(row), user)) or f"#{row.pk}"
