"""Coupon offers, and giving a coupon by hand."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.desks.loyalty import actions, queries
from zhiji.desks.loyalty.actions import OfferRefused
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.desks.loyalty.offers.kinds import COUPONS
from zhiji.flow.profile.queries import only_owner
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.records.listing import tabs


class OfferForm(forms.Form):
    """What a coupon is worth, from what basket on, for how long."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    value = forms.DecimalField(label=gettext_lazy("面值（元）"), max_digits=10, decimal_places=2)
    minimum = forms.DecimalField(
        label=gettext_lazy("使用门槛（元）"),
        max_digits=10,
        decimal_places=2,
        initial=Decimal(0),
        help_text=gettext_lazy("订单满多少才能用；没有门槛填 0"),
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("有效天数"), initial=30, help_text=gettext_lazy("从发放当天起算，最后一天全天有效")
    )
    stock = forms.IntegerField(
        label=gettext_lazy("总量（张）"), required=False, help_text=gettext_lazy("发完为止；不限就留空")
    )
    per_person = forms.IntegerField(
        label=gettext_lazy("每人限领（张）"),
        required=False,
        help_text=gettext_lazy("合并过的客户算一个人；不限就留空"),
    )


@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """Every kind of coupon, with what became of those issued."""
    user = _user(request)
    require(user, "coupons:read")
    rows = queries.offers_with_figures(clock.now(), only_owner(user))
    context = {"rows": rows, "may_write": may(user, "coupons:write"), "tabs": tabs(COUPONS, "offers")}
    return render(request, "loyalty/offers.html", context)


@require_http_methods(["GET", "POST"])
def new_offer(request: HttpRequest) -> HttpResponse:
    """An empty form; a POST makes the offer."""
    user = _user(request)
    require(user, "coupons:write")
    form = OfferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            offer = actions.create_offer(by=user, **form.cleaned_data)
        except OfferRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("已新建「%(name)s」，可以在联动规则里发放了") % {"name": offer.name})
            return redirect("coupon_offers")
    return render(request, "loyalty/offer_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit_offer(request: HttpRequest, key: str) -> HttpResponse:
    """The offer's form; a POST changes it for coupons issued from now on."""
    user = _user(request)
    require(user, "coupons:write")
    offer = get_object_or_404(CouponOffer, key=key)
    given = {name: getattr(offer, name) for name in OfferForm.base_fields}
    form = OfferForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_offer(offer, by=user, **form.cleaned_data)
        except OfferRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("已保存，之后发出的券按新的规定"))
            return redirect("coupon_offers")
    context = {"form": form, "offer": offer}
    return render(request, "loyalty/offer_form.html", context, status=422 if form.errors else 200)


@require_POST
def closure(request: HttpRequest, key: str) -> HttpResponse:
    """Stop issuing, or (`closed=0`) go on."""
    offer = get_object_or_404(CouponOffer, key=key)
    closed = request.POST.get("closed") != "0"
    actions.close_offer(offer, by=_user(request), closed=closed)
    told = _("「%(name)s」已停发；发出去的券仍可使用") if closed else _("「%(name)s」恢复发放")
    messages.success(request, told % {"name": offer.name})
    return redirect("coupon_offers")


@require_POST
def giving(request: HttpRequest) -> HttpResponse:
    """Give one coupon to a customer, from the customer's page."""
    user, customer = _user(request), whole(request.POST.get("customer")) or 0
    offer = CouponOffer.objects.filter(key=request.POST.get("offer", "")).first()
    try:
        if offer is None:
            raise OfferRefused("offer", _("请先选择一种优惠券"))
        coupon = actions.give_coupon(offer, by=user, customer_id=customer)
    except OfferRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已发「%(name)s」，券码 %(code)s") % {"name": offer.name, "code": coupon.code})
    back = request.POST.get("back", "")
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return redirect(back if inside else reverse("coupons"))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
