"""What members of staff are told, how they want to be told, and the mails that told them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Digest(models.Model):
    """A mail with a person's notices of one `slot`, of which there is one. It holds no words.

    From SENDING on it is never handed over again: a worker that was killed then leaves it so.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        EMPTY = "empty"  # all was read before
        REFUSED = "refused"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    slot = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, db_default=State.PLANNED)
    reply = models.CharField(max_length=300, blank=True, db_default="", help_text="the mail server's words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "slot"], name="digest_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="planned"), name="digest_planned")]


class Notice(models.Model):
    """One person is told one thing once, by `key`. Those of one `bundle` are shown as one line.

    `values` fill the words of the kind and hold no words about a customer; what it is called and where it is found is
    asked of `subject` when it is shown. `customer_id` is whom it is about, if anybody.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True, db_default="", help_text="app.model")
    subject_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    values = models.JSONField(db_default={})
    key = models.CharField(max_length=200)
    bundle = models.CharField(max_length=160)
    bell = models.BooleanField()
    mail = models.BooleanField()
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["user", "-id"], condition=models.Q(bell=True), name="notice_of_user"),
            models.Index(fields=["user"], condition=models.Q(bell=True, read_at=None), name="notice_unread"),
            models.Index(fields=["user", "bundle", "-id"], name="notice_bundle"),
            models.Index(
                fields=["user", "at"], condition=models.Q(mail=True, read_at=None, digest=None), name="notice_to_mail"
            ),
            models.Index(fields=["read_at"], condition=models.Q(read_at__isnull=False), name="notice_read"),
            models.Index(
                fields=["customer_id"], condition=models.Q(customer_id__isnull=False), name="notice_of_customer"
            ),
        ]


class Choice(models.Model):
    """Whether a person wants a kind in the bell and in mails, where that isn't as the kind says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    bell = models.BooleanField()
    mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="choice_once")]


class Rhythm(models.Model):
    """When a person's mails go out. `quiet`: in working time only."""

    class Every(models.TextChoices):
        NEVER = "never", _("不发邮件")
        HOUR = "hour", _("每小时汇总")
        DAY = "day", _("每天汇总")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    every = models.CharField(max_length=5, choices=Every, db_default=Every.DAY)
    hour = models.SmallIntegerField(db_default=9, help_text="of the daily one")
    quiet = models.BooleanField(db_default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(hour__range=(0, 23)), name="an_hour_of_the_day")]
