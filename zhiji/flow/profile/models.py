"""Who a customer is: what was given (portrait, contact points, consent, tags) and what was computed (measures)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer


class Portrait(models.Model):
    """What we were told of a customer. Of merged customers only the root's is shown (`merged` is false)."""

    class Calendar(models.TextChoices):
        SOLAR = "solar"
        LUNAR = "lunar"

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    merged = models.BooleanField(db_default=False)
    name = models.CharField(max_length=120, blank=True, db_default="")
    gender = models.CharField(max_length=10, blank=True, db_default="")
    birthday = models.DateField(null=True, help_text="solar date of birth, also of those who keep the lunar day")
    birthday_calendar = models.CharField(max_length=5, choices=Calendar, db_default=Calendar.SOLAR)
    region = models.CharField(max_length=40, blank=True, db_default="", help_text="province")
    city = models.CharField(max_length=40, blank=True, db_default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    priority = models.SmallIntegerField(db_default=0, help_text="service priority, 0 normal to 3 highest")
    attributes = models.JSONField(db_default={}, help_text="custom fields")
    registered_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())


class Measures(models.Model):
    """What facts add up to, as of `as_of`; money in the workspace's currency."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    as_of = models.DateTimeField()
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    orders_30d = models.IntegerField(db_default=0)
    orders_90d = models.IntegerField(db_default=0)
    orders_365d = models.IntegerField(db_default=0)
    orders_ever = models.IntegerField(db_default=0)
    amount_30d = models.DecimalField(max_digits=16, decimal_places=2, db_default=0)
    amount_90d = models.DecimalField(max_digits=16, decimal_places=2, db_default=0)
    amount_365d = models.DecimalField(max_digits=16, decimal_places=2, db_default=0)
    amount_ever = models.DecimalField(max_digits=16, decimal_places=2, db_default=0)
    basket_average = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    favourite_category = models.CharField(max_length=120, blank=True, db_default="")
    favourite_store = models.CharField(max_length=120, blank=True, db_default="")
    recency_score = models.SmallIntegerField(null=True, help_text="1 to 5 by the published cut points")
    frequency_score = models.SmallIntegerField(null=True)
    monetary_score = models.SmallIntegerField(null=True)


class ContactPoint(models.Model):
    """A way to reach a customer, encrypted under the customer's key; looked up by keyed digests."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        ADDRESS = "address"

    class State(models.TextChoices):
        OK = "ok"
        BOUNCED = "bounced"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    ciphertext = models.BinaryField()
    digest = models.BinaryField(help_text="keyed digest of the normalised value")
    tail = models.CharField(max_length=8, help_text="what a mask shows: last four of a phone, domain's start of an e-mail")
    tail_digest = models.BinaryField(help_text="keyed digest of the last four")
    state = models.CharField(max_length=10, choices=State, db_default=State.OK)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "digest"], name="contact_point_once")]
        indexes = [models.Index(fields=["digest"]), models.Index(fields=["tail_digest", "customer"])]


class Consent(models.Model):
    """What a customer allows, per channel and purpose; each change is also a fact."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20, db_default="marketing")
    granted = models.BooleanField()
    at = models.DateTimeField(db_default=Now())
    proof = models.TextField(blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel", "purpose"], name="consent_once")]


class Tag(models.Model):
    """A word put on customers by people and rules."""

    name = models.CharField(max_length=40, unique=True)


class Tagging(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    by = models.TextField(help_text="the user or rule that put it")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="tagged_once")]
        indexes = [models.Index(fields=["customer"])]


class SearchKey(models.Model):
    """What a customer is found by: name and its endings, 拼音, initials; a prefix match on an index."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
