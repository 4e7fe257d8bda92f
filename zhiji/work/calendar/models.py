"""When the shop works: hours of each weekday, and days that are otherwise."""

from django.db import models


class Week(models.Model):
    """The one row of working hours. `hours` has seven texts, Monday first, such as `09:00-12:00, 13:00-18:00`; an
    empty one is a day of rest.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    hours = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_week")]


class SpecialDay(models.Model):
    """A day that isn't as its weekday: a holiday, or a day of work that makes up for one (调休)."""

    day = models.DateField(primary_key=True)
    works = models.BooleanField()
    name = models.CharField(max_length=40, help_text="the holiday it belongs to")
