"""The fact log, its inbox, and what long-running processes say of themselves."""

import json
from typing import Any

from django.db import models
from django.db.models.functions import Now


class JSONText(models.TextField):  # type: ignore[type-arg]
    """JSON kept as it was written, neither read nor checked by the database until it is cast."""

    def from_db_value(self, value: str | None, *_: object) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)


class Told(models.Model):
    """A fact as it was told, before the log has it. What is fixed in width comes first, and JSON stays text: that makes
    a row cheap to write.
    """

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    message_key = models.UUIDField()
    source_id = models.IntegerField(null=True)
    customer_id = models.BigIntegerField(null=True, help_text="when the recorder knows; else by identity")
    name = models.TextField()
    identity = models.TextField(null=True, help_text="namespace:value, the strongest identity it came with")
    also = models.TextField(null=True, help_text="a second identity it came with, e.g. the anonymous id")
    properties = JSONText()
    sealed = models.BinaryField(null=True, help_text="contact values, encrypted under the master key")

    class Meta:
        abstract = True


class Accepted(Told):
    """The inbox: a fact that is durable but not yet in its customer's log.

    Whoever learns of a fact (the tracking protocol, an import, a desk's action) commits it here; the
    pipeline takes it out and logs it in one transaction, so nothing is lost or doubled.
    """

    class Meta:
        indexes = [
            models.Index(fields=["customer_id"], condition=models.Q(customer_id__isnull=False), name="accepted_known")
        ]


class Troubled(models.Model):
    """Something alone can't be done and doesn't keep the rest waiting: since when, why, when it is tried again."""

    since = models.DateTimeField()
    detail = models.TextField()
    tries = models.IntegerField()
    next_try = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


class SetAside(Told, Troubled):
    """A fact for which a stage of the pipeline fails even when it is alone, kept as it came.

    With a `fact_id` the log and the portrait have it, and only classes and rules haven't looked at it.
    """

    stage = models.TextField()
    fact_id = models.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message_key"], name="set_aside_once")]


class Lane(Troubled):
    """A fact name that the lake can't be given now; its facts are read from the log until it can."""

    name = models.TextField(primary_key=True)


class Fact(models.Model):
    """Something that happened to a customer. Append-only: nothing edits a row.

    `customer_id` is whom it was recorded for; a read follows redirects by `resolve`'s `root_id`. Ids grow in
    commit order, as only one pipeline writes at a time, so a watermark over them misses nothing.
    """

    id = models.BigAutoField(primary_key=True)
    message_key = models.UUIDField(unique=True)
    name = models.TextField()
    customer_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source_id = models.IntegerField(null=True)
    properties = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "name", "occurred_at"], name="fact_of_customer"),
            models.Index(fields=["name", "occurred_at"], name="fact_by_moment"),
        ]


class Watermark(models.Model):
    """How far a reader of the log, or a clock-driven job, has come: an id or a moment."""

    name = models.TextField(primary_key=True)
    fact_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)


class Heartbeat(models.Model):
    """The last sign of life of a process's loop, with its own figures (lag, rate)."""

    name = models.TextField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    detail = models.JSONField(db_default={})


class Limited(models.Model):
    """How much is out of a thing that can run out. Only zhiji.kernel.claims writes it, under the row's lock."""

    thing = models.TextField(primary_key=True)
    taken = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(taken__gte=0), name="limited_not_below_nothing")]


class Claim(models.Model):
    """How much of a thing a reason holds: `amount` less what came back. A reason with several things has parts."""

    reason = models.TextField()
    part = models.SmallIntegerField()
    thing = models.TextField()
    amount = models.BigIntegerField()
    returned = models.BigIntegerField(db_default=0)
    upto = models.BigIntegerField(help_text="how much of the thing was out with this")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="the end of a lease; none when it is settled")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reason", "part"], name="claim_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, returned__gte=0, returned__lte=models.F("amount")),
                name="claim_returns_what_it_holds",
            ),
        ]
        indexes = [
            models.Index(fields=["thing", "at"], name="claim_of_thing"),
            models.Index(fields=["until"], condition=models.Q(until__isnull=False), name="claim_leased"),
        ]
