"""Where facts come from, and those that couldn't be taken."""

from django.db import models
from django.db.models.functions import Now


class Source(models.Model):
    """A site, app, till or file that sends facts, known by its write key."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    write_key = models.CharField(max_length=64, unique=True)
    enabled = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())
    last_fact_at = models.DateTimeField(null=True)


class EventName(models.Model):
    """A line of the editable table that maps a protocol's event name to our fact name."""

    theirs = models.CharField(max_length=120, unique=True)
    ours = models.CharField(max_length=120)
    properties = models.JSONField(db_default={}, help_text="their property name → ours")


class Quarantined(models.Model):
    """A fact that couldn't be taken: kept whole (encrypted), to be read, mended and replayed."""

    class State(models.TextChoices):
        WAITING = "waiting"
        REPLAYED = "replayed"
        DISCARDED = "discarded"

    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())
    place = models.TextField(help_text="where in the request, such as batch[3].timestamp")
    reason = models.TextField()
    body = models.BinaryField(help_text="the event as it came, encrypted under the master key")
    state = models.CharField(max_length=10, choices=State, db_default=State.WAITING)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"])]


class ImportRun(models.Model):
    """One file import: progress, counts and the file of rows that failed."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    file = models.TextField()
    mapping = models.JSONField()
    state = models.CharField(max_length=10, choices=State, db_default=State.RUNNING)
    rows = models.BigIntegerField(db_default=0)
    taken = models.BigIntegerField(db_default=0)
    failed = models.BigIntegerField(db_default=0)
    failures_file = models.TextField(blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
