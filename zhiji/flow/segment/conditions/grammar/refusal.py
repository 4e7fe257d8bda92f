"""Words that can't be read: where, what could stand there, and the nearest right thing."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from zhiji.flow.segment.conditions.grammar.forms import Form, Token
from zhiji.flow.segment.conditions.grammar.reading import Reading
from zhiji.flow.segment.conditions.grammar.values import QUOTES, unquoted

WORD = re.compile(r"[^\s、，,；;（）()“”\"]+|\S")
ALIKE, SHOWN = 0.5, 8


class Unreadable(ValueError):
    """A sentence that is no condition: `position` (from 0) says where, `expected` what could stand there, `hint` the
    nearest right thing."""

    def __init__(self, position: int, expected: list[str], hint: str, message: str) -> None:
        self.position, self.expected, self.hint = position, expected, hint
        super().__init__(message)


def refusal(reading: Reading) -> Unreadable:
    """Why a text couldn't be read."""
    at, words = reading.furthest, reading.words
    place, hint = _nearest(reading, at)
    if place == len(reading.text):
        place = min((start for start, end in reading.guessed if end == place), default=place)
    tokens = [one for one in reading.missed.get(place, reading.tried.get(place, {})).values() if isinstance(one, Token)]
    expected = list(dict.fromkeys(one.described(words) for one in tokens))
    found = WORD.match(reading.text, place)
    if found:
        said = words.label(("第 {0} 个字“{1}”这里读不懂", "can't read “{1}” (character {0})"))
    else:
        said = words.label(("句子还没有说完", "the sentence isn't finished"))
    message = said.format(place + 1, found[0][:30] if found else "")
    if hint:
        message += words.label((f"，是不是“{hint}”？", f"; did you mean “{hint}”?"))
    elif reading.text[place : place + 1] in QUOTES and not unquoted(reading.text, place):
        message += words.label(("，引号没有收尾", "; its quotation mark isn't closed"))
    elif expected:
        listed = words.label(("、", ", ")).join(expected[:SHOWN])
        message += words.label((f"，这里应是{listed}", f"; expected {listed}"))
    return Unreadable(place, expected, hint, message)


def _nearest(reading: Reading, at: int) -> tuple[int, str]:
    """Where the mistake is and the nearest right thing: there, or in the unknown name before that was guessed."""
    if hint := _alike(reading, at, reading.text[at:]):
        return at, hint
    for start, end in reversed(reading.guessed):
        if reading.skip(end) == at and (hint := _alike(reading, start, reading.text[start:end])):
            return start, hint
    return at, ""


def _alike(reading: Reading, at: int, text: str) -> str:
    """The candidate most like what stands at a place."""
    best, alike = "", ALIKE
    word = WORD.match(text)
    for (_, scope), form in reading.tried.get(at, {}).items():
        for one in _candidates(form, reading, scope) if word else ():
            typed = text[: len(one)] if len(word[0]) > len(one) else word[0]  # type: ignore[index]
            ratio = SequenceMatcher(None, typed.casefold(), one.casefold()).ratio()
            if ratio > alike and typed != one:
                best, alike = one, ratio
    return best


def _candidates(form: Form, reading: Reading, scope: str | None) -> list[str]:
    return [one for one in form.candidates(reading.words, scope) if one] if isinstance(form, Token) else []
