"""Forms of sentences that go both ways: each says a value, and reads it back.

`say(value, words, scope)` is None for a value the form doesn't fit; `read(reading, at, scope)` gives every way to
read it at a place. `scope` is the fact (or scheme) whose properties (or classes) are meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from zhiji.flow.segment.conditions.grammar.reading import DEEPEST, Found, Reading
from zhiji.flow.segment.conditions.grammar.spelling import pattern
from zhiji.flow.segment.conditions.words import Words
from zhiji.kernel.listing import listed

Pair = tuple[str, str]


class Form:
    """One thing that can be said and read."""

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        raise NotImplementedError

    def read(self, reading: Reading, at: int, scope: str | None) -> Found:
        key = (id(self), at, scope)
        found = reading.memo.get(key)
        if found is None:
            if reading.depth > DEEPEST:
                return []
            reading.depth += 1
            found = reading.memo[key] = self.found(reading, at, scope)
            reading.depth -= 1
        return found

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        raise NotImplementedError


class Token(Form):
    """A form that is one word or value: what stands at the ends of a grammar."""

    def described(self, words: Words) -> str:
        """What is expected, for an error: “次数”, 数字."""
        raise NotImplementedError

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        """What could stand here, for completion and corrections."""
        return ()

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        at = reading.skip(at)
        found = self.here(reading, at, scope)
        reading.attempt(at, self, scope, bool(found))
        return found

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        raise NotImplementedError


class Literal(Token):
    """A fixed text, heard with its synonyms and any spacing."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._pattern = pattern(self.text)

    def say(self, value: Any, words: Words, scope: str | None) -> str:
        return self.text

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        match = self._pattern.match(reading.text, at)
        return [(match.end(), None)] if match else []

    def described(self, words: Words) -> str:
        return f"“{self.text}”"

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        return (self.text,)


class Choice(Token):
    """One of a few values, each with its word in Chinese and English; an empty word is said by silence.

    What other apps offer is asked for when it is first needed: then `choices` is a function.
    """

    def __init__(self, choices: Mapping[Any, Pair] | Callable[[], Mapping[Any, Pair]]) -> None:
        self._given = choices
        self.offered = callable(choices)

    @cached_property
    def choices(self) -> dict[Any, Pair]:
        return dict(self._given() if callable(self._given) else self._given)

    @cached_property
    def _patterns(self) -> list[list[tuple[re.Pattern[str] | None, Any]]]:
        return [
            [(pattern(pair[side]) if pair[side] else None, key) for key, pair in self.choices.items()]
            for side in (0, 1)
        ]

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        pair = self.choices.get(value) if isinstance(value, str | bool) else None
        return words.label(pair) if pair else None

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        found = []
        for one, key in self._patterns[0 if reading.words.chinese else 1]:
            match = one.match(reading.text, at) if one else None
            if match:
                found.append((match.end(), key))
            elif one is None:
                found.append((at, key))
        return sorted(found, key=lambda one: -one[0])

    def described(self, words: Words) -> str:
        return listed(f"“{one}”" for one in list(self.candidates(words, None))[:8])

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        return [said for pair in self.choices.values() if (said := words.label(pair))]


class Absent(Token):
    """Nothing at all, which has a word; heard where nothing is said, too."""

    def __init__(self, word: Pair) -> None:
        self.words = Literal(word[0]), Literal(word[1])

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        return self.words[0 if words.chinese else 1].text if value is None else None

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        return [*self.words[0 if reading.words.chinese else 1].here(reading, at, scope), (at, None)]

    def described(self, words: Words) -> str:
        return self.words[0 if words.chinese else 1].described(words)

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        return self.words[0 if words.chinese else 1].candidates(words, scope)


class Either(Form):
    """The first of several forms that fits."""

    def __init__(self, *forms: Form) -> None:
        self.forms = forms

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        for one in self.forms:
            said = one.say(value, words, scope)
            if said is not None:
                return said
        return None

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        return [found for one in self.forms for found in one.read(reading, at, scope)]


class Many(Form):
    """A list: one form, again and again, with a separator; `least` and `most` say how many."""

    def __init__(self, form: Form, separator: Pair, least: int = 1, most: int = 500) -> None:
        self.form, self.separator, self.least, self.most = form, separator, least, most
        self._separators = [Literal(one) for one in separator]

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            return None
        said = [self.form.say(one, words, scope) for one in value]
        return None if None in said else words.label(self.separator).join(map(str, said))

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        separator = self._separators[0 if reading.words.chinese else 1]
        open_ = [(end, [value]) for end, value in self.form.read(reading, at, scope)]
        done: Found = []
        for _ in range(self.most):
            done += [one for one in open_ if len(one[1]) >= self.least]
            open_ = [
                (end, [*values, value])
                for place, values in open_
                if len(values) < self.most
                for after, _ in separator.read(reading, place, scope)
                for end, value in self.form.read(reading, after, scope)
            ]
            if not open_:
                break
        return done[::-1]


def joined(parts: Sequence[str]) -> str:
    """Pieces of a sentence put together: one space between, none beside Chinese brackets and commas."""
    out = ""
    for part in parts:
        if part.startswith(" ") and (not out or out[-1] in " （("):
            part = part[1:]
        elif part.startswith(" ") and out[-1] == "）":
            part = part.lstrip(" ")
        if part[:1] in tuple("（），") and out.endswith(" "):
            out = out[:-1]
        if PLURAL.match(part) and ONE.search(out):
            part = PLURAL.sub(r"\1\2", part)
        out += part
    return out


PLURAL = re.compile(r"( ?)(minute|hour|day|week|month|quarter|year)s\b")
ONE = re.compile(r"(?<![\d.,\w])1 ?$")
