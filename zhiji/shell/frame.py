"""What every page's frame needs: the left rail for this user, the theme, who and where we are."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from zhiji.access.roles import may
from zhiji.flow.profile.queries import only_owner
from zhiji.kernel.nav import SECTIONS, NavItem
from zhiji.kernel.registry import offered
from zhiji.kernel.values.currency import sign_of

THEMES = ("auto", "light", "dark")
SECTION_ICONS = {
    "首页": ("home", _("首页")), "客户": ("users", _("客户")), "分类": ("chart-pie", _("分类")),
    "联动": ("bolt", _("联动")), "触达": ("send", _("触达")), "销售": ("briefcase", _("销售")),
    "服务": ("headset", _("服务")), "会员": ("award", _("会员")), "互动": ("message-circle", _("互动")),
    "商品订单": ("shopping-bag", _("商品订单")), "分析": ("chart-line", _("分析")), "设置": ("settings", _("设置")),
}  # fmt: skip


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
    return [
        Section(*SECTION_ICONS[name], entries)
        for name in SECTIONS
        if (
            entries := tuple(
                Entry(item.label, href, item.icon, href == here) for item, href in items if item.section == name
            )
        )
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
