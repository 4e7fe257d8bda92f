"""Why a template is refused, as a code and what goes into its words (see words.py)."""

from typing import Any


class Refused(Exception):
    """The template can't be used. `line` is where in its source, from 1, when known."""

    def __init__(self, code: str, line: int | None = None, **told: Any) -> None:
        super().__init__(code)
        self.code, self.line, self.told = code, line, told
