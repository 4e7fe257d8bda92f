"""What the command palette finds: pages of the rail and customers this user may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from pypinyin import Style, lazy_pinyin

from zhiji.shell.frame import Section

LIMIT = 8


@dataclass(frozen=True)
class Page:
    """A page of the rail."""

    label: str
    href: str
    icon: str
    section: str


@dataclass(frozen=True)
class Hit:
    """A customer found."""

    name: str
    sub: str
    url: str


def pages(rail: Iterable[Section], text: str) -> list[Page]:
    """Pages whose name, 拼音 or initials contain `text`; all of them for an empty text."""
    wanted = "".join(text.lower().split())
    found = [
        Page(str(entry.label), entry.href, entry.icon, str(section.name))
        for section in rail
        for entry in section.entries
        if any(wanted in writing for writing in _writings(str(entry.label)))
    ]
    return found[: LIMIT if wanted else 40]


@lru_cache(maxsize=512)
def _writings(label: str) -> tuple[str, ...]:
    plain = "".join(label.lower().split())
    return plain, "".join(lazy_pinyin(plain)), "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))


def customers(user: Any, text: str) -> list[Hit]:
    """The first customers that the customer search finds for this user."""
    if not text:
        return []
    try:
        from zhiji.flow.profile.queries import search
    except ImportError:
        return []
    return [_hit(portrait) for portrait in search(user, text, LIMIT)]


def _hit(portrait: Any) -> Hit:
    try:
        url = reverse("customer", args=[portrait.customer_id])
    except NoReverseMatch:
        url = f"/customers/{portrait.customer_id}/"
    return Hit(portrait.name, " ".join(filter(None, (portrait.region, portrait.city))), url)
