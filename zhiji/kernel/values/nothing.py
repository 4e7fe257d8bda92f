"""The words by which files and programs say that they know no value."""

from collections.abc import Iterable

from zhiji.kernel.values.written import cell, narrow

DEFAULT = (
    "NULL",
    "(null)",
    r"\N",
    "N/A",
    "#N/A",
    "None",
    "nil",
    "undefined",
    "-",
    "--",
    "—",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "未知",
    "保密",
    "不详",
    "未填写",
    "暂无",
)
"""What a workspace begins with; it can change them."""


class Words:
    """Words that mean nothing, compared without case, width and space around. Empty texts are nothing always."""

    def __init__(self, words: Iterable[str] = DEFAULT) -> None:
        self.written = tuple(words)
        self._folded = frozenset(map(_folded, self.written))
        self._longest = max(map(len, self._folded), default=0)

    def mean(self, text: str) -> bool:
        """Whether the text says that there is no value."""
        plain = cell(text)
        return not plain or (len(plain) <= self._longest + 8 and _folded(plain) in self._folded)


def _folded(text: str) -> str:
    return narrow(text).casefold()
