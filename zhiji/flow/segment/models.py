"""Which customers share something, and when they came to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer


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


class SegmentMembership(models.Model):
    """A customer (a root) now in a segment, since when and why: the leaf values that decided."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    why = models.JSONField(db_default=[])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="segment_member_once")]
        indexes = [models.Index(fields=["customer"])]


class Classification(models.Model):
    """The class a customer (a root) now has in a scheme."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    scheme_class = models.ForeignKey(SchemeClass, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    why = models.JSONField(db_default=[])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "scheme"], name="one_class_each")]
        indexes = [models.Index(fields=["scheme_class", "customer"])]


class MembershipChange(models.Model):
    """The log of entries and exits. Of a class change, `from_class` and `to_class` say which."""

    at = models.DateTimeField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="+")
    entered = models.BooleanField(null=True, help_text="of a segment: entered or left")
    scheme = models.ForeignKey(Scheme, models.CASCADE, null=True, related_name="+")
    from_class = models.ForeignKey(SchemeClass, models.CASCADE, null=True, related_name="+")
    to_class = models.ForeignKey(SchemeClass, models.CASCADE, null=True, related_name="+")
    why = models.JSONField(db_default=[])
    cause = models.CharField(max_length=20, help_text="fact, window, day, attribute, merge, definition, build")
    version = models.IntegerField(db_default=1)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at"]),
            models.Index(fields=["segment", "-at"]),
            models.Index(fields=["scheme", "-at"]),
        ]


class Ahead(models.Model):
    """A fact dated after the moment it was logged: its customer is looked at again when that moment comes."""

    customer_id = models.BigIntegerField()
    fact = models.TextField()
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


class CutPoints(models.Model):
    """分界点: published thresholds of a relative measure, versioned; points ascend."""

    measure = models.CharField(max_length=60)
    version = models.IntegerField()
    points = models.JSONField()
    population = models.IntegerField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["measure", "version"], name="cut_points_version")]
