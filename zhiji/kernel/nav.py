"""Entries of the left rail, offered by apps in `offers/nav.py`."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True)
class NavItem:
    """`section` is one of SECTIONS; `url` a URL name; `permission` as in access/roles.py; `icon` a Tabler icon.

    Not `in_rail`, it is found in the command palette only: a page on which something is begun.
    """

    offered_in: ClassVar[str] = "nav"
    section: str
    label: str | Promise
    url: str
    icon: str
    position: int = 50
    permission: str = ""
    in_rail: bool = True


SECTIONS = (
    "首页",
    "客户",
    "分类",
    "联动",
    "触达",
    "销售",
    "服务",
    "会员",
    "互动",
    "商品订单",
    "分析",
    "设置",
)
