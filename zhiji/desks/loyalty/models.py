"""Coupons given and used."""

from django.db import models
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer


class CouponOffer(models.Model):
    """A coupon that can be issued: what it is worth, from what basket on, for how many days."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    value = models.DecimalField(max_digits=10, decimal_places=2)
    minimum = models.DecimalField(max_digits=10, decimal_places=2, db_default=0)
    valid_days = models.IntegerField(db_default=30)


class Coupon(models.Model):
    """One customer's coupon; `issue_key` makes issuing it once."""

    code = models.CharField(max_length=24, unique=True)
    issue_key = models.TextField(unique=True)
    offer = models.ForeignKey(CouponOffer, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True, help_text="the rule entry that issued it")

    class Meta:
        indexes = [models.Index(fields=["customer", "-issued_at"])]
