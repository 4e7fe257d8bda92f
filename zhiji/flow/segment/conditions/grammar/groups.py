"""And, or and not, in brackets as deep as needed: of conditions, and of filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhiji.flow.segment.conditions.bounds import check_count
from zhiji.flow.segment.conditions.grammar.forms import Form, Literal, joined
from zhiji.flow.segment.conditions.grammar.reading import Found, Reading
from zhiji.flow.segment.conditions.words import Words

MOST = 100
Taken = tuple[str, list[Any]]
PAIRS: dict[str, tuple[str, str]] = {
    "all": (" 且 ", " and "), "any": (" 或 ", " or "), "not": ("不满足", "not"),
    "only_all": ("全部满足", "all of"), "only_any": ("任一满足", "any of"), "open": ("（", "("), "close": ("）", ")"),
}  # fmt: skip
LITERALS = {name: (Literal(zh), Literal(en)) for name, (zh, en) in PAIRS.items()}


class Bare(list[Any]):
    """Parts joined by 且 that stand in no brackets of their own."""


class Groups(Form):
    """Groups of one form. `take(value)` is ("all"|"any"|"not", parts), or None for a single one; `make(name, parts)`
    builds a group. With `listed`, a list means that all of it holds. `fits(value)` tells which of two readings of the
    same words makes sense."""

    def __init__(
        self,
        leaf: Form,
        take: Callable[[Any], Taken | None],
        make: Callable[[str, list[Any]], Any],
        *,
        listed: bool = False,
        fits: Callable[[Any], bool] = bool,
    ) -> None:
        self.leaf, self.take, self.make, self.listed, self.fits = leaf, take, make, listed, fits
        self._top, self._and, self._item = _Level(self._any), _Level(self._all), _Level(self._one)

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if not self.listed:
            return self._said(value, words, scope, bare=("all", "any"))
        if not isinstance(value, list) or not value:
            return None
        if len(value) > 1:
            return self._several("all", value, words, scope)
        return self._said(value[0], words, scope, bare=("any",))

    def _said(self, value: Any, words: Words, scope: str | None, bare: tuple[str, ...] = ()) -> str | None:
        """With brackets, but for groups that may stand `bare`."""
        taken = self.take(value)
        if taken is None:
            return self.leaf.say(value, words, scope)
        name, parts = taken
        bracket = words.label(PAIRS["open"]), words.label(PAIRS["close"])
        if name == "not" or len(parts) == 1:
            word = words.label(PAIRS[name if name == "not" else f"only_{name}"])
            inner = self._said(parts[0], words, scope, bare=("all", "any"))
            return None if inner is None else f"{word}{'' if words.chinese else ' '}{bracket[0]}{inner}{bracket[1]}"
        said = self._several(name, parts, words, scope)
        return said if name in bare or said is None else f"{bracket[0]}{said}{bracket[1]}"

    def _several(self, name: str, parts: list[Any], words: Words, scope: str | None) -> str | None:
        said = [self._said(one, words, scope) for one in parts]
        pieces = [piece for one in said for piece in (words.label(PAIRS[name]), str(one))]
        return None if None in said else joined(pieces[1:])

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        found = self._top.read(reading, at, scope)
        if self.listed:
            return [(end, list(value) if isinstance(value, Bare) else [value]) for end, value in found]
        return [(end, self._made(value)) for end, value in found]

    def _made(self, value: Any) -> Any:
        return self.make("all", list(value)) if isinstance(value, Bare) else value

    def _any(self, reading: Reading, at: int, scope: str | None) -> Found:
        return [
            (end, parts[0] if len(parts) == 1 else self.make("any", [self._made(one) for one in parts]))
            for end, parts in self._chain("any", self._and, reading, at, scope)
        ]

    def _all(self, reading: Reading, at: int, scope: str | None) -> Found:
        return [
            (end, parts[0] if len(parts) == 1 else Bare(parts))
            for end, parts in self._chain("all", self._item, reading, at, scope)
        ]

    def _chain(self, name: str, inner: Form, reading: Reading, at: int, scope: str | None) -> list[tuple[int, Any]]:
        literal = LITERALS[name][0 if reading.words.chinese else 1]
        open_ = [(end, [value]) for end, value in inner.read(reading, at, scope)]
        done: list[tuple[int, Any]] = []
        while open_:
            check_count(len(open_[0][1]))
            done += open_
            open_ = [  # only so many: words that could end in many places don't multiply
                (end, [*values, value])
                for place, values in open_
                for after, _ in literal.read(reading, place, scope)
                for end, value in inner.read(reading, after, scope)
            ][:MOST]
        return done[::-1]

    def _one(self, reading: Reading, at: int, scope: str | None) -> Found:
        side = 0 if reading.words.chinese else 1
        found: Found = []
        for after, _ in LITERALS["not"][side].read(reading, at, scope):
            found += [(end, self.make("not", [one])) for end, one in self._item.read(reading, after, scope)]
        for name in ("all", "any"):
            for after, _ in LITERALS[f"only_{name}"][side].read(reading, at, scope):
                found += [(end, self.make(name, [one])) for end, one in self._bracketed(reading, after, scope, side)]
        found += self._bracketed(reading, at, scope, side)
        return found + self._leaves(reading, at, scope)

    def _leaves(self, reading: Reading, at: int, scope: str | None) -> Found:
        """One reading for each end: the one that is said just so, else the one of known names that makes sense."""
        by_end: dict[int, list[Any]] = {}
        for end, value in self.leaf.read(reading, at, scope):
            if value not in by_end.setdefault(end, []):
                by_end[end].append(value)
        return [(end, self._settled(reading, at, end, scope, values)) for end, values in by_end.items()]

    def _settled(self, reading: Reading, at: int, end: int, scope: str | None, values: list[Any]) -> Any:
        if len(values) == 1:
            return values[0]
        text = reading.text[at:end].strip()
        exact = [one for one in values if self.leaf.say(one, reading.words, scope) == text]
        likely = exact or sorted(values, key=reading.guesses)
        return next((one for one in likely if self.fits(one)), likely[0])

    def _bracketed(self, reading: Reading, at: int, scope: str | None, side: int) -> Found:
        return [
            (end, self._made(value))
            for after, _ in LITERALS["open"][side].read(reading, at, scope)
            for place, value in self._top.read(reading, after, scope)
            for end, _ in LITERALS["close"][side].read(reading, place, scope)
        ]


class _Level(Form):
    """A level of precedence, read once at each place."""

    def __init__(self, reader: Callable[[Reading, int, str | None], Found]) -> None:
        self._reader = reader

    def found(self, reading: Reading, at: int, scope: str | None) -> Found:
        return self._reader(reading, at, scope)
