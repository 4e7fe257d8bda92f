"""Offer coupons and issue them, once each. Each action leaves an audit line; each coupon a fact."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import NotYours, require
from zhiji.desks.loyalty.limits import claims_of, why
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.profile.queries import visible_roots
from zhiji.kernel import clock
from zhiji.kernel.claims import Claimed, UsedUp, claim_all
from zhiji.kernel.deadlocks import atomic_again
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pinyin import syllables

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE = 12
LAST_YEAR = 2199
MOST = 1_000_000_000  # of a coupon, which the column holds


class OfferRefused(ValueError):
    """The offer can't be kept so; `field` says which value, the message what to do."""

    def __init__(self, field: str, advice: str) -> None:
        super().__init__(advice)
        self.field = field


@dataclass(frozen=True)
class NewCoupon:
    """A coupon to issue. `key` makes it once; `caused` goes into the fact (a rule's chain)."""

    customer_id: int
    key: str
    entry_id: int | None = None
    caused: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Issuing:
    """The coupons issued now, and by their keys those that aren't: `used_up` (none is left), `enough` (this person has
    as many as one may)."""

    coupons: list[Coupon]
    refused: Mapping[str, str]


REFUSED = {
    "used_up": gettext_noop("优惠券「%(name)s」已经发完"),
    "enough": gettext_noop("这位客户领「%(name)s」已达每人上限"),
}


@transaction.atomic
def create_offer(
    *,
    by: User | None,
    name: str,
    value: Decimal,
    minimum: Decimal = Decimal(0),
    valid_days: int = 30,
    stock: int | None = None,
    per_person: int | None = None,
    key: str = "",
) -> CouponOffer:
    """Make a coupon that can be issued: `stock` of them in all, `per_person` to each; None: however many. Money in the
    workspace's currency. Raises OfferRefused.
    """
    require(by, "coupons:write")
    _check(name, value, minimum, valid_days, stock, per_person)
    if key and (slugify(key) != key or key == "new" or CouponOffer.objects.filter(key=key).exists()):
        raise OfferRefused("key", _("标识只能用小写字母、数字、- 和 _，且不能与别的优惠券相同"))
    offer = CouponOffer.objects.create(
        key=key or _free_key(name),
        name=name.strip(),
        value=value,
        minimum=minimum,
        valid_days=valid_days,
        stock=stock,
        per_person=per_person,
    )
    audit("coupon offer created", offer, by=by, **_told(offer))
    return offer


@transaction.atomic
def edit_offer(
    offer: CouponOffer,
    *,
    by: User | None,
    name: str,
    value: Decimal,
    minimum: Decimal,
    valid_days: int,
    stock: int | None = None,
    per_person: int | None = None,
) -> CouponOffer:
    """Change it for those issued from now on; coupons out there keep their last day. Raises OfferRefused."""
    require(by, "coupons:write")
    _check(name, value, minimum, valid_days, stock, per_person)
    offer = CouponOffer.objects.select_for_update().get(pk=offer.pk)
    if value != offer.value and Coupon.objects.filter(offer=offer).exists():
        raise OfferRefused("value", _("已经发出过这种券，面值不能再改；请新建一种优惠券"))
    before = {**_told(offer), "days": offer.valid_days}
    offer.name, offer.value, offer.minimum, offer.valid_days = name.strip(), value, minimum, valid_days
    offer.stock, offer.per_person = stock, per_person
    offer.save()
    audit("coupon offer edited", offer, by=by, before=before, **_told(offer))
    return offer


@transaction.atomic
def close_offer(offer: CouponOffer, *, by: User | None, closed: bool = True) -> CouponOffer:
    """Issue no more (or again); coupons already given stay good."""
    require(by, "coupons:write")
    offer = CouponOffer.objects.select_for_update().get(pk=offer.pk)
    offer.closed_at = clock.now() if closed else None
    offer.save(update_fields=["closed_at"])
    audit("coupon offer closed" if closed else "coupon offer reopened", offer, by=by)
    return offer


@atomic_again
def issue_coupons(offer: CouponOffer, coupons: Sequence[NewCoupon], *, by: User | None, as_of: datetime) -> Issuing:
    """Issue to many at once; those whose key was used before are left out. Raises OfferRefused when closed."""
    require(by, "coupons:write")
    # Who closes or changes the offer has done so before, or waits until this is done.
    offer = CouponOffer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    if offer.closed_at is not None:
        raise OfferRefused("offer", _("优惠券「%(name)s」已停发") % {"name": offer.name})
    wanted = {one.key: one for one in coupons}
    answers = dict(zip(wanted, claim_all(claims_of(offer, wanted.values()), as_of=as_of), strict=True))
    expires_at = last_moment(as_of, offer.valid_days)
    issued = Coupon.objects.bulk_create(
        [
            Coupon(
                code=new_code(),
                issue_key=one.key,
                offer=offer,
                customer_id=one.customer_id,
                issued_at=as_of,
                expires_at=expires_at,
                entry_id=one.entry_id,
            )
            for one in wanted.values()
            if isinstance(answer := answers[one.key], Claimed) and answer.new
        ]
    )
    record(_issued_fact(coupon, offer, wanted[coupon.issue_key].caused) for coupon in issued)
    if by is not None:
        for coupon in issued:
            audit("coupon issued", coupon, by=by, offer=offer.key, customer=coupon.customer_id)
    return Issuing(issued, {key: why(offer, one) for key, one in answers.items() if isinstance(one, UsedUp)})


