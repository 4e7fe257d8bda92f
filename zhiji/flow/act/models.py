"""What should happen next: linkage rules and what they did to whom."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer


class Rule(models.Model):
    """联动规则: when the trigger fires for a customer of the audience, take these steps, in order."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, db_default="")
    trigger = models.JSONField(help_text="see triggers.py")
    audience = models.JSONField(null=True, help_text="a condition; null is everyone")
    steps = models.JSONField(help_text="list of {kind, …parameters}")
    holdout = models.DecimalField(max_digits=4, decimal_places=3, db_default=0.1, help_text="share left alone")
    reentry_days = models.IntegerField(
        null=True, help_text="days before the same customer may enter again; null never, 0 each time"
    )
    grace_hours = models.IntegerField(
        null=True, help_text="how many hours late an occasion may be found and still count; null however late"
    )
    version = models.IntegerField(db_default=1)
    enabled_at = models.DateTimeField(null=True, help_text="null is off")
    trouble = models.TextField(blank=True, db_default="", help_text="why it couldn't look at a batch, when it couldn't")
    goal = models.JSONField(db_default={"fact": "order_paid", "days": 14}, help_text="what counts as success")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """A rule as it was: entries keep the version they came in by."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    version = models.IntegerField()
    definition = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="rule_version_once")]


class Missed(models.Model):
    """What a rule couldn't look at because it raised: facts of the log, changes, a span of time (see missed.py)."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    as_of = models.DateTimeField()
    first_fact = models.BigIntegerField(null=True)
    last_fact = models.BigIntegerField(null=True)
    changes = models.JSONField(default=list, help_text="segment.changes.Change, those that concern the rule")
    tried_at = models.DateTimeField()


class RuleEntry(models.Model):
    """A customer who came into a rule: one per occasion, whatever crashes or races."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        HELD_OUT = "held_out"
        STOPPED = "stopped"  # the rule was switched off while steps were left
        FAILED = "failed"  # a step failed for good; the steps after it weren't taken

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="+")
    version = models.IntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    occasion = models.TextField(help_text="what makes it once: the change's, fact's or day's name")
    entered_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    next_step = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now(), help_text="the next step not before: after a failure, later")
    attempts = models.SmallIntegerField(db_default=0, help_text="failures of the next step so far")
    why = models.JSONField(db_default={}, help_text="what fired, values of it, `chain`: the rules that led here")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "customer", "occasion"], name="entry_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="running"), name="entry_running"),
            models.Index(fields=["rule", "-entered_at"]),
            models.Index(fields=["rule", "-id"], name="entry_newest"),
            models.Index(fields=["customer", "-entered_at"]),
        ]


class StepRun(models.Model):
    """One step done to one entry, with what came of it."""

    class State(models.TextChoices):
        DONE = "done"
        SKIPPED = "skipped"
        FAILED = "failed"

    entry = models.ForeignKey(RuleEntry, models.CASCADE, related_name="runs")
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State)
    detail = models.JSONField(db_default={})
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "position"], name="step_once")]


class Anniversary(models.Model):
    """A date of a customer that rules look at, ready for "whose day is it?" by one index read.

    Kept from portraits by the act stage. Of a lunar birthday `month`, `day` and `leap` are the lunar ones.
    """

    class Calendar(models.TextChoices):
        SOLAR = "solar"
        LUNAR = "lunar"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    attribute = models.TextField(help_text="birthday, registered_at or attributes.<name>")
    date = models.DateField(help_text="the solar date itself")
    calendar = models.CharField(max_length=5, choices=Calendar)
    month = models.SmallIntegerField()
    day = models.SmallIntegerField()
    leap = models.BooleanField(db_default=False, help_text="of a lunar leap month (闰月)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "attribute"], name="anniversary_once")]
        indexes = [
            models.Index(fields=["attribute", "calendar", "month", "day"], name="anniversary_day"),
            models.Index(fields=["attribute", "date"], name="anniversary_date"),
        ]


class Turn(models.Model):
    """Whose turn it is when customers are given out one after the other: how many were, by roster."""

    roster = models.TextField(primary_key=True)
    given = models.BigIntegerField(db_default=0)
