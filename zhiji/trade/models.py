"""Orders as working rows; each also records an `order_paid` fact in the same transaction.

Constraints to the customer, store and product are kept by the set-based writes in `actions/`, not by a trigger per
row: a till's year is millions of lines.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from zhiji.flow.resolve.models import Customer


class Store(models.Model):
    external_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=40, blank=True, db_default="")

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    external_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=120, blank=True, db_default="")
    department = models.CharField(max_length=120, blank=True, db_default="")
    brand = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["category", "id"], name="product_category"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_parts"),
        ]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """`customer` is whom it was recorded for; `amount` is what was paid, after `discount`; `refunded` is given back.

    A number is unique within a `shop` ("" is the house's own). `paid_at` is null as long as it isn't paid, and of an
    order that was closed without having been; only paid orders have an `order_paid` fact and count in figures.
    """

    class State(models.TextChoices):
        PAID = "paid", _("已付款")
        UNPAID = "unpaid", _("待付款")
        CLOSED = "closed", _("交易关闭")
        PART_REFUNDED = "part_refunded", _("部分退款")
        REFUNDED = "refunded", _("已退款")

    external_id = models.CharField(max_length=80)
    shop = models.CharField(max_length=80, blank=True, db_default="")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.SET_NULL, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=14, choices=State, db_default=State.PAID)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
    coupon_code = models.CharField(max_length=60, blank=True, db_default="")
    source_id = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["external_id", "shop"], name="order_once")]
        indexes = [
            models.Index(fields=["customer", "-placed_at"]),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["store", "-placed_at"], name="order_of_store"),
            models.Index(fields=["-placed_at"], condition=~models.Q(coupon_code=""), name="order_with_coupon"),
            models.Index(fields=["paid_at"], name="order_paid_at"),
            models.Index(
                fields=["state", "-placed_at"], condition=~models.Q(state="paid"), name="order_of_another_state"
            ),
        ]


class Refund(models.Model):
    """Money given back: of an `order`, or of one that isn't here yet and is known by its number alone.

    `amount` is by how much it lowered the order; while the order isn't here, what was told (null: all of it).
    `message_key` is that of its fact, so that one told twice lowers once.
    """

    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="refunds")
    external_id = models.CharField(max_length=80)
    shop = models.CharField(max_length=80, blank=True, db_default="")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    at = models.DateTimeField()
    message_key = models.UUIDField(unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["external_id"], condition=models.Q(order=None), name="refund_of_none_yet"),
            models.Index(fields=["at"], name="refund_at"),
        ]


class OrderLine(models.Model):
    """`key` tells the lines of one order apart: the line number, or the product's code where none is given."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False, db_constraint=False)
    key = models.CharField(max_length=60)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_constraint=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "key"], name="order_line_once")]
