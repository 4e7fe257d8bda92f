"""Follow-up tasks: calls and visits that people owe customers."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from zhiji.flow.resolve.models import Customer


class Task(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        DROPPED = "dropped"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, db_default="follow_up", help_text="follow_up, call, visit")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, db_default=State.OPEN)
    outcome = models.TextField(blank=True, db_default="")
    entry_id = models.BigIntegerField(null=True, help_text="the rule entry that opened it")
    opened_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due_on"], condition=models.Q(state="open"), name="task_open"),
            models.Index(fields=["customer", "-opened_at"]),
        ]
