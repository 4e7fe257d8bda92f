"""Orders as working rows; each also records an `order_paid` fact in the same transaction.

Constraints to the customer, store and product are kept by the set-based writes in `actions/`, not by a trigger per
row: a till's year is millions of lines.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

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
    """`customer` is whom it was recorded for; `amount` is what was paid, after `discount`; `refunded` is given back."""

    external_id = models.CharField(max_length=80, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.SET_NULL, null=True, related_name="+", db_index=False)
    placed_at = models.DateTimeField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
    coupon_code = models.CharField(max_length=60, blank=True, db_default="")
    source_id = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-placed_at"]),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["store", "-placed_at"], name="order_of_store"),
            models.Index(fields=["-placed_at"], condition=~models.Q(coupon_code=""), name="order_with_coupon"),
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
