"""Figures computed in the background, so that a dashboard reads them in a millisecond."""

from django.db import models


class Snapshot(models.Model):
    """The last value of a metric, as of a moment."""

    name = models.TextField(primary_key=True)
    as_of = models.DateTimeField()
    data = models.JSONField()
    took_ms = models.IntegerField(db_default=0)
