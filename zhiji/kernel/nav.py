"""Entries of the left rail, offered by apps in `offers/nav.py`."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, eq=False)
class NavSection:
    """A group of the rail, made beside its entries; lower positions stand higher. `icon` is one of Tabler's."""

    label: str | Promise
    icon: str
    position: int


SETTINGS = NavSection(_("设置"), "settings", 120)


@dataclass(frozen=True)
class NavItem:
    """`url` is a URL name; `permission` as apps offer them; `icon` a Tabler icon.

    Not `in_rail`, it is found in the command palette only: a page on which something is begun.
    """

    offered_in: ClassVar[str] = "nav"
    section: NavSection
    label: str | Promise
    url: str
    icon: str
    position: int = 50
    permission: str = ""
    in_rail: bool = True
