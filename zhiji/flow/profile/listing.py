"""The customer list as an address describes it: filters, search, sort, columns, one page of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile import fields
from zhiji.flow.profile.columns import Column, columns_for
from zhiji.flow.profile.filters import Chosen, Filter, days
from zhiji.flow.profile.models import Measures, Portrait, Sight
from zhiji.flow.profile.search import search_ids
from zhiji.flow.profile.visibility import only_owner, visible_to
from zhiji.kernel.given import Unfit
from zhiji.kernel.keyset import Page, TooFar, page
from zhiji.kernel.registry import offered

SIZE = 50
FOUND = 200
MOST = 10_000
FEW, WALKED = 5_000, 5_000  # customers who are sorted; rows of an order that are walked, before few are expected
UNREAD = {
    "range": _("应是一个数字"),
    "days": _("应是 1 到 36500 天"),
    "dates": _("应是日期，例如 2026-05-03"),
}
SORTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "last_seen": (_("最近来访在前"), ("-at", "-customer")),
    "registered": (_("最近注册在前"), ("-registered_at", "-customer")),
    "amount_365d": (_("近 365 天金额高在前"), ("-amount_365d", "-customer")),
    "amount_ever": (_("累计金额高在前"), ("-amount_ever", "-customer")),
    "name": (_("按姓名拼音"), ("name_key", "customer")),
}
BESIDE: dict[str, type[Sight | Measures]] = {"last_seen": Sight, "amount_365d": Measures, "amount_ever": Measures}
"""These walk an index of another table and look each portrait up; the rest walk an index of portraits."""


def _among(ids: list[int]) -> Q:
    """One of these customers. As a table of its own it may be joined to any that a filter reads, to the smallest first;
    a list would be looked for among the portraits alone."""
    return Q(customer_id__in=RawSQL("SELECT unnest(%s::bigint[])", [f"{{{','.join(map(str, ids))}}}"]))


@dataclass(frozen=True)
class Chip:
    """One filter in force: its sentence, and the list without it (an address after the question mark)."""

    sentence: str
    without: str


@dataclass
class Listing:
    """The list that `query` (the address's parameters) asks for, as `user` may see it."""

    user: User
    query: QueryDict
    remembered: Sequence[str] = field(default_factory=tuple)

    @cached_property
    def filters(self) -> list[Filter]:
        return sorted([*offered(Filter), *fields.asked(self.query, self.user)], key=lambda one: one.position)

    @cached_property
    def chosen(self) -> dict[Filter, Chosen]:
        read = {one: one.read(self.query) for one in self.filters}
        return {one: chosen for one, chosen in read.items() if chosen}

    @property
    def text(self) -> str:
        return self.query.get("q", "").replace("\0", "").strip()[:200]

    @property
    def sort(self) -> str:
        wanted = self.query.get("sort", "")
        return wanted if wanted in SORTS else "last_seen"

    @cached_property
    def columns(self) -> list[Column]:
        """The columns to show: as the address says, as the user had them last, or as they come."""
        every = columns_for(self.user)
        wanted = self.query.getlist("column") or list(self.remembered)
        return [one for one in every if one.key in wanted] if wanted else [one for one in every if one.shown]

    def refuse_unread(self) -> None:
        """Refuse filters that can't be read: a program must not take the whole list for their answer. Raises Unfit."""
        for name, why in fields.refused(self.query, self.user):
            raise Unfit(name, why)
        for one in self.filters:
            for name in one.unread(self.query):
                raise Unfit(name, UNREAD[one.kind])

    def rows(self) -> QuerySet[Portrait]:
        """Every customer of the list, in no order."""
        return self._rows.all()

    @cached_property
    def _rows(self) -> QuerySet[Portrait]:
        rows = visible_to(self.user)
        for one, chosen in self.chosen.items():
            rows = one.apply(rows, chosen)
        return rows.filter(customer_id__in=self._found) if self.text else rows

    @cached_property
    def _found(self) -> list[int]:
        return search_ids(self.user, self.text, FOUND)

    def page(self, size: int = SIZE) -> Page[Portrait]:
        """One page; of a search the best finds, on one page."""
        found = self.roots(size)
        shown = visible_to(self.user).select_related("owner").defer("stamps", "since").in_bulk(found.rows)
        return Page([shown[one] for one in found.rows if one in shown], found.next, found.previous)

    def roots(self, size: int = SIZE) -> Page[int]:
        """The ids of one page."""
        if self.text and "sort" not in self.query:
            known = set(self.rows().values_list("customer_id", flat=True))
            return Page([one for one in self._found if one in known])
        narrowed = self.sort in BESIDE and bool(self.chosen or self.text or only_owner(self.user) is not None)
        found = self._narrowed(size) if narrowed else self._paged(self._ordered(), size)
        return Page([row["customer"] for row in found.rows], found.next, found.previous)

    def _paged(self, rows: QuerySet[Any], size: int, **walked: Any) -> Page[Any]:
        order = SORTS[self.sort][1]
        needed = [name.removeprefix("-") for name in order if not name.endswith("customer")]
        return page(rows.values("customer", *needed), order, size, self.query.get("cursor", ""), **walked)

    def _ordered(self) -> QuerySet[Any]:
        """Everybody of the list as rows of the table that keeps the order."""
        if self.sort not in BESIDE:
            return self.rows()
        return BESIDE[self.sort].objects.filter(customer_id__in=self.rows().values("customer_id"))

    def _narrowed(self, size: int) -> Page[Any]:
        """A page of some of all customers: of many enough are soon met by walking the order; few are sorted.

        Which of both is found by trying: statistics can't tell how several filters meet.
        """
        everybody: QuerySet[Any] = BESIDE[self.sort].objects.all()
        for one, chosen in self.chosen.items():
            if one.key == self.sort == "last_seen":  # else it would walk past all whom it leaves out
                everybody = days("at")(everybody, chosen)
        if only_owner(self.user) is None:
            with suppress(TooFar):
                return self._paged(everybody, size, kept=self._kept, most=WALKED)
        few = list(self.rows().order_by().values_list("customer_id", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return self._paged(everybody, size, kept=self._kept)
        return self._paged(everybody.filter(_among(few)), size)

    def _kept(self, stretch: QuerySet[Any]) -> list[dict[str, Any]]:
        """Those of these customers who are in the list, each with what the order is by."""
        by = SORTS[self.sort][1][0].removeprefix("-")
        beside = "sight" if BESIDE[self.sort] is Sight else "measures"
        found = self.rows().filter(customer_id__in=stretch).values_list("customer_id", f"{beside}__{by}")
        return [{"customer": customer, by: value} for customer, value in found]

    def count(self) -> tuple[int, bool]:
        """How many there are, and whether there are more: counting stops at MOST."""
        count = self.rows().order_by()[: MOST + 1].count()
        return min(count, MOST), count > MOST

    def ids(self) -> list[int]:
        """The roots of the whole list, at most MOST, for a bulk action on all of it."""
        return list(self.rows().order_by("customer_id").values_list("customer_id", flat=True)[:MOST])

    def chips(self) -> Iterator[Chip]:
        for one, chosen in self.chosen.items():
            labels = dict(one.choices(self.user)) if one.choices else {}
            yield Chip(one.sentence(chosen, labels), self.address(*one.parameters))
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

    def condition(self) -> dict[str, Any] | None:
        """The filters as one condition tree, or None when none of them has one."""
        parts: list[dict[str, Any]] = []
        for one, chosen in self.chosen.items():
            tree = one.condition(chosen) if one.condition else None
            if tree and (tree["kind"] == "all" or (tree["kind"] == "any" and len(tree["of"]) == 1)):
                parts += tree["of"]
            elif tree:
                parts.append(tree)
        return {"kind": "all", "of": parts} if parts else None

    def cells(self, rows: Sequence[Portrait]) -> list[tuple[Portrait, list[tuple[Column, Any]]]]:
        """Each row with its cells, in the order of the columns."""
        measured = Measures.objects.in_bulk([row.customer_id for row in rows])
        for row in rows:
            row.measures = measured.get(row.customer_id)
        filled: list[tuple[Column, Mapping[int, Any]]] = [(one, one.values(rows, self.user)) for one in self.columns]
        return [(row, [(one, values.get(row.customer_id, "")) for one, values in filled]) for row in rows]
