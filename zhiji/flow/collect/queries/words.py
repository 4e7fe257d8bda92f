"""The workspace's words for "no value"."""

from zhiji.flow.collect.models import NothingWords
from zhiji.kernel.values.nothing import DEFAULT, Words


def written() -> list[str]:
    """The words as they were written, what a workspace begins with until somebody changes them."""
    row = NothingWords.objects.first()
    return list(DEFAULT) if row is None else row.words


def words() -> Words:
    """The same, to ask of a text whether it means nothing."""
    return Words(written())
