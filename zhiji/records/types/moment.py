"""A moment, kept in UTC and shown in the workspace's zone."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel import clock
from zhiji.kernel.values import Refusal, moment
from zhiji.records.valuetype import Parsed, Spec, ValueType


def _parse(value: Any, spec: Spec) -> Parsed:
    found = moment.of(value, clock.zone()) if isinstance(value, str | int | float) else moment.NO_MOMENT
    return found if isinstance(found, Refusal) else found.astimezone(UTC).isoformat(timespec="seconds")


def _here(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(clock.zone()) if found.tzinfo else None


def _shown(value: Any, spec: Spec) -> str:
    here = _here(value)
    return f"{here:%Y-%m-%d %H:%M}" if here else str(value)


class _Here(forms.DateTimeInput):
    def format_value(self, value: Any) -> str | None:
        here = _here(value) if value else None
        return f"{here:%Y-%m-%dT%H:%M}" if here else value


TYPE = ValueType(
    key="moment",
    label=_("时间"),
    icon="clock",
    position=35,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=60, widget=_Here({"type": "datetime-local"})),
    shown=_shown,
    written=_shown,
    compared="time",
    operators=("gt", "ge", "lt", "le", "between", "empty", "not_empty"),
    asked="dates",
    schema={"type": "string", "format": "date-time"},
    chosen=False,
    apart=False,
)