def give_coupon(offer: CouponOffer, *, by: User, customer_id: int) -> Coupon:
    """A person gives one to a customer they may see. Raises OfferRefused, Forbidden."""
    if not visible_roots(by, [customer_id]):
        raise NotYours
    issuing = issue_coupons(offer, [NewCoupon(customer_id, f"hand:{uuid4()}")], by=by, as_of=clock.now())
    for reason in issuing.refused.values():
        raise OfferRefused("offer", _(REFUSED[reason]) % {"name": offer.name})
    return issuing.coupons[0]


@transaction.atomic
def extend_coupons(coupons: Sequence[Coupon], *, days: int, by: User) -> list[Coupon]:
    """Let coupons that weren't used be good for `days` more, counted from today where they are over. Raises Forbidden,
    OfferRefused.
    """
    require(by, "coupons:write")
    if not 1 <= days <= 365:
        raise OfferRefused("days", _("延长的天数应在 1 到 365 之间"))
    now = clock.now()
    held = _unused(coupons)
    for coupon in held:
        since = max(now, coupon.expires_at)
        if since.year >= LAST_YEAR:
            raise OfferRefused("days", _("有效期最多到 %(year)s 年") % {"year": LAST_YEAR})
        _set_expiry(coupon, last_moment(since, days), by)
    return held


@transaction.atomic
def return_expiry(coupons: Sequence[Coupon], *, by: User) -> list[Coupon]:
    """Give coupons that weren't used the expiry that is set on them, which they had before. Raises Forbidden."""
    require(by, "coupons:write")
    wanted = {one.pk: one.expires_at for one in coupons}
    held = _unused(coupons)
    for coupon in held:
        _set_expiry(coupon, wanted[coupon.pk], by)
    return held


def _unused(coupons: Sequence[Coupon]) -> list[Coupon]:
    held = Coupon.objects.select_for_update().filter(pk__in=[one.pk for one in coupons], redeemed_at=None)
    return list(held.order_by("pk"))


def _set_expiry(coupon: Coupon, expires_at: datetime, by: User) -> None:
    audit("coupon extended", coupon, by=by, before=coupon.expires_at.isoformat(), after=expires_at.isoformat())
    coupon.expires_at = expires_at
    coupon.save(update_fields=["expires_at"])


def new_code() -> str:
    """Twelve characters without look-alikes: 30¹² of them, so that none is guessed and none comes twice."""
    return "".join(secrets.choice(ALPHABET) for _position in range(CODE))


def last_moment(issued_at: datetime, valid_days: int) -> datetime:
    """The end of the last valid day, in the workspace's zone."""
    last = clock.day_of(issued_at) + timedelta(days=valid_days)
    return datetime.combine(last, time.max, clock.zone()).astimezone(UTC)


def _issued_fact(coupon: Coupon, offer: CouponOffer, caused: Mapping[str, Any]) -> NewFact:
    properties = {
        "coupon": coupon.code,
        "offer": offer.key,
        "value": offer.value,
        "expires_at": coupon.expires_at.isoformat(),
        **caused,
    }
    return NewFact(
        "coupon_issued", coupon.issued_at, "loyalty", f"issued:{coupon.pk}", properties, customer_id=coupon.customer_id
    )


def _told(offer: CouponOffer) -> dict[str, Any]:
    """What an audit line tells of an offer."""
    limits = {"stock": offer.stock, "per_person": offer.per_person}
    told = {"name": offer.name, "value": str(offer.value), "minimum": str(offer.minimum)}
    return {**told, **{name: most for name, most in limits.items() if most is not None}}


def _check(
    name: str, value: Decimal, minimum: Decimal, valid_days: int, stock: int | None, per_person: int | None
) -> None:
    if not name.strip():
        raise OfferRefused("name", _("请给优惠券起个名字"))
    if value <= 0:
        raise OfferRefused("value", _("面值应大于 0"))
    if minimum < 0:
        raise OfferRefused("minimum", _("使用门槛不能为负；没有门槛请填 0"))
    if not 1 <= valid_days <= 3650:
        raise OfferRefused("valid_days", _("有效天数应在 1 到 3650 之间"))
    for field_name, most in (("stock", stock), ("per_person", per_person)):
        if most is not None and not 1 <= most <= MOST:
            raise OfferRefused(field_name, _("数量应在 1 到 %(most)s 之间；不限就留空") % {"most": f"{MOST:,}"})


def _free_key(name: str) -> str:
    stem = slugify("-".join(syllables(name)))[:40].strip("-") or "coupon"
    taken = {"new", *CouponOffer.objects.filter(key__startswith=stem).values_list("key", flat=True)}
    number = 1
    while (key := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return key
