"""Templates: a sentence with slots, in Chinese and English, from which an object is both said and read.

`{fact}` is a slot, said and read by the form of that name; `{value:list}` names the form; `{*measured}` is a form
whose fields belong to the same object; `[，{within}内]` is left out where its slots have nothing to say; `<岁>` is
said, and may be missing from what is heard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhiji.flow.segment.conditions.grammar.forms import Form, Literal, joined
from zhiji.flow.segment.conditions.grammar.reading import Found, Reading
from zhiji.flow.segment.conditions.words import Words

PIECE = re.compile(r"\{(?P<spread>\*?)(?P<name>\w+)(?::(?P<form>\w+))?\}|<(?P<word>[^>]+)>|(?P<open>\[)|(?P<close>\])")
SILENT: dict[str, Any] = {"ending": 0, "times": 1, "per": 1, "where": [], "with": {}}
"""What a field is when nothing is said of it; of every other field, null."""


@dataclass(frozen=True)
class Slot:
    name: str
    form: Form
    spread: bool = False


@dataclass(frozen=True)
class Optional:
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Omissible:
    text: str


Part = str | Slot | Optional | Omissible
Open = tuple[int, dict[str, Any], str | None]


class Template(Form):
    """`zh` and `en` over `forms` by name; `fixed` are the fields that this wording stands for. A `part` of an object
    leaves the other fields to the rest; what is only `heard` is never said."""

    def __init__(
        self,
        forms: Mapping[str, Form],
        zh: str,
        en: str,
        fixed: Mapping[str, Any] | None = None,
        *,
        part: bool = False,
        heard: bool = False,
    ) -> None:
        self.forms, self.fixed, self.part, self.heard = forms, dict(fixed or {}), part, heard
        self.texts = (zh, en)
        self._parts: list[tuple[Part, ...] | None] = [None, None]
        self._literals: dict[str, Literal] = {}
        self._covered: set[str] | None = None

    def parts(self, chinese: bool) -> tuple[Part, ...]:
        side = 0 if chinese else 1
        found = self._parts[side]
        if found is None:
            found = self._parts[side] = self._compiled(self.texts[side])
        return found

    def _compiled(self, text: str) -> tuple[Part, ...]:
        stack: list[list[Part]] = [[]]
        at = 0
        for piece in PIECE.finditer(text):
            if piece.start() > at:
                stack[-1].append(self._literal(text[at : piece.start()]))
            at = piece.end()
            if piece["open"]:
                stack.append([])
            elif piece["word"]:
                stack[-1].append(Omissible(self._literal(piece["word"])))
            elif piece["close"]:
                inner = tuple(stack.pop())
                stack[-1].append(Optional(inner))
            else:
                name = piece["name"]
                stack[-1].append(Slot(name, self.forms[piece["form"] or name], bool(piece["spread"])))
        if text[at:]:
            stack[-1].append(self._literal(text[at:]))
        return tuple(stack[0])

    def _literal(self, text: str) -> str:
        if text.strip():
            self._literals.setdefault(text, Literal(text))
        return text

    @property
    def covered(self) -> set[str]:
        """The fields that it tells."""
        if self._covered is None:
            self._covered = {"kind", *self.fixed, *_fields(self.parts(True))}
        return self._covered

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if self.heard or not isinstance(value, dict):
            return None
        if any(value.get(name, SILENT.get(name)) != one for name, one in self.fixed.items()):
            return None
        if not self.part and any(name not in self.covered and not silent(name, value[name]) for name in value):
            return None
        said = self._said(self.parts(words.chinese), value, words, scope_of(value) or scope)
        return None if said is None else joined(said)

    def _said(
        self, parts: tuple[Part, ...], value: dict[str, Any], words: Words, scope: str | None
    ) -> list[str] | None:
        out: list[str] = []
        for part in parts:
            if isinstance(part, str | Omissible):
                out.append(part if isinstance(part, str) else part.text)
                continue
            if isinstance(part, Optional):
                if all(silent(name, value.get(name)) for name in _fields(part.parts)):
                    continue
                inner = self._said(part.parts, value, words, scope)
            else:
                held = value if part.spread else value.get(part.name, SILENT.get(part.name))
                said = part.form.say(held, words, scope)
                inner = None if said is None else [said]
            if inner is None:
                return None
            out += inner
        return out

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        found = self._read(self.parts(reading.words.chinese), [(at, dict(self.fixed), scope)], reading)
        return [(end, value) for end, value, _ in found]

    def _read(self, parts: tuple[Part, ...], open_: list[Open], reading: Reading) -> list[Open]:
        for part in parts:
            if not open_:
                break
            if isinstance(part, str | Omissible):
                heard = self._heard(part if isinstance(part, str) else part.text, open_, reading)
                open_ = heard if isinstance(part, str) else heard + open_
            elif isinstance(part, Optional):
                open_ = self._read(part.parts, open_, reading) + open_
            else:
                open_ = [
                    (end, merged, scope_of(merged) or scope)
                    for at, value, scope in open_
                    for end, found in part.form.read(reading, at, scope)
                    if (merged := _merged(value, found if part.spread else {part.name: found})) is not None
                ]
        return open_

    def _heard(self, text: str, open_: list[Open], reading: Reading) -> list[Open]:
        literal = self._literals.get(text)
        if literal is None:
            return open_
        return [(end, *one[1:]) for one in open_ for end, _ in literal.read(reading, one[0], one[2])]


def _fields(parts: tuple[Part, ...]) -> set[str]:
    """The fields that parts tell; of a spread form, those of its templates."""
    names: set[str] = set()
    for part in parts:
        if isinstance(part, Optional):
            names |= _fields(part.parts)
        elif isinstance(part, Slot):
            names |= spread(part.form) if part.spread else {part.name}
    return names


def spread(form: Form) -> set[str]:
    """The fields that a form whose value is an object tells."""
    if isinstance(form, Template):
        return form.covered - {"kind"}
    return {name for one in getattr(form, "forms", ()) for name in spread(one)}


def _merged(value: dict[str, Any], more: dict[str, Any]) -> dict[str, Any] | None:
    """Both together; None where they contradict each other."""
    if any(name in value and value[name] != one for name, one in more.items()):
        return None
    return {**value, **more}


def silent(name: str, value: Any) -> bool:
    """Whether a field says nothing beyond what it is when it's left out."""
    return value is None or (name in SILENT and value == SILENT[name])


def scope_of(value: Mapping[str, Any]) -> str | None:
    """The fact whose properties, or scheme whose classes, an object speaks of."""
    steps = value.get("steps")
    own = value.get("fact") or value.get("scheme") or (steps[0].get("fact") if steps else None)
    return own if isinstance(own, str) else None
