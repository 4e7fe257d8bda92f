"""Names of things in sentences: facts, their properties, attributes, segments, schemes and classes.

A thing is said by its label as long as that leads back to it alone, else by its key. In quotes or not, a name is
looked up as a label first and taken as a key else; after # it is the key as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiji.flow.segment.conditions.grammar.forms import Token
from zhiji.flow.segment.conditions.grammar.reading import Found, Reading
from zhiji.flow.segment.conditions.grammar.values import quoted, unquoted
from zhiji.flow.segment.conditions.words import Words

BARE = re.compile(r"[^\W\d][\w.\-]*")
RAW = re.compile(r"[\w.\-]+")
SIMPLE = re.compile(r"[^\W\d][\w\-]*")
LEADING = ("农历", "公历")
RESERVED: set[str] = set()
"""Every word of the grammar, in small letters: no unquoted name is one of them."""


@dataclass(frozen=True)
class Lexicon:
    """The known names of a kind of thing: keys by label in small letters, labels by key, further words for keys.

    `trusted`: labels come with the product, so they need no quotes whatever they hold.
    """

    labels: dict[str, str]
    also: Mapping[str, str] = field(default_factory=dict)
    trusted: bool = False
    keys: dict[str, list[str]] = field(init=False)
    heads: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        keys: dict[str, list[str]] = {}
        for key, label in self.labels.items():
            keys.setdefault(label.casefold(), []).append(key)
        for word, key in self.also.items():
            if word not in keys and key in self.labels:
                keys[word] = [key]
        heads: dict[str, list[str]] = {}
        for label in sorted(keys, key=len, reverse=True):
            heads.setdefault(label[:1], []).append(label)
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "heads", heads)

    def of(self, text: str) -> str | None:
        """The one key with that label."""
        found = self.keys.get(text.casefold(), ())
        return found[0] if len(found) == 1 else None


class Name(Token):
    """A name of one kind of thing.

    `lexicon(words, scope)` is what is known; `key(text)` turns a name that isn't into a key; `in_quotes` says that
    names of this kind are said in quotes even where none are needed; `seen`, as what `Names.seen` knows more of them.
    """

    def __init__(
        self,
        expected: tuple[str, str],
        lexicon: Callable[[Words, str | None], Lexicon],
        key: Callable[[str], str] = str,
        *,
        in_quotes: bool = False,
        seen: str = "",
    ) -> None:
        self.expected, self.lexicon, self.key, self.in_quotes, self.seen = expected, lexicon, key, in_quotes, seen

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if not isinstance(value, str):
            return None
        known = self.lexicon(words, scope)
        label = known.labels.get(value)
        if label and self._leads(label, known) == value:
            plain = not self.in_quotes and (known.trusted or simple(label))
            return label if plain else quoted(label)
        short = self._short(value)
        for name in dict.fromkeys((short, value)):
            if self._leads(name, known) == value:
                return name if simple(name) and not self.in_quotes else quoted(name)
        return f"#{value}" if RAW.fullmatch(value) else f"#{quoted(value)}"

    def _short(self, value: str) -> str:
        """The shortest name that is turned into this key."""
        return next((value[at:] for at in range(len(value), -1, -1) if self.key(value[at:]) == value), value)

    def _leads(self, name: str, known: Lexicon) -> str | None:
        """The key that a name leads to; None where it could be several."""
        if not name:
            return None
        if name.casefold() in known.keys:
            return known.of(name)
        return name if name in known.labels else self.key(name)

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        known = self.lexicon(reading.words, scope)
        text = reading.text
        if text[at : at + 1] == "#":
            return self._raw(text, at + 1)
        if found := unquoted(text, at):
            key = self._leads(found[1], known)
            return [(found[0], key)] if key is not None else []
        ends: dict[int, str] = {}
        for label in known.heads.get(text[at : at + 1].casefold(), ()):
            end = at + len(label)
            key = known.of(label)
            if key is not None and text[at:end].casefold() == label and not _inside_word(text, end):
                ends.setdefault(end, key)
        if (match := BARE.match(text, at)) and match.end() not in ends and usable(match[0]):
            key = self._leads(match[0], known)
            if key is not None:
                ends[match.end()] = key
                if key not in known.labels and key not in self.more(reading.words, scope):
                    reading.guess(at, match.end(), key)
        return list(ends.items())

    def _raw(self, text: str, at: int) -> Found:
        if found := unquoted(text, at):
            return [found]
        match = RAW.match(text, at)
        return [(match.end(), match[0])] if match else []

    def described(self, words: Words) -> str:
        return words.label(self.expected)

    def more(self, words: Words, scope: str | None) -> Iterable[str]:
        """Keys that were seen, with no label."""
        return words.names.seen(self.seen, scope) if self.seen else ()

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        keys = [*self.lexicon(words, scope).labels, *self.more(words, scope)]
        return [said for key in dict.fromkeys(keys) if (said := self.say(key, words, scope)) is not None]


def simple(name: str) -> bool:
    """Whether a name stands without quotes and is read back as one word."""
    return bool(SIMPLE.fullmatch(name)) and usable(name)


def usable(name: str) -> bool:
    return name.casefold() not in RESERVED and not name.startswith(LEADING)


def _inside_word(text: str, end: int) -> bool:
    return text[end - 1].isascii() and text[end : end + 1].isascii() and (text[end : end + 1] or " ").isalnum()
