"""The operators of each type of value, as the builder says them."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SYMBOLS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "=", "ne": "≠"}
READS: dict[str, Promise] = {
    "eq": pgettext_lazy("condition", "是"),
    "ne": pgettext_lazy("condition", "不是"),
    "in": _("是其中之一"),
    "not_in": _("不是其中任何一个"),
    "contains": _("包含"),
    "starts": _("开头是"),
    "between": _("介于"),
    "empty": _("为空"),
    "not_empty": _("不为空"),
    "has_any": _("含有任一"),
    "has_all": _("含有全部"),
}
DATED: dict[str, Promise] = {
    "eq": pgettext_lazy("condition", "是"),
    "ne": pgettext_lazy("condition", "不是"),
    "ge": _("不早于"),
    "gt": _("晚于"),
    "le": _("不晚于"),
    "lt": _("早于"),
}


def operators() -> dict[str, list[list[Any]]]:
    """For each type of value its operators as [op, how it reads], the most used first."""

    def pairs(ops: str, dated: bool = False) -> list[list[Any]]:
        return [[op, str((DATED if dated else SYMBOLS).get(op) or READS[op])] for op in ops.split()]

    blank = "empty not_empty"
    return {
        "text": [[op, str(READS[op])] for op in f"eq ne in not_in contains starts {blank}".split()],
        "number": pairs(f"ge gt le lt eq ne between in not_in {blank}"),
        "time": pairs(f"ge lt {blank}", dated=True),
        "date": pairs(f"eq ge gt le lt between {blank}", dated=True),
        "list": [[op, str(READS[op])] for op in f"contains has_any has_all {blank}".split()],
        "flag": [[op, str(READS[op])] for op in ("eq", "ne")],
    }
