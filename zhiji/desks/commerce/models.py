"""Orders as working rows; each also records an `order_paid` fact in the same transaction."""

from django.db import models

from zhiji.flow.resolve.models import Customer


class Store(models.Model):
    external_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=40, blank=True, db_default="")


class Product(models.Model):
    external_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=120, blank=True, db_default="")
    department = models.CharField(max_length=120, blank=True, db_default="")
    brand = models.CharField(max_length=120, blank=True, db_default="")


class Order(models.Model):
    external_id = models.CharField(max_length=80, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
    coupon_code = models.CharField(max_length=60, blank=True, db_default="")
    source_id = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-placed_at"]),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
        ]


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, db_default=0)
