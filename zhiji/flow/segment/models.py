"""Which customers share something, and when they came to."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import JSONText


class Segment(models.Model):
    """客群: the customers for whom a condition holds."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, db_default="")
    condition = models.JSONField()
    version = models.IntegerField(db_default=1)
    size = models.IntegerField(db_default=0)
    built_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())


class Scheme(models.Model):
    """分类方案: ordered, exclusive classes; a customer is in the first whose condition holds."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, db_default="")
    version = models.IntegerField(db_default=1)
    built_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())


class SchemeClass(models.Model):
    """类别. The last class of a scheme has no condition: it takes everyone left."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="classes")
    key = models.SlugField()
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=20, db_default="blue", help_text="a colour of the palette")
    position = models.SmallIntegerField(help_text="-1 once it is taken out: the log still names it")
    condition = models.JSONField(null=True)
    size = models.IntegerField(db_default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["scheme", "key"], name="scheme_class_key")]


class Block(models.Model):
    """Who is in a segment or a class: a bit for each of 4,096 customers, the lowest bit of the first byte the first.

    Customer n (a root) is bit n % 4096 of block n / 4096. The blocks of neither a segment nor a class tell which
    customers have ever been classified. Only who holds the lock FOLLOWING writes them (see live/membership_bitmap.py).
    """

    segment = models.ForeignKey(Segment, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    scheme = models.ForeignKey(
        Scheme, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    scheme_class = models.ForeignKey(SchemeClass, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    block = models.IntegerField(db_index=True)
    bits = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "scheme_class", "block"], name="block_once", nulls_distinct=False
            )
        ]


class SegmentMembership(models.Model):
    """A customer (a root) now in a segment, since when and why: a view of the blocks and the log.

    Ask it by customer or by segment. `why` is empty for who came with very many others.
    """

    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+")
    since = models.DateTimeField()
    why = JSONText()

    class Meta:
        managed = False


class Classification(models.Model):
    """The class a customer (a root) now has in a scheme: a view of the blocks and the log."""

    pk = models.CompositePrimaryKey("scheme_id", "customer_id")
    scheme = models.ForeignKey(Scheme, models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+")
    scheme_class = models.ForeignKey(SchemeClass, models.DO_NOTHING, related_name="+")
    since = models.DateTimeField()
    why = JSONText()

    class Meta:
        managed = False


class Moved(models.Model):
    """What a line of the log says beside who it was. Of a class change, `from_class` and `to_class` say which."""

    at = models.DateTimeField()
    segment = models.ForeignKey(
        Segment, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    entered = models.BooleanField(null=True, help_text="of a segment: entered or left")
    scheme = models.ForeignKey(
        Scheme, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    from_class = models.ForeignKey(
        SchemeClass, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    to_class = models.ForeignKey(
        SchemeClass, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    cause = models.CharField(max_length=20, help_text="fact, window, day, attribute, merge, definition, build")
    version = models.IntegerField(db_default=1)

    class Meta:
        abstract = True


class SingleChange(Moved):
    """One customer's entry or exit, with the reasons."""

    customer = models.ForeignKey(Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    why = JSONText(db_default=[])
    facts = ArrayField(models.BigIntegerField(), db_default=[], help_text="ids of the facts that decided")

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at"]),
            models.Index(fields=["segment", "-at"], condition=Q(segment__isnull=False), name="change_of_segment"),
            models.Index(fields=["scheme", "-at"], condition=Q(scheme__isnull=False), name="change_of_scheme"),
        ]


class BlockChange(Moved):
    """The same entry or exit of very many: those of one block, a bit each (see Block)."""

    block = models.IntegerField()
    bits = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["block", "-at"]),
            models.Index(fields=["segment", "-at"]),
            models.Index(fields=["scheme", "-at"]),
        ]


class MembershipChange(Moved):
    """The log of entries and exits, a row for each customer: a view of both kinds of lines.

    Ask it by customer, or by segment or scheme and moments. `id` is below zero for those of very many.
    """

    id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+")
    why = JSONText()
    facts = ArrayField(models.BigIntegerField())

    class Meta:
        managed = False


class Ahead(models.Model):
    """A fact dated after the moment it was logged: its customer is looked at again when that moment comes."""

    customer_id = models.BigIntegerField()
    fact = models.TextField()
    fact_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"])]


class Build(models.Model):
    """A build that somebody asked for: what, how far it is, what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        ARCHIVED = "archived"  # what it was to build went out of use

    segments = models.JSONField(null=True, help_text="keys; null with schemes null is everything")
    schemes = models.JSONField(null=True)
    fire = models.BooleanField(help_text="whether entrants and leavers set rules off")
    cause = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, db_default=State.WAITING)
    step = models.CharField(max_length=20, blank=True, db_default="")
    share = models.FloatField(db_default=0)
    counts = models.JSONField(db_default={})
    reason = models.TextField(blank=True, db_default="")
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], condition=models.Q(finished_at=None), name="build_under_way")]


class Trouble(models.Model):
    """A definition that can't be evaluated: it is set aside, so that all others go on, and tried again: see
    definitions/set_aside.py."""

    of = models.TextField(primary_key=True, help_text="segment:<key> or scheme:<key>")
    reason = models.CharField(max_length=20, help_text="condition, value, memory or other")
    detail = models.TextField(blank=True)
    since = models.DateTimeField(help_text="its members are right as of then")
    tries = models.IntegerField(db_default=1)
    next_try = models.DateTimeField()


class CutPoints(models.Model):
    """分界点: published thresholds of a relative measure, versioned; points ascend."""

    measure = models.CharField(max_length=60)
    version = models.IntegerField()
    points = models.JSONField()
    population = models.IntegerField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["measure", "version"], name="cut_points_version")]


class Figure(models.Model):
    """What a page shows of many customers, computed once in a while: see figures/kept_figures.py.

    `stamp` is what it was computed of: of another definition or another day it isn't shown. It is over the customers
    of `owner`, or over everybody.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, db_index=False, related_name="+")
    stamp = models.CharField(max_length=80)
    data = models.JSONField()
    seconds = models.FloatField(help_text="how long it took")
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "owner"], name="figure_once", nulls_distinct=False)
        ]


class MemberExport(models.Model):
    """A file of a segment's members that somebody asked for; the file is deleted after a week."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    query = models.TextField(blank=True, help_text="the list's address after the question mark")
    columns = models.JSONField(db_default=[], help_text="keys of the columns; empty: as they come")
    form = models.CharField(max_length=4, help_text="csv or xlsx")
    language = models.CharField(max_length=10, db_default="zh-hans")
    state = models.CharField(max_length=10, choices=State, db_default=State.WAITING)
    done = models.IntegerField(db_default=0)
    total = models.IntegerField(db_default=0)
    reason = models.TextField(blank=True, db_default="")
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
