"""Filters of the customer list; and of other lists by whose records they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from zhiji.access.models import User
from zhiji.flow.profile.visibility import visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.given import whole
from zhiji.records import filters


@dataclass(frozen=True, eq=False)
class Filter(filters.Filter):
    """A filter of the customer list, offered by apps in `offers/filters.py`; it narrows portraits."""

    offered_in: ClassVar[str] = "filters"


def customer_filter() -> filters.Filter:
    """The records of customers by the column `customer`, those of whoever was merged into them among them; pages of
    customers lead to it.
    """
    return filters.Filter("customer", pgettext_lazy("one", "客户"), "choice", _of_customers, 90, names=_names)


def _of_customers(rows: QuerySet[Any], chosen: filters.Chosen) -> QuerySet[Any]:
    roots = [one for value in chosen.values if (one := whole(value)) is not None]
    return rows.filter(customer_id__in=Customer.objects.filter(root_id__in=roots).values("id"))


def _names(user: User, values: Sequence[str]) -> Mapping[str, str]:
    roots = [one for value in values if (one := whole(value)) is not None]
    return {str(one.pk): one.name or f"#{one.pk}" for one in visible_to(user).filter(pk__in=roots)}
