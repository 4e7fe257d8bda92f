"""Change which words mean "no value"."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.models import NothingWords
from zhiji.flow.collect.queries import words as queries

LONGEST, MOST = 40, 200


class BadWord(ValueError):
    """The list can't be kept so; the message says what would do."""


@transaction.atomic
def set_words(*, words: Iterable[str], by: User | None) -> list[str]:
    """Keep this list, for whatever comes in from now on. Raises BadWord, Forbidden."""
    require(by, "settings:write")
    wanted = list(dict.fromkeys(filter(None, (" ".join(word.split()) for word in words))))
    too_long = next((word for word in wanted if len(word) > LONGEST), None)
    if too_long is not None:
        raise BadWord(_("“%(word)s…”太长，一个词最多 %(most)s 个字") % {"word": too_long[:10], "most": LONGEST})
    if len(wanted) > MOST:
        raise BadWord(_("最多 %(most)s 个词") % {"most": MOST})
    row = NothingWords.objects.select_for_update().first() or NothingWords()
    before = queries.written()
    row.words = wanted
    row.save()
    audit("words for nothing changed", row, by=by, before=before, after=wanted)
    return wanted
