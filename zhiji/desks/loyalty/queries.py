"""Named reads of coupons."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.profile.queries import only_owner, owned_by, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.values import coupon
from zhiji.kernel.written import written_once

STATES = ("open", "redeemed", "expired")


@dataclass(frozen=True)
class OfferFigures:
    """What became of an offer's coupons."""

    offer: CouponOffer
    issued: int
    redeemed: int
    open: int

    @property
    def share(self) -> float:
        return self.redeemed / self.issued if self.issued else 0.0


def offers_with_figures(as_of: datetime, owner: int | None = None) -> list[OfferFigures]:
    """Every offer, those still issued first, with counts (of one owner's customers, if given) from one grouped read."""
    issued = Coupon.objects.all()
    if owner is not None:
        issued = issued.filter(customer__root_id__in=owned_by(owner).values("customer_id"))
    counts = {
        row["offer_id"]: row
        for row in issued.values("offer_id").annotate(
            issued=Count("id"),
            redeemed=Count("id", filter=Q(redeemed_at__isnull=False)),
            open=Count("id", filter=Q(redeemed_at=None, expires_at__gte=as_of)),
        )
    }
    nothing = {"issued": 0, "redeemed": 0, "open": 0}
    found = []
    for offer in CouponOffer.objects.order_by("closed_at", "id"):
        row = counts.get(offer.pk, nothing)
        found.append(OfferFigures(offer, row["issued"], row["redeemed"], row["open"]))
    return sorted(found, key=lambda one: (one.offer.closed_at is not None, one.offer.pk))


def coupons(user: User, *, as_of: datetime, offer: str = "", state: str = "", code: str = "") -> QuerySet[Coupon]:
    """The ledger of coupons whose customers `user` may see, filtered."""
    if not may(user, "coupons:read"):
        return Coupon.objects.none()
    found = Coupon.objects.select_related("offer", "customer")
    if only_owner(user) is not None:
        found = found.filter(customer__root_id__in=visible_to(user).values("customer_id"))
    if offer:
        found = found.filter(offer__key=offer)
    if state:
        found = found.filter(state_filter(state, as_of))
    if code:
        read = coupon.parse(code)
        found = found.filter(code=read if isinstance(read, str) else code)
    return found


def state_filter(state: str, as_of: datetime) -> Q:
    """open: may be used; redeemed; expired: unused and over."""
    if state == "redeemed":
        return Q(redeemed_at__isnull=False)
    if state == "expired":
        return Q(redeemed_at=None, expires_at__lt=as_of)
    return Q(redeemed_at=None, expires_at__gte=as_of)


def state_of(coupon: Coupon, as_of: datetime) -> str:
    if coupon.redeemed_at is not None:
        return "redeemed"
    return "open" if coupon.expires_at >= as_of else "expired"


@written_once
def coupons_of_customer(root_id: int) -> QuerySet[Coupon]:
    """Of a root and the customers merged into it, the newest six."""
    same = Customer.objects.filter(root_id=root_id).values("id")
    return Coupon.objects.filter(customer_id__in=same).select_related("offer").order_by("-issued_at", "-id")[:6]


@written_once
def open_offers() -> QuerySet[CouponOffer]:
    """What may be given."""
    return CouponOffer.objects.filter(closed_at=None).order_by("id")
