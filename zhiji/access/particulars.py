"""The particulars of an audit line, each with its label and in the words of the screens."""

from typing import Any

from django.utils.translation import gettext as _

from zhiji.access.models import AuditLine, Role
from zhiji.access.sealing import worded
from zhiji.access.words import words_of

LONGEST = 160


def particulars(line: AuditLine) -> list[tuple[str, str]]:
    """The line's details as (label, text): a pair of values as `before → after`, long ones cut."""
    shown = []
    for name, value in line.detail.items():
        if value in (None, "", [], {}):
            continue
        changed = isinstance(value, list) and len(value) == 2 and line.verb.endswith("edited")
        text = f"{_text(name, value[0])} → {_text(name, value[1])}" if changed else _text(name, value)
        text = worded(text)
        shown.append((label(name), text if len(text) <= LONGEST else text[:LONGEST] + "…"))
    return shown


def label(name: str) -> str:
    """What a particular is called; one of a custom field by its own name."""
    return str(words_of("particulars").get(name, name.removeprefix("attributes.")))


def _text(name: str, value: Any) -> str:
    if value and (teller := words_of("tellers").get(name)) and (said := teller(value)):
        return str(said)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        if any(isinstance(one, dict) for one in value):
            return _("%(count)d 项") % {"count": len(value)}
        return _("、").join(_text(name, one) for one in value) or "–"
    if isinstance(value, dict):
        if rules := value.get("_rules"):  # of a step: the rule, after those that led to it
            return _("联动规则 %(keys)s") % {"keys": " → ".join(map(str, rules))}
        told = ((_word(name, part) or label(part), _text(part, one)) for part, one in value.items())
        return _("；").join(_("%(label)s：%(text)s") % {"label": one, "text": text} for one, text in told) or "–"
    return _word(name, value) or ("–" if value is None or value == "" else str(value))


def _word(name: str, value: Any) -> str:
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    return str(words_of("values").get(name, {}).get(value, "")) if isinstance(value, str) else ""
