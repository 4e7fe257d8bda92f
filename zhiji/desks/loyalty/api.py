"""Coupons by API, over the same queries and actions as the pages."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from zhiji.access.tokens import scoped
from zhiji.desks.loyalty import actions, queries
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.profile.queries import only_owner
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["coupons"])


class OfferOut(Schema):
    """Money in the workspace's currency."""

    key: str
    name: str
    value: Decimal
    minimum: Decimal
    valid_days: int
    stock: int | None
    per_person: int | None
    closed_at: datetime | None
    issued: int
    redeemed: int


class Offers(Schema):
    rows: list[OfferOut]


class OfferIn(Given):
    name: str = Field(min_length=1, max_length=80)
    value: Decimal = Field(gt=0, lt=10**8, decimal_places=2)
    minimum: Decimal = Field(Decimal(0), ge=0, lt=10**8, decimal_places=2)
    valid_days: int = Field(30, ge=1, le=3650)
    stock: int | None = Field(None, ge=1, le=10**9, description="how many there are in all; null: however many")
    per_person: int | None = Field(None, ge=1, le=10**9)
    key: str = Field("", max_length=50)


class CouponOut(Schema):
    code: str
    offer: str
    customer_id: int
    state: Literal["open", "redeemed", "expired"]
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    redeemed_order: str


class Coupons(Schema):
    rows: list[CouponOut]
    next: str
    previous: str


class Gift(Given):
    offer: str = Field(max_length=50)
    customer_id: int = Field(ge=1, le=2**63 - 1)


@router.get("/coupon-offers", response=Offers, operation_id="list_coupon_offers")
def list_coupon_offers(request: HttpRequest) -> dict[str, Any]:
    """Every kind of coupon, with how many were issued and redeemed."""
    user = scoped(request, "coupons:read")
    return {"rows": [_offer(row) for row in queries.offers_with_figures(clock.now(), only_owner(user))]}


@router.post("/coupon-offers", response={201: OfferOut, 422: Problem}, operation_id="create_coupon_offer")
def create_coupon_offer(request: HttpRequest, body: OfferIn) -> Any:
    offer = actions.create_offer(by=scoped(request, "coupons:write"), **body.dict())
    return Status(201, _offer(queries.OfferFigures(offer, 0, 0, 0)))


@router.get("/coupons", response=Coupons, operation_id="list_coupons")
def list_coupons(
    request: HttpRequest,
    offer: Annotated[str, Query(max_length=50)] = "",
    state: Literal["", "open", "redeemed", "expired"] = "",
    code: Annotated[str, Query(max_length=24)] = "",
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """The ledger, newest first; of customers this user may see."""
    user, now = scoped(request, "coupons:read"), clock.now()
    found = queries.coupons(user, as_of=now, offer=offer, state=state, code=code)
    shown = page(found, order=("-id",), size=size, cursor=cursor)
    return {
        "rows": [_coupon(coupon, now) for coupon in shown.rows],
        "next": shown.next,
        "previous": shown.previous,
    }


@router.post("/coupons", response={201: CouponOut, 404: Problem, 422: Problem}, operation_id="give_coupon")
def give_coupon(request: HttpRequest, body: Gift) -> Any:
    """Give one coupon to a customer; refused when none is left, or the customer has as many as one may."""
    by = scoped(request, "coupons:write")
    offer = get_object_or_404(CouponOffer, key=body.offer)
    coupon = actions.give_coupon(offer, by=by, customer_id=body.customer_id)
    return Status(201, _coupon(coupon, clock.now()))


def _offer(row: queries.OfferFigures) -> dict[str, Any]:
    kept = ("key", "name", "value", "minimum", "valid_days", "stock", "per_person", "closed_at")
    return {**{name: getattr(row.offer, name) for name in kept}, "issued": row.issued, "redeemed": row.redeemed}


def _coupon(coupon: Coupon, now: datetime) -> dict[str, Any]:
    kept = ("code", "issued_at", "expires_at", "redeemed_at", "redeemed_order")
    return {
        **{name: getattr(coupon, name) for name in kept},
        "offer": coupon.offer.key,
        "customer_id": coupon.customer.root_id,
        "state": queries.state_of(coupon, now),
    }
