"""What a decoder says of a value that has not the shape that was asked for, in the reader's words."""

import re
from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TYPES: dict[str, Promise] = {
    "int": gettext_lazy("整数"),
    "float": gettext_lazy("数字"),
    "number": gettext_lazy("数字"),
    "str": gettext_lazy("文字"),
    "bool": gettext_lazy("true 或 false"),
    "array": gettext_lazy("列表"),
    "object": gettext_lazy("对象"),
    "null": gettext_lazy("空值"),
}
_AT = re.compile(r"(?P<said>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_TOLD: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Object missing required field `(.+)`"), lambda it: _("缺少“%(name)s”") % {"name": it[1]}),
    (
        re.compile(r"Object contains unknown field `(.+)`"),
        lambda it: _("没有“%(name)s”这一项，请去掉") % {"name": it[1]},
    ),
    (re.compile(r"Invalid (?:enum )?value (.+)"), lambda it: _("没有 %(value)s 这种写法") % {"value": it[1]}),
    (
        re.compile(r"Expected `\S+` (>=|<=|>|<) (\S+)"),
        lambda it: _("应 %(sign)s %(bound)s") % {"sign": it[1].replace(">=", "≥").replace("<=", "≤"), "bound": it[2]},
    ),
    (
        re.compile(r"Expected `([^`]+)`, got `([^`]+)`"),
        lambda it: _("应是%(wanted)s，不是%(given)s") % {"wanted": _type(it[1]), "given": _type(it[2])},
    ),
    (re.compile(r"Expected `([^`]+)`.*"), lambda it: _("应是%(wanted)s") % {"wanted": _type(it[1])}),
)


def words(said: str) -> str:
    """msgspec's message (“Expected `int`, got `str` - at `$.days`”) in the reader's language."""
    match = _AT.fullmatch(said)
    plain, path = (match["said"], match["path"]) if match else (said, None)
    told = next((word(found) for shape, word in _TOLD if (found := shape.fullmatch(plain))), None)
    told = told if told is not None else _("写法读不懂，请对照说明改写")
    return _("%(path)s：%(reason)s") % {"path": path, "reason": told} if path and path != "$" else told


def _type(name: str) -> str:
    return _(" 或 ").join(str(TYPES.get(one.strip(), one.strip())) for one in name.split("|"))
