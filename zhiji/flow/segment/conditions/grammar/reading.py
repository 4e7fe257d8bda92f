"""A text being read: how far the reading got, and what would have been right there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhiji.flow.segment.conditions.grammar.forms import Form
    from zhiji.flow.segment.conditions.words import Words

DEEPEST = 60
Found = list[tuple[int, Any]]
"""What a form can be at a place: where it ends and its value, the likeliest first."""


class Reading:
    """The state of one reading. `tried` and `missed` hold, by place, the forms looked for and not found there."""

    def __init__(self, text: str, words: Words) -> None:
        self.text, self.words = text, words
        self.memo: dict[tuple[int, int, str | None], Found] = {}
        self.tried: dict[int, dict[tuple[int, str | None], Form]] = {}
        self.missed: dict[int, dict[tuple[int, str | None], Form]] = {}
        self.guessed: dict[tuple[int, int], str] = {}
        self.depth = 0

    def skip(self, at: int) -> int:
        """The next place that is no space."""
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        return at

    def attempt(self, at: int, form: Form, scope: str | None, found: bool) -> None:
        """Remember that `form` was looked for."""
        self.tried.setdefault(at, {})[id(form), scope] = form
        if not found:
            self.missed.setdefault(at, {})[id(form), scope] = form

    def guess(self, at: int, end: int, key: str) -> None:
        """Remember that a name nobody knows was taken as it stands."""
        self.guessed[at, end] = key

    def guesses(self, value: Any) -> int:
        """How many names in a value are guessed."""
        if isinstance(value, str):
            return value in self.guessed.values()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return sum(map(self.guesses, inner))

    @property
    def furthest(self) -> int:
        """The furthest place at which something else was expected."""
        return max(self.missed, default=0)
