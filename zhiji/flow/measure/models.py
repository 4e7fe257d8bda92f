"""Figures computed in the background, so that a dashboard reads them in a millisecond."""

from django.db import models


class Snapshot(models.Model):
    """The last value of a metric, as of a moment; null before there was one.

    `trouble` says why the last try failed; the value is that of an earlier one then.
    """

    name = models.TextField(primary_key=True)
    as_of = models.DateTimeField()
    data = models.JSONField(null=True)
    took_ms = models.IntegerField(db_default=0)
    tried_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, db_default="")
