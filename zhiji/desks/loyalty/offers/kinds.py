"""Coupons as records: the ledger of what was issued, and giving many of them more time."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.access.models import User
from zhiji.desks.loyalty import actions, queries
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.profile.columns import customer_column
from zhiji.flow.profile.filters import customer_filter
from zhiji.kernel import clock
from zhiji.kernel.values import coupon as codes
from zhiji.records.columns import Column, of
from zhiji.records.filters import Chosen, Filter, on_days
from zhiji.records.kind import Act, RecordKind, Sort, View

STATES = {"open": (_("未使用"), "blue"), "redeemed": (_("已使用"), "green"), "expired": (_("已过期"), "gray")}


class Extending(forms.Form):
    days = forms.IntegerField(label=_("延长几天"), min_value=1, max_value=365, initial=7)


def _offer(rows: QuerySet[Coupon], chosen: Chosen) -> QuerySet[Coupon]:
    return rows.filter(offer__key__in=chosen.values)


def _offers(user: User) -> list[tuple[str, str]]:
    return list(CouponOffer.objects.order_by("id").values_list("key", "name"))


def _state(rows: QuerySet[Coupon], chosen: Chosen) -> QuerySet[Coupon]:
    found, now = Q(pk__in=()), clock.now()
    for state in STATES:
        if state in chosen.values:
            found |= queries.state_filter(state, now)
    return rows.filter(found)


def _states(rows: Sequence[Any], user: User) -> Mapping[int, Any]:
    now = clock.now()
    return {one.pk: STATES[queries.state_of(one, now)] for one in rows}


def _found(rows: QuerySet[Coupon], text: str) -> QuerySet[Coupon]:
    read = codes.parse(text)
    return rows.filter(code=read if isinstance(read, str) else text)


def _extend(rows: Sequence[Coupon], values: Mapping[str, Any], by: User) -> Sequence[Coupon]:
    return actions.extend_coupons(rows, days=values["days"], by=by)


COUPONS = RecordKind(
    key="coupons",
    label=pgettext_lazy("kinds", "优惠券"),
    says=_("每一张发出去的券，发给谁、用没用"),
    counted=_("%(n)s 张券"),
    icon="ticket",
    model=Coupon,
    path="coupons/",
    reads="coupons:read",
    exports="customers:export",
    rows=lambda user: queries.coupons(user, as_of=clock.now()),
    said=lambda coupon: coupon.code,
    nothing=_("还没有发出过优惠券。"),
    finds=_found,
    found_anywhere=True,
    searches=_("券码"),
    named=_("券码"),
    columns=(
        Column("offer", pgettext_lazy("one", "券种"), of("offer__name"), shown=True, position=10),
        Column("value", _("面值"), of("offer__value"), "money", shown=True, position=11),
        customer_column(),
        Column("issued_at", _("发放"), of("issued_at"), "moment", "new", True, 20),
        Column("expires_at", _("有效期至"), of("expires_at"), "day", shown=True, position=21),
        Column("state", _("状态"), _states, "badge", shown=True, position=30),
        Column("redeemed_at", _("使用时间"), of("redeemed_at"), "moment", shown=True, position=31),
        Column("order", _("用在哪一单"), of("redeemed_order"), position=32),
    ),
    filters=(
        Filter("offer", pgettext_lazy("one", "券种"), "choice", _offer, 10, _offers),
        Filter("state", _("状态"), "choice", _state, 20, lambda user: [(key, one[0]) for key, one in STATES.items()]),
        Filter("issued", _("发放日"), "dates", on_days("issued_at"), 30),
        Filter("expires", _("到期日"), "dates", on_days("expires_at"), 40),
        customer_filter(),
    ),
    sorts=(Sort("new", _("最近发放在前"), ("-id",)),),
    views=(View(_("还没用"), "state=open"), View(_("用掉了"), "state=redeemed")),
    acts=(
        Act("extend", _("延长有效期"), "clock-plus", "coupons:write", _extend, ("expires_at",),
            lambda rows, by: actions.return_expiry(rows, by=by), lambda user: Extending,
            lambda coupon: coupon.redeemed_at is None),
    ),
    tabs=lambda active: [(_("券种"), reverse("coupon_offers"), active == "offers")],
)  # fmt: skip
OFFERS = (COUPONS,)
