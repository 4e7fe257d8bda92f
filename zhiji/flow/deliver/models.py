"""What is said to customers: templates, the ledger of messages, webhooks."""

from django.db import models
from django.db.models.functions import Now

from zhiji.flow.act.models import RuleEntry
from zhiji.flow.resolve.models import Customer


class Template(models.Model):
    """A message to be filled in (sandboxed Jinja2)."""

    key = models.SlugField(unique=True)
    channel = models.CharField(max_length=20, db_default="email")
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=20, db_default="marketing", help_text="marketing or service")
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    version = models.IntegerField(db_default=1)
    updated_at = models.DateTimeField(db_default=Now())


class Message(models.Model):
    """触达: one thing said to one customer over one channel. `send_key` makes it once."""

    class State(models.TextChoices):
        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        REFUSED = "refused"  # consent, cap or no address: never sent, and why
        BOUNCED = "bounced"

    send_key = models.TextField(unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    template = models.ForeignKey(Template, models.SET_NULL, null=True, related_name="+")
    template_version = models.IntegerField(null=True)
    entry = models.ForeignKey(RuleEntry, models.SET_NULL, null=True, related_name="+")
    rule_id = models.BigIntegerField(null=True, db_index=True)
    purpose = models.CharField(max_length=20, db_default="marketing")
    subject = models.CharField(max_length=200, blank=True, db_default="")
    variables = models.JSONField(db_default={})
    state = models.CharField(max_length=10, choices=State, db_default=State.PLANNED)
    reason = models.TextField(blank=True, db_default="")
    attempts = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now(), help_text="not before: retries, quiet hours")
    planned_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["planned", "sending"]), name="message_due"),
            models.Index(fields=["customer", "-planned_at"]),
            models.Index(fields=["state", "-id"]),
        ]


class WebhookCall(models.Model):
    """A webhook to be called for a rule entry, signed as Standard Webhooks; retried with backoff."""

    send_key = models.TextField(unique=True)
    entry = models.ForeignKey(RuleEntry, models.CASCADE, related_name="+")
    url = models.TextField()
    secret = models.BinaryField(help_text="encrypted under the master key")
    body = models.JSONField()
    state = models.CharField(max_length=10, db_default="planned")
    attempts = models.SmallIntegerField(db_default=0)
    status = models.SmallIntegerField(null=True)
    reason = models.TextField(blank=True, db_default="")
    due_at = models.DateTimeField(db_default=Now())
    planned_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
