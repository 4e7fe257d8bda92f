"""What may follow while somebody types."""

from __future__ import annotations

from dataclasses import dataclass

from zhiji.flow.segment.conditions.grammar.forms import Token
from zhiji.flow.segment.conditions.grammar.naming import Name
from zhiji.flow.segment.conditions.grammar.reading import Reading
from zhiji.flow.segment.conditions.grammar.sentences import CONDITION
from zhiji.flow.segment.conditions.words import Words

TIGHT = '（(“"#'
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
    found: dict[tuple[int, str], int] = {}
    for at, tokens in reading.tried.items():
        begun = typed[at:].casefold()
        for (_, scope), token in tokens.items():
            if not isinstance(token, Token):
                continue
            for one in token.candidates(words, scope):
                if (rank := _rank(begun, one, token)) is not None:
                    found[at, one] = min(rank, found.get((at, one), rank))
    ordered = sorted(found, key=lambda key: (found[key], -key[0]))
    offset = len(text[: max(0, cursor)]) - len(typed)
    return [Suggestion(at + offset, _spaced(typed, at, one), one) for at, one in ordered[:most]]


def _rank(begun: str, candidate: str, token: Token) -> int | None:
    """0 completes the word, 1 has it inside, 2 comes next; None doesn't fit."""
    known = candidate.casefold()
    if not begun:
        return 2
    if known == begun:
        return None
    if known.startswith(begun):
        return 0
    return 1 if isinstance(token, Name) and begun in known else None


def _spaced(typed: str, at: int, candidate: str) -> str:
    before = typed[at - 1 : at]
    tight = not before or before.isspace() or before in TIGHT or candidate.startswith((*CLOSING, "（", "("))
    return candidate if tight else f" {candidate}"
