"""Who a customer is: what was given (portrait, contact points, consent, tags) and what was computed (measures)."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer
from zhiji.kernel.values import tag

SHOWN = Q(merged=False)


class Portrait(models.Model):
    """What we were told of a customer, folded from facts (see portrait.py).

    Of merged customers only the root's is shown (`merged` is false). `stamps` says when each part was told, so
    that a late fact doesn't overwrite a newer one.

    No index holds `last_seen_at`: it changes with almost every fact, and an update that touches no index stays on
    its page. Lists by last sight walk `Sight`.
    """

    class Calendar(models.TextChoices):
        SOLAR = "solar"
        LUNAR = "lunar"

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    measures = models.ForeignObject(
        "Measures", models.DO_NOTHING, null=True, from_fields=["customer"], to_fields=["customer"], related_name="+"
    )
    sight = models.ForeignObject(
        "Sight", models.DO_NOTHING, from_fields=["customer"], to_fields=["customer"], related_name="+"
    )
    merged = models.BooleanField(db_default=False)
    name = models.CharField(max_length=120, blank=True, db_default="")
    name_key = models.CharField(
        max_length=120, blank=True, db_default="", db_collation="C", help_text="拼音, for sorting by name"
    )
    gender = models.CharField(max_length=10, blank=True, db_default="")
    birthday = models.DateField(null=True, help_text="solar date of birth, also of those who keep the lunar day")
    birthday_calendar = models.CharField(max_length=5, choices=Calendar, db_default=Calendar.SOLAR)
    region = models.CharField(max_length=40, blank=True, db_default="", help_text="province")
    city = models.CharField(max_length=40, blank=True, db_default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    priority = models.SmallIntegerField(db_default=0, help_text="service priority, 0 normal to 3 highest")
    attributes = models.JSONField(db_default={}, help_text="custom fields")
    registered_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    stamps = models.JSONField(db_default={}, help_text="part → microseconds of the epoch when it was told")
    since = models.JSONField(db_default={}, help_text="part → when its value was first told, where before the stamp")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(
                F("registered_at").desc(nulls_last=True), F("customer").desc(), condition=SHOWN, name="registered"
            ),
            models.Index(F("name_key"), F("customer"), condition=SHOWN, name="named"),
            models.Index(fields=["owner"], condition=SHOWN & Q(owner__isnull=False), name="owned"),
            models.Index(fields=["region", "customer"], condition=SHOWN, name="placed"),
            GinIndex(fields=["attributes"], condition=SHOWN, name="fields_held"),
        ]


class Sight(models.Model):
    """When a customer was last seen, as its portrait says, for lists in this order; made with the portrait."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(F("at").desc(nulls_last=True), F("customer").desc(), name="seen")]


class Measures(models.Model):
    """What facts add up to, as of `as_of`; money in the workspace's currency."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, db_constraint=False, related_name="+"
    )  # checking a million of them at the end of a build took a tenth of it
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

    class Meta:
        indexes = [
            models.Index(fields=["-amount_365d", "-customer"], name="spent_365d"),
            models.Index(fields=["-amount_ever", "-customer"], name="spent_ever"),
        ]


class ContactPoint(models.Model):
    """A way to reach a customer, encrypted under the customer's key; looked up by keyed digests.

    It stays with the customer it was recorded for: of merged ones, read all of the tree.
    """

    class Kind(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        ADDRESS = "address"

    class State(models.TextChoices):
        OK = "ok"
        BOUNCED = "bounced"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    ciphertext = models.BinaryField()
    digest = models.BinaryField(help_text="keyed digest of the normalised value")
    masked = models.CharField(max_length=120, help_text="138****1234, z***@example.com: what everyone may see")
    tail_digest = models.BinaryField(help_text="keyed digest of a phone's last four; empty where it has no such tail")
    state = models.CharField(max_length=10, choices=State, db_default=State.OK)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "digest"], name="contact_point_once")]
        indexes = [
            models.Index(fields=["digest", "customer"], name="contact_digest"),
            models.Index(fields=["tail_digest", "customer"], name="contact_tail"),
        ]


class SealedValue(models.Model):
    """A contact value that was told elsewhere than as a contact point: in a text, an unknown property, an attribute.

    Encrypted under the key of the customer it was recorded for; facts and portraits hold its token (access.sealing),
    in which `digest`, made by the same key, names it.
    """

    pk = models.CompositePrimaryKey("customer_id", "digest")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    digest = models.BinaryField()
    kind = models.CharField(max_length=10)
    ciphertext = models.BinaryField()


class Consent(models.Model):
    """What a customer (a root) allows, per channel and purpose; each change is also a fact."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20, db_default="marketing")
    granted = models.BooleanField()
    at = models.DateTimeField(db_default=Now())
    proof = models.TextField(blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel", "purpose"], name="consent_once")]


class TagKey(models.CharField):  # type: ignore[type-arg]
    """What tells a tag from others, kept right with its name."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = tag.key(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key


class Tag(models.Model):
    """A word put on customers by people and rules, as it was first written; VIP, vip and ＶＩＰ are one, by `key`."""

    name = models.CharField(max_length=40, unique=True)
    key = TagKey(max_length=40, unique=True)


class Tagging(models.Model):
    """A tag on a customer (a root)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)
    by = models.TextField(help_text="the user or rule that put it")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="tagged_once")]
        indexes = [models.Index(fields=["customer"], name="tags_of")]


class Past(models.Model):
    """What a part of a root's portrait (a tag, a consent, the owner, too) was, by the moments when it was told.

    What it is now stands in the portrait; before anything was told it was empty: neither is here.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    part = models.TextField()
    was = models.JSONField()
    since = models.DateTimeField(null=True, help_text="null: nobody knows from when")
    until = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "until"], name="past_of"),
            models.Index(fields=["until"], name="past_until"),
        ]


class SearchKey(models.Model):
    """What a root is found by: name and its endings, 拼音, initials. In the C collation: a prefix is a range."""

    pk = models.CompositePrimaryKey("key", "customer_id")
    key = models.CharField(max_length=120, db_collation="C")
    customer_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["customer_id"], name="search_keys_of")]
