"""Columns of the customer list, offered by apps in `offers/columns.py`; and the customer as a column of other lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.sealed import of_roots
from zhiji.flow.profile.visibility import visible_to
from zhiji.kernel.registry import offered
from zhiji.records import columns
from zhiji.records.models import CustomField
from zhiji.records.queries import known_to


@dataclass(frozen=True)
class Column(columns.Column):
    """A column of the customer list; its rows are portraits, `sort` one of listing.SORTS."""

    offered_in: ClassVar[str] = "columns"


def columns_for(user: User) -> list[columns.Column]:
    """The columns that `user` may choose, in their order; declared fields that they may read among them."""
    fields = (Column(f"field:{one.key}", one.label, _held(one), position=45, field=one) for one in known_to(user))
    return sorted([*offered(Column), *fields], key=lambda one: one.position)


def customer_column(position: int = 15) -> columns.Column:
    """Whose record a row is, by its `customer`: the name as a link where the user may see them, else the number."""

    def values(rows: Sequence[Any], user: User) -> Mapping[int, Any]:
        seen = visible_to(user).in_bulk({row.customer.root_id for row in rows})
        return {row.pk: _linked(row.customer.root_id, seen.get(row.customer.root_id)) for row in rows}

    return columns.Column("customer", pgettext_lazy("one", "客户"), values, "link", shown=True, position=position)


def _linked(root: int, seen: Portrait | None) -> tuple[str, str]:
    return (f"#{root}", "") if seen is None else (seen.name or f"#{root}", reverse("customer", args=[root]))


def _held(field: CustomField) -> Callable[[Sequence[Portrait], User], Mapping[int, Any]]:
    """The values of a field on a page, sealed ones masked."""

    def values(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
        held = {row.customer_id: row.attributes[field.key] for row in rows if field.key in row.attributes}
        masked: Mapping[int, Any] = of_roots(held, list(held.values())).masked(held)
        return masked

    return values
