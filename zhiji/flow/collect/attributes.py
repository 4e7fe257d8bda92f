"""What is told of a customer, by the name of its part: one reading for the tracking protocol, the API and forms.

Files read the same parts by the types of their fields, which are the same kinds of values.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.kernel import clock
from zhiji.kernel.values import Refusal, calendar, flag, gender, moment
from zhiji.kernel.values.nothing import Words
from zhiji.kernel.values.written import cell
from zhiji.records.queries import Fields

LONGEST = {"name": 120, "region": 40, "city": 40}
NO_TEXT = Refusal(gettext_lazy("应是文字"))


def read(name: str, value: Any, words: Words, now: datetime, fields: Fields) -> Any | Refusal:
    """The value of a part as a portrait keeps it, in JSON; None where it says that there is none.

    A declared field is read by its type. Parts without a meaning of their own are texts, freed of what programs put
    around, or whatever JSON they are.
    """
    if isinstance(value, str):
        value = cell(value)
        if words.mean(value) and not (name in fields and fields[name].lists(value)):
            return None
    if value is None:
        return None
    if name in fields:
        return fields[name].read(value)
    if name == "gender":
        return _or_none(gender.parse(str(value)))
    if name == "birthday":
        day = moment.day(str(value), clock.zone(), now=now)
        return day if isinstance(day, Refusal) else day.isoformat()
    if name == "birthday_calendar":
        return calendar.parse(str(value))
    if name in LONGEST:
        return _text(value, LONGEST[name])
    return value


def consent(value: Any) -> bool | Refusal:
    """Whether a channel is allowed; nothing but a clear yes is one."""
    return flag.of(value)


def _or_none(found: str | Refusal) -> str | Refusal | None:
    return found or None


def _text(value: Any, longest: int) -> str | Refusal:
    if isinstance(value, bool | dict | list):
        return NO_TEXT
    text = str(value).strip()
    return text if len(text) <= longest else Refusal(_("太长，最多 %(most)s 个字") % {"most": longest})
