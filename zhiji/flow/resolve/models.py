"""Which facts are of the same customer."""

from django.db import models
from django.db.models.functions import Now

ANONYMOUS = "anonymous"


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

    key = models.TextField(primary_key=True, db_collation="C", help_text="namespace:value")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField(db_default=Now())

    @property
    def namespace(self) -> str:
        return self.key.partition(":")[0]

    @property
    def value(self) -> str:
        return self.key.partition(":")[2]


class Redirect(models.Model):
    """A merge: `loser` is the same customer as `winner`, and why. Deleting the row unmerges.

    It joins the very customers that the proof names, not their roots, so several may lead out of one customer
    and lifting one leaves what the others prove. Roots follow from the rows in the order of `id` (see roots.py).
    """

    loser = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    winner = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    proof = models.TextField(help_text="what proved it: the identities, or the user who said so")
    laid_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loser", "winner"], name="redirect_once")]


class KeptApart(models.Model):
    """A pair that a person took apart: no proof of a machine merges them again; a person still may."""

    one = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="kept_apart_once")]
