"""Values in sentences: numbers, quoted texts, days, yes and no, shares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from zhiji.flow.segment.conditions.grammar.forms import Token
from zhiji.flow.segment.conditions.grammar.reading import Found, Reading
from zhiji.flow.segment.conditions.words import Words

QUOTES = {"“": "”", '"': '"', "”": "”", "「": "」", "『": "』", "‘": "’", "'": "'", "＂": "＂"}
NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![A-Za-z_.\d])")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
BARE = re.compile(r"[^\s、，,；;（）()“”\"'‘’「」『』<>=≥≤≠＞＜！!#→×÷%％]+")
TENS = {"万": 10_000, "亿": 100_000_000}
NUMERALS = {one: number for number, one in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
YES = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False}
BREAKS = re.compile(r"且|或|至")


def quoted(text: str) -> str:
    """“text”, with its closing quotes doubled."""
    return f"“{text.replace('”', '””')}”"


def unquoted(text: str, at: int) -> tuple[int, str] | None:
    """The quoted text at a place, and where it ends; a doubled closing quote stands for itself."""
    close = QUOTES.get(text[at : at + 1])
    if close is None:
        return None
    end = at + 1
    while (end := text.find(close, end)) >= 0:
        if text[end + 1 : end + 2] != close:
            return end + 1, text[at + 1 : end].replace(close * 2, close)
        end += 2
    return None


def numeral(value: Any) -> str:
    """A number as it is said: 3, 20.5; never 3.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        value = int(value)
    return str(value)


class Number(Token):
    """A number; with `whole`, one without decimals."""

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        fits = isinstance(value, int if self.whole else int | float) and not isinstance(value, bool)
        return numeral(value) if fits and math.isfinite(value) else None

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        if self.whole and (numeral := NUMERALS.get(reading.text[at : at + 1])):
            return [(at + 1, numeral)]
        match = NUMBER.match(reading.text, at)
        if not match:
            return []
        end, text = match.end(), match[0].replace("−", "-")
        whole = re.fullmatch(r"[-+]?\d+", text)
        value: Any = int(text) if whole and len(text) < 20 else float(text)
        after = reading.skip(end)
        if tens := TENS.get(reading.text[after : after + 1]):
            value, end = float(Decimal(text) * tens), after + 1
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
            value = int(value)
        return [] if self.whole and not isinstance(value, int) else [(end, value)]

    def described(self, words: Words) -> str:
        return words.label(("一个整数", "a whole number") if self.whole else ("一个数字", "a number"))


class Share(Token):
    """A share from 0 to 1, said in percent."""

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            return None
        return f"{Decimal(repr(value)) * 100:f}".rstrip("0").rstrip(".") + "%" if value else "0%"

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        match = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]").match(reading.text, at)
        return [(match.end(), float(Decimal(match[1]) / 100))] if match else []

    def described(self, words: Words) -> str:
        return words.label(("一个百分比，如 20%", "a share such as 20%"))


class Text(Token):
    """A text in quotes; heard without them, too, as long as it is one word."""

    def __init__(self, expected: tuple[str, str] = ("一段“文字”", "a “text”")) -> None:
        self.expected = expected

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        return quoted(value) if isinstance(value, str) else None

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        if found := unquoted(reading.text, at):
            return [found]
        return [(end, reading.text[at:end]) for end in ends(reading, at)]

    def described(self, words: Words) -> str:
        return words.label(self.expected)


class Day(Token):
    """A day, 2026-05-03."""

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        return value if isinstance(value, str) and DAY.fullmatch(value) else None

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        match = DAY.match(reading.text, at)
        return [(match.end(), match[0])] if match else []

    def described(self, words: Words) -> str:
        return words.label(("一个日期，如 2026-05-03", "a day such as 2026-05-03"))


class Value(Token):
    """A JSON value that something is compared with: number, day, yes or no, or text."""

    kinds: tuple[Token, ...] = (Day(), Number(), Text())

    def say(self, value: Any, words: Words, scope: str | None) -> str | None:
        if isinstance(value, bool):
            return words("true" if value else "false")
        return next((said for one in self.kinds if (said := one.say(value, words, scope)) is not None), None)

    def here(self, reading: Reading, at: int, scope: str | None) -> Found:
        match = BARE.match(reading.text, at)
        if match and (known := YES.get(match[0].casefold())) is not None:
            return [(match.end(), known)]
        for one in self.kinds:
            if found := one.here(reading, at, scope):
                return found
        return []

    def described(self, words: Words) -> str:
        return words.label(("一个值，如 3、“文字”、2026-05-03 或 是", "a value such as 3, “text”, 2026-05-03 or yes"))

    def candidates(self, words: Words, scope: str | None) -> Iterable[str]:
        return ()


def ends(reading: Reading, at: int) -> list[int]:
    """Where a text without quotes may end: before 且 or 或 within it, or after all of it."""
    match = BARE.match(reading.text, at)
    if not match or match[0].casefold() in (*YES, "and", "or", "且", "或"):
        return []
    inner = [at + found.start() for found in BREAKS.finditer(match[0]) if found.start()]
    return [match.end(), *inner]
