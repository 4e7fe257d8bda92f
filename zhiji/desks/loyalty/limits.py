"""What can run out of a coupon: how many there are in all, and how many one person may have.

Both are counted also where there is no limit, so that one that is set later knows what was issued before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.claims import Ask, Limit, UsedUp


class Wanted(Protocol):
    """A coupon to issue: for whom, and the key that makes it once."""

    @property
    def customer_id(self) -> int: ...

    @property
    def key(self) -> str: ...


def claims_of(offer: CouponOffer, coupons: Iterable[Wanted]) -> list[Ask]:
    """What each coupon asks for; a person is counted with the customers who proved to be the same."""
    wanted = list(coupons)
    same = _same_people({one.customer_id for one in wanted}) if offer.per_person is not None else {}
    all_of_it = Limit(f"coupon:{offer.pk}", offer.stock)
    asks = []
    for one in wanted:
        also = tuple(_of_person(offer, other) for other in same.get(one.customer_id, ()))
        person = Limit(_of_person(offer, one.customer_id), offer.per_person, also=also)
        asks.append(Ask(f"coupon:{one.key}", (all_of_it, person)))
    return asks


def why(offer: CouponOffer, short: UsedUp) -> str:
    """Which limit it was: `used_up` or `enough`."""
    return "used_up" if short.thing == f"coupon:{offer.pk}" else "enough"


def _of_person(offer: CouponOffer, customer_id: int) -> str:
    return f"coupon:{offer.pk}:{customer_id}"


def _same_people(customer_ids: set[int]) -> Mapping[int, list[int]]:
    """By each customer, all who have the same root."""
    roots = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "root_id"))
    groups: dict[int, list[int]] = defaultdict(list)
    for one, root in Customer.objects.filter(root_id__in=set(roots.values())).values_list("pk", "root_id"):
        groups[root].append(one)
    return {one: groups[root] for one, root in roots.items()}
