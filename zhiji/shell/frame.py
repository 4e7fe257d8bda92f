"""What every page's frame needs: the left rail for this user, the theme, who and where we are."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from zhiji.access.roles import may
from zhiji.flow.profile.queries import only_owner
from zhiji.kernel.nav import NavItem
from zhiji.kernel.registry import offered
from zhiji.kernel.values.currency import sign_of

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Entry:
    """One line of the rail."""

    label: Any
    href: str
    icon: str
    active: bool


@dataclass(frozen=True)
class Section:
    """A group of the rail. Alone in its section, an entry stands for the whole group."""

    icon: str
    name: Any
    entries: tuple[Entry, ...]

    @property
    def active(self) -> bool:
        return any(entry.active for entry in self.entries)


def frame(request: HttpRequest) -> dict[str, Any]:
    """`rail` (list of Section), `theme`, `alarmed`, `only_own`, `demo` follow from the request, lazily."""
    return {
        "rail": SimpleLazyObject(lambda: rail(request)),
        "theme": theme(request),
        "alarmed": SimpleLazyObject(lambda: alarmed(request)),
        "only_own": SimpleLazyObject(lambda: only_own(request)),
        "demo": settings.DEMO,
        "currency_sign": sign_of(settings.CURRENCY),
    }


def alarmed(request: HttpRequest) -> bool:
    """Whether this user is to hear of alarms: an administrator."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and may(user, "settings:write")


def only_own(request: HttpRequest) -> bool:
    """Whether what this user is shown is counted over the user's own customers alone."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and only_owner(user) is not None


def theme(request: HttpRequest) -> str:
    """`auto`, `light` or `dark`: the browser's cookie, so that no page needs to ask who is signed in."""
    chosen = request.COOKIES.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def rail(request: HttpRequest, *, all_pages: bool = False) -> list[Section]:
    """The sections that hold something this user may see; the entry of the longest matching path is active.

    With `all_pages` also what only the command palette lists.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items = [
        (item, href)
        for item, href in _places()
        if (item.in_rail or all_pages) and (not item.permission or may(user, item.permission))
    ]
    here = max((href for _, href in items if _covers(href, request.path)), key=len, default="")
    sections = sorted(dict.fromkeys(item.section for item, _ in items), key=lambda section: section.position)
    return [
        Section(
            section.icon,
            section.label,
            tuple(Entry(item.label, href, item.icon, href == here) for item, href in items if item.section is section),
        )
        for section in sections
    ]


def _covers(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(href.rstrip("/") + "/"))


@cache
def _places() -> tuple[tuple[NavItem, str], ...]:
    """Every offered entry with its address, in order; an entry whose page isn't there is left out."""
    places = []
    for item in sorted(offered(NavItem), key=lambda item: item.position):
        try:
            places.append((item, reverse(item.url)))
        except NoReverseMatch:
            continue
    return tuple(places)
