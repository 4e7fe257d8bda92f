"""The audit's lines in words, for its page and for panels that show some of them: `{% load audit_words %}`."""

from typing import Any

from django import template

from zhiji.access.models import AuditLine
from zhiji.access.sealing import worded
from zhiji.access.words import object_word, verb_word

register = template.Library()
register.filter("verb_word", verb_word)
register.filter("object_word", object_word)
LONGEST = 160


@register.filter
def particulars(line: AuditLine) -> list[tuple[str, str]]:
    """The line's details as (name, text): a pair of values as `before → after`, long ones cut."""
    shown = []
    for name, value in line.detail.items():
        changed = isinstance(value, list) and len(value) == 2 and line.verb.endswith("edited")
        text = f"{_text(value[0])} → {_text(value[1])}" if changed else _text(value)
        text = worded(text)
        shown.append((name, text if len(text) <= LONGEST else text[:LONGEST] + "…"))
    return shown


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(_text, value)) or "–"
    if isinstance(value, dict):
        return "；".join(f"{name} {_text(part)}" for name, part in value.items()) or "–"
    return "–" if value is None or value == "" else str(value)
