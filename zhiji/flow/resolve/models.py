"""Which facts are of the same customer."""

from django.db import models
from django.db.models.functions import Now


class Customer(models.Model):
    """A person or an organisation. Everything else attaches from outside, with `related_name="+"`.

    `root_id` is the customer at the end of the redirects, itself when there is none; laying or lifting a
    redirect keeps it right, so that a read follows merges with one join.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    id = models.BigAutoField(primary_key=True)
    root_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=12, choices=Kind, db_default=Kind.PERSON)
    created_at = models.DateTimeField(db_default=Now())


class Identity(models.Model):
    """namespace + value that points at a customer: `user:42`, `anonymous:…`, `household:900`, `openid:…`.

    The customer is the one it was recorded for; follow `root_id` to read.
    """

    key = models.TextField(primary_key=True, help_text="namespace:value")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField(db_default=Now())

    @property
    def namespace(self) -> str:
        return self.key.partition(":")[0]

    @property
    def value(self) -> str:
        return self.key.partition(":")[2]


class Redirect(models.Model):
    """A merge: `loser` is the same customer as `winner`. Deleting the row unmerges, and nothing else changed."""

    loser = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="+")
    winner = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    proof = models.TextField(help_text="what proved it: the identities, or the user who said so")
    laid_at = models.DateTimeField(db_default=Now())
