"""Records that a search from anywhere finds, as the search of their list does."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.kernel.finder import Finder, Hit
from zhiji.kernel.registry import offered
from zhiji.records.kind import RecordKind
from zhiji.records.listing import name_of


def _finder(kind: RecordKind) -> Finder:
    def find(user: User, text: str, limit: int) -> list[Hit]:
        if not may(user, kind.reads) or kind.finds is None:
            return []
        found = kind.finds(kind.rows(user), text).order_by("-pk")[:limit]
        return [Hit(name_of(kind, row, user), "", _address(kind, row)) for row in found]

    return Finder(kind.label, kind.icon, find, 60)


def _address(kind: RecordKind, row: Any) -> str:
    """Its page; of a kind without pages the list that holds it alone, or nearly."""
    return kind.url(row) if kind.url else f"{reverse(kind.key)}?{urlencode({'q': kind.said(row)})}"


OFFERS = tuple(_finder(kind) for kind in offered(RecordKind) if kind.found_anywhere)
