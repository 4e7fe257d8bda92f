"""Follow-up tasks: calls and visits that people owe customers."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from zhiji.flow.resolve.models import Customer


class Task(models.Model):
    """跟进任务. `open_key` makes opening it once; with `repeat_days`, closing it opens the next."""

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("已放弃")

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up", _("跟进")
        CALL = "call", _("电话")
        VISIT = "visit", _("拜访")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, db_default=Kind.FOLLOW_UP)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, db_default=State.OPEN)
    outcome = models.TextField(blank=True, db_default="")
    repeat_days = models.SmallIntegerField(null=True, help_text="days from closing to the next one's due day")
    open_key = models.TextField(unique=True, help_text="what makes opening it once: entry and step, or task before")
    entry_id = models.BigIntegerField(null=True, help_text="the rule entry that opened it")
    opened_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due_on", "id"], condition=models.Q(state="open"), name="task_open"),
            models.Index(fields=["due_on", "id"], condition=models.Q(state="open"), name="task_due"),
            models.Index(fields=["due_on", "id"], name="task_by_day"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="task_title_parts"),
            models.Index(fields=["owner", "-settled_at"], name="task_settled"),
            models.Index(fields=["customer", "-opened_at"]),
        ]

    def __str__(self) -> str:
        return self.title
