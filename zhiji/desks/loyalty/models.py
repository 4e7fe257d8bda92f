"""Coupons given and used."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from zhiji.flow.resolve.models import Customer


class CouponOffer(models.Model):
    """A coupon that can be issued: what it is worth, from what basket on, for how many days."""

    key = models.SlugField(_("标识"), unique=True)
    name = models.CharField(_("名称"), max_length=80)
    value = models.DecimalField(_("面值"), max_digits=10, decimal_places=2)
    minimum = models.DecimalField(_("使用门槛"), max_digits=10, decimal_places=2, db_default=0)
    valid_days = models.IntegerField(_("有效天数"), db_default=30)
    stock = models.IntegerField(_("总量"), null=True, help_text="how many there are in all; none: however many")
    per_person = models.IntegerField(_("每人限领"), null=True)
    closed_at = models.DateTimeField(null=True, help_text="no more are issued; those given stay good")

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """One customer's coupon; `issue_key` makes issuing it once."""

    code = models.CharField(max_length=24, unique=True)
    issue_key = models.TextField(unique=True)
    offer = models.ForeignKey(CouponOffer, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    redeemed_order = models.TextField(blank=True, db_default="", help_text="the order's id as it came")
    entry_id = models.BigIntegerField(null=True, help_text="the rule entry that issued it")

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-issued_at"]),
            models.Index(fields=["offer", "-id"], name="coupon_of_offer"),
            models.Index(fields=["expires_at", "id"], condition=models.Q(redeemed_at=None), name="coupon_open"),
        ]

    def __str__(self) -> str:
        return self.code
