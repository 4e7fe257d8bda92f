"""The customer list as an address describes it: filters, search, sort, columns, one page of it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile import fields
from zhiji.flow.profile.columns import columns_for
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Measures, Portrait, Sight
from zhiji.flow.profile.search import search_ids
from zhiji.flow.profile.visibility import only_owner, visible_to
from zhiji.kernel.given import Unfit
from zhiji.kernel.keyset import Page, TooFar, every_key, page
from zhiji.kernel.registry import offered
from zhiji.records.columns import Column
from zhiji.records.filters import days
from zhiji.records.listing import MOST, SIZE, TAKEN, Asked, Sorts

FOUND = 200
FEW, WALKED = 5_000, 5_000  # customers who are sorted; rows of an order that are walked, before few are expected
SORTS: Sorts = {
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


@dataclass
class Listing(Asked):
    """The list of customers that an address asks for."""

    @cached_property
    def filters(self) -> list[Filter]:
        return sorted([*offered(Filter), *fields.asked(self.query, self.user)], key=lambda one: one.position)

    @cached_property
    def every_column(self) -> list[Column]:
        return columns_for(self.user)

    @property
    def sorts(self) -> Sorts:
        return SORTS

    def refuse_unread(self) -> None:
        for name, why in fields.refused(self.query, self.user):
            raise Unfit(name, why)
        super().refuse_unread()

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
        return Page(self._shown_of(found.rows), found.next, found.previous)

    def every_row(self) -> Iterator[tuple[Portrait, list[tuple[Column, Any]]]]:
        """All of the list as it is now, with its cells, in its order."""
        searched = self.text and "sort" not in self.query
        roots = self.roots().rows if searched else every_key(self._ordered(), SORTS[self.sort][1])
        for start in range(0, len(roots), TAKEN):
            yield from self.cells(self._shown_of(roots[start : start + TAKEN]))

    def _shown_of(self, roots: Sequence[int]) -> list[Portrait]:
        shown = visible_to(self.user).select_related("owner").defer("stamps", "since").in_bulk(roots)
        return [shown[one] for one in roots if one in shown]

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

    def cells(self, rows: Sequence[Any]) -> list[tuple[Any, list[tuple[Column, Any]]]]:
        measured = Measures.objects.in_bulk([row.customer_id for row in rows])
        for row in rows:
            # Not assigned: nothing assigned to a relation over the key would clear the key, too.
            Portrait.measures.field.set_cached_value(row, measured.get(row.customer_id))
        return super().cells(rows)
