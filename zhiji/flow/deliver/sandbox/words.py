"""A refusal in the reader's words: what is wrong, and what to write instead."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhiji.kernel.listing import listed

_TAG = re.compile(r"unknown tag '(\w+)'", re.IGNORECASE)
_MISSING = re.compile(r"innermost block that needs to be closed is '(\w+)'", re.IGNORECASE)
_CUT = re.compile(r"unexpected end of template|(got|unexpected) 'end of", re.IGNORECASE)
_GOT = re.compile(r"(?:got|unexpected) '([^']+)'", re.IGNORECASE)


_PARTS = {
    "Assign": "set", "AssignBlock": "set", "Include": "include", "Import": "import", "FromImport": "from",
    "Macro": "macro", "Extends": "extends", "Block": "block", "Call": "…()", "CallBlock": "call", "With": "with",
    "FilterBlock": "filter", "Concat": "~", "Add": "+", "Sub": "-", "Neg": "-", "Mul": "*", "Div": "/",
    "FloorDiv": "//", "Mod": "%", "Pow": "**", "List": "[…]", "Dict": "{…}", "Tuple": "(…)", "Slice": "[:]",
    "Keyword": "=",
}  # fmt: skip
"""Jinja's name of a part, as it is written in a template."""


def words(code: str, told: Mapping[str, Any]) -> str:
    """What to tell whoever wrote the template."""
    return WORDS[code](told) if code in WORDS else code


def _names(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "known": listed(told.get("known", ())) or "–"}


def _syntax(told: Mapping[str, Any]) -> str:
    """Jinja's English in our words, where it says what people usually get wrong."""
    why = str(told.get("why", ""))
    if found := _MISSING.search(why):
        return _("“{%% %(tag)s %%}”没有结束：在后面写上“{%% end%(tag)s %%}”") % {"tag": found[1]}
    if found := _TAG.search(why):
        if found[1].startswith("end") or found[1] in ("else", "elif"):
            return _("多了一个“{%% %(tag)s %%}”：前面没有与它成对的") % {"tag": found[1]}
        return _("没有“{%% %(tag)s %%}”这种写法，只有 if、else 和 for") % {"tag": found[1]}
    if _CUT.search(why):
        return _("“{{ }}”或“{% %}”里面的话没有说完")
    if found := _GOT.search(why):
        return _("“%(what)s”这里看不懂；变量写作 {{ customer.name }}，条件写作 {%% if … %%}") % {"what": found[1]}
    return _("写法不完整；变量写作 {{ customer.name }}，条件写作 {% if … %}…{% endif %}")


WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "syntax": _syntax,
    "not_allowed": lambda told: (
        _("模板里不能使用“%(what)s”，只能输出变量、用 if 和 for") % {"what": _PARTS.get(told["what"], told["what"])}
    ),
    "unknown_variable": lambda told: _("没有变量“%(name)s”，可用的有 %(known)s") % _names(told),
    "unknown_part": lambda told: _("“%(name)s”没有“%(part)s”，只有 %(known)s") % _names(told),
    "unknown_filter": lambda told: _("没有过滤器“%(name)s”，可用的有 %(known)s") % _names(told),
    "whole_group": lambda told: (
        _("“%(name)s”要写明是哪一项：%(known)s") % _names(told)
        if told.get("known")
        else _("“%(name)s”要写明是哪一项，例如 %(name)s.名称") % told
    ),
    "hidden": lambda told: _("“%(part)s”不能使用：以下划线开头的名称不是变量") % told,
    "nested": lambda told: _("套得太深：if 和 for 最多套 %(blocks)s 层，一个变量后面的过滤器也别太多") % told,
    "many_parts": lambda told: _("模板太复杂：变量、判断和循环加起来最多 %(most)s 处") % told,
    "many_turns": lambda told: _("循环超过 %(most)s 次") % told,
    "long_source": lambda told: _("模板太长：最多 %(most)s 个字符") % told,
    "long_output": lambda told: _("填好的邮件太长：最多 %(most)s 个字符") % told,
    "long_value": lambda _told: _("模板里的一个值太长"),
    "characters": lambda _told: _("模板里有不成字的字符，请删去重写"),
    "time": lambda told: _("填写这个模板超过 %(seconds)s 秒，已停下；请减少循环和判断") % told,
    "memory": lambda _told: _("填写这个模板要用太多内存，已停下；请缩短模板，减少循环"),
    "unlike": lambda _told: _("比较的两边不是同一种值：一边是数字，一边是文字或空的"),
    "arguments": lambda _told: _("过滤器括号里的内容不对：数目或种类不合"),
    "broke": lambda told: _("填写模板时出错：%(why)s") % told,
}
