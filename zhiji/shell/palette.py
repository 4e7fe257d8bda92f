"""What the command palette finds: pages of the rail, and customers and other things that this user may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from zhiji.kernel import pinyin
from zhiji.kernel.finder import Finder, Hit
from zhiji.kernel.registry import offered
from zhiji.shell.frame import Section

LIMIT = 8


@dataclass(frozen=True)
class Page:
    """A page of the rail."""

    label: str
    href: str
    icon: str
    section: str


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
    return plain, "".join(pinyin.syllables(plain)), pinyin.initials(plain)


def hits(user: Any, text: str) -> list[tuple[Finder, Sequence[Hit]]]:
    """What each kind of thing that can be found answers, without those that find nothing."""
    if not text:
        return []
    asked = sorted(offered(Finder), key=lambda one: one.position)
    return [(one, found) for one in asked if (found := one.find(user, text, LIMIT))]
