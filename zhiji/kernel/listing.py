"""Names and sentences one after another, with the marks of the reader's language: 甲、乙 and a, b."""

from collections.abc import Iterable

from django.utils.translation import gettext


def listed(names: Iterable[object]) -> str:
    """ "甲、乙", in English "a, b"."""
    return gettext("、").join(map(str, names))


def one_after_another(sentences: Iterable[object]) -> str:
    """Sentences or reasons: "甲；乙", in English "a; b"."""
    return gettext("；").join(map(str, sentences))
