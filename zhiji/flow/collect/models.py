"""Where facts come from, and those that couldn't be taken."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A site, app, till or file that sends facts, known by its write key."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    write_key = models.CharField(max_length=64, unique=True)
    enabled = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())
    last_fact_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class EventName(models.Model):
    """A line of the editable table that maps a protocol's event name to our fact name."""

    theirs = models.CharField(max_length=120, unique=True)
    ours = models.CharField(max_length=120)
    properties = models.JSONField(db_default={}, help_text="our property name → theirs, a list in order of preference")

    def __str__(self) -> str:
        return f"{self.theirs} → {self.ours}"


class Quarantined(models.Model):
    """A fact that couldn't be taken: kept whole (encrypted), to be read, mended and replayed."""

    class State(models.TextChoices):
        WAITING = "waiting"
        REPLAYED = "replayed"
        DISCARDED = "discarded"

    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())
    place = models.TextField(help_text="where in the request, such as batch[3].timestamp")
    code = models.CharField(max_length=20, help_text="a key of protocol/reasons.py")
    detail = models.TextField(blank=True, db_default="")
    sent_at = models.DateTimeField(null=True, help_text="the request's sentAt, to correct the clock on replay")
    body = models.BinaryField(help_text="the event as it came, encrypted under the master key")
    state = models.CharField(max_length=10, choices=State, db_default=State.WAITING)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="quarantine_by_state")]


class ImportRun(models.Model):
    """One file import: progress, counts and the file of what didn't go in.

    `rows` is how far it has come and is committed with what the rows became, so a killed run goes on from
    there; it always equals `taken + known + older + failed`. `fingerprint` names file and mapping: the same two
    again go on with the same run.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("已中断")
        CANCELLED = "cancelled", _("已取消")

    kind = models.CharField(max_length=40)
    file = models.TextField()
    fingerprint = models.CharField(max_length=64, db_index=True)
    mapping = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, db_default=State.RUNNING)
    size = models.BigIntegerField(db_default=0, help_text="bytes of the file, or rows of a Parquet file")
    position = models.BigIntegerField(db_default=0, help_text="how much of `size` is read")
    rows = models.BigIntegerField(db_default=0)
    taken = models.BigIntegerField(db_default=0)
    known = models.BigIntegerField(db_default=0, help_text="rows that say what is kept now")
    older = models.BigIntegerField(db_default=0, help_text="rows whose words newer ones have replaced")
    failed = models.BigIntegerField(db_default=0)
    left_out = models.BigIntegerField(db_default=0, help_text="values that couldn't be read; their rows went in")
    failures_file = models.TextField(blank=True, db_default="")
    failures_bytes = models.BigIntegerField(db_default=0)
    reason = models.TextField(blank=True, db_default="")
    cancel_asked = models.BooleanField(db_default=False)
    language = models.CharField(max_length=10, db_default="zh-hans", help_text="of whoever asked; reasons are in it")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.file.rpartition("/")[2]


class NothingWords(models.Model):
    """The words that mean "no value" in this workspace. There is one row once somebody has changed them."""

    words = ArrayField(models.CharField(max_length=40))
