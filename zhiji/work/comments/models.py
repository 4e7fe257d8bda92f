"""What people write about records, and who follows them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Comment(models.Model):
    """A comment on a record (`app.model`, its id). One that was deleted keeps its row and no text.

    `customer_id` is whose record it was when it was written; of a customer who was merged, the comment stays where it
    was and is shown with the root's.
    """

    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["subject", "subject_id", "-id"], condition=models.Q(deleted_at=None), name="comment_of_record"
            ),
            models.Index(
                fields=["customer_id"], condition=models.Q(customer_id__isnull=False), name="comment_of_customer"
            ),
        ]


class Follower(models.Model):
    """Who is told of new comments on a record."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "subject_id", "user"], name="follows_once")]
