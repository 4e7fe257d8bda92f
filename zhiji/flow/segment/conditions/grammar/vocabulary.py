"""The words that a grammar is made of."""

from __future__ import annotations

from collections.abc import Iterator

from zhiji.flow.segment.conditions.grammar.forms import Choice, Form, Literal, Many
from zhiji.flow.segment.conditions.grammar.groups import LITERALS, Groups
from zhiji.flow.segment.conditions.grammar.naming import RESERVED
from zhiji.flow.segment.conditions.grammar.template import Omissible, Optional, Part, Slot, Template


def reserve(form: Form) -> None:
    """Keep every word of a grammar from being taken as a name that nobody knows."""
    RESERVED.update(piece.casefold() for text in words(form, set()) for piece in (text, *text.split()) if piece)


def words(form: Form, seen: set[int]) -> Iterator[str]:
    """Every fixed word below a form, in both languages; what other apps offer isn't fixed."""
    if id(form) in seen:
        return
    seen.add(id(form))
    if isinstance(form, Literal):
        yield form.text
    elif isinstance(form, Choice) and not form.offered:
        yield from (one for pair in form.choices.values() for one in pair)
    elif isinstance(form, Template):
        for chinese in (True, False):
            yield from _of_parts(form.parts(chinese), seen)
    elif isinstance(form, Many):
        yield from (*form.separator, *words(form.form, seen))
    elif isinstance(form, Groups):
        yield from (one.text for pair in LITERALS.values() for one in pair)
        yield from words(form.leaf, seen)
    for one in getattr(form, "forms", ()) if not isinstance(form, Template) else ():
        yield from words(one, seen)


def _of_parts(parts: tuple[Part, ...], seen: set[int]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str | Omissible):
            yield (part if isinstance(part, str) else part.text).strip()
        elif isinstance(part, Optional):
            yield from _of_parts(part.parts, seen)
        elif isinstance(part, Slot):
            yield from words(part.form, seen)
