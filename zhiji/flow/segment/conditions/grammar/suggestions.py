"""What may follow while somebody types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhiji.flow.segment.conditions.grammar.forms import Token
from zhiji.flow.segment.conditions.grammar.groups import LITERALS
from zhiji.flow.segment.conditions.grammar.naming import Name
from zhiji.flow.segment.conditions.grammar.reading import Reading
from zhiji.flow.segment.conditions.grammar.sentences import CONDITION
from zhiji.flow.segment.conditions.words import Words

TIGHT = '（(“"#'
NEXT = 2
BRACKETS = {one for name in ("not", "only_all", "only_any", "open") for one in LITERALS[name]}
CLOSING = tuple("）)，,：:")


@dataclass(frozen=True)
class Suggestion:
    """`text` would stand from `start` on, in place of what is typed up to the cursor; `label` is how it is shown."""

    start: int
    text: str
    label: str


def suggest(text: str, cursor: int, words: Words, most: int = 20) -> list[Suggestion]:
    """Continuations at the cursor: what completes the word begun first, then what could come next."""
    typed = text[: max(0, cursor)][-2_000:]
    reading = Reading(typed, words)
    CONDITION.read(reading, 0, None)
    found: dict[tuple[int, str], tuple[int, int]] = {}
    whole = len(typed)
    for at, one, token, count in _candidates(reading):
        begun = typed[at:].casefold()
        if begun and one.casefold() == begun:
            whole = min(whole, at)
        elif (rank := _rank(begun, one, token)) is not None:
            found[at, one] = min((rank, count), found.get((at, one), (rank, count)))
    ordered = sorted((key for key in found if key[0] <= whole or found[key][0] >= NEXT), key=lambda key: found[key])
    offset = len(text[: max(0, cursor)]) - len(typed)
    return [Suggestion(at + offset, _spaced(typed, at, one), one) for at, one in ordered[:most]]


def _candidates(reading: Reading) -> Iterator[tuple[int, str, Token, int]]:
    """What could stand at each place, and how many of the same token come before it."""
    for at, tokens in reading.tried.items():
        for (_, scope), token in tokens.items():
            if isinstance(token, Token):
                for count, one in enumerate(token.candidates(reading.words, scope)):
                    yield at, one, token, count


def _rank(begun: str, candidate: str, token: Token) -> int | None:
    """0 completes the word, 1 has it inside, NEXT follows it, then brackets and the like; None doesn't fit."""
    known = candidate.casefold()
    if not begun:
        return NEXT + 1 if token in BRACKETS else NEXT
    if known.startswith(begun):
        return 0
    return 1 if isinstance(token, Name) and begun in known else None


def _spaced(typed: str, at: int, candidate: str) -> str:
    before = typed[at - 1 : at]
    tight = not before or before.isspace() or before in TIGHT or candidate.startswith((*CLOSING, "（", "("))
    return candidate if tight else f" {candidate}"
