"""What an approved text says: its sign, its variables, and the rules it has to keep (Aliyun's, and the carriers').

The text is what the provider approved, with `${name}` where a variable stands; each variable is filled in by us.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from zhiji.flow.deliver.channels.sms.segments import segments, units
from zhiji.flow.deliver.sandbox import door
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.flow.deliver.variables import LINKS_OF_NOBODY
from zhiji.flow.deliver.wording import Wording
from zhiji.kernel.listing import listed

VARIABLE = re.compile(r"\$\{([A-Za-z_]\w{0,29})\}")
ADDRESS = re.compile(r"https?://|www\.|[\w-]+\.(com|cn|net|top|shop)\b", re.IGNORECASE)
OPT_OUT = "拒收请回复R"
LONGEST, LONGEST_VALUE = 500, 35
"""Units of a whole message, and characters of what fills a variable."""
CODE = re.compile(r"SMS_\d{1,20}")
BUBBLE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>:root{{color-scheme:light dark}}
body{{margin:0;padding:24px;font:16px/1.6 system-ui,sans-serif;background:#f2f2f7;color:#111}}
p{{max-width:19em;margin:0 0 8px;padding:10px 14px;border-radius:4px 16px 16px 16px;background:#fff;
white-space:pre-wrap;overflow-wrap:anywhere}}small{{color:#6b6b70}}
@media(prefers-color-scheme:dark){{body{{background:#000;color:#eee}}p{{background:#26262a}}small{{color:#9a9aa0}}}}
</style><p>{text}</p><small>{length}</small>"""
"""The message as a phone shows it."""


@dataclass
class Text:
    """A text message filled in: what the phone shows, and what fills each variable."""

    sign: str
    code: str
    body: str
    values: dict[str, str]
    empty: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """With its sign, as it is counted and shown."""
        return f"【{self.sign}】{self.body}"

    @property
    def subject(self) -> str:
        return self.whole[:300]

    @property
    def html(self) -> str:
        return BUBBLE.format(text=escape(self.whole), length=escape(said_length(self.whole)))


def said_length(text: str) -> str:
    return _("%(units)s 字 · 按 %(segments)s 条计费") % {"units": units(text), "segments": segments(text)}


def names_in(text: str) -> list[str]:
    """The variables of a text, each once."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def fill(wording: Wording, variables: Mapping[str, Any]) -> Text:
    """Raises TemplateRefused, also for what the provider won't take in a variable."""
    names = list(wording.variables)
    sources = [(wording.variables[name], False) for name in names]
    filled = door.fill(sources, {**variables, **LINKS_OF_NOBODY})
    values = {name: " ".join(text.split()) for name, text in zip(names, filled.texts, strict=True)}
    for name, value in values.items():
        check_value(name, value)
    body = VARIABLE.sub(lambda found: values.get(found[1], found[0]), wording.text)
    text = Text(str(wording.details.get("sign", "")), str(wording.details.get("code", "")), body, values, filled.empty)
    if units(text.whole) > LONGEST:
        raise TemplateRefused(_("填好后超过 %(most)s 字，短信平台不收") % {"most": LONGEST})
    text.empty += [f"${{{name}}}" for name, value in values.items() if not value and not filled.empty]
    return text


def check_value(name: str, value: str) -> None:
    if len(value) > LONGEST_VALUE:
        told = {"name": name, "most": LONGEST_VALUE, "value": value[:12]}
        raise TemplateRefused(_("变量 %(name)s 填成“%(value)s…”，超过 %(most)s 个字，短信平台不收") % told)
    if ADDRESS.search(value):
        raise TemplateRefused(_("变量 %(name)s 里有网址，短信平台不收；请把网址写进模板正文报审") % {"name": name})


def check(wording: Wording, purpose: str) -> None:
    """Raises TemplateRefused for a text that would not be approved, or that its details don't fit."""
    text, sign = wording.text.strip(), str(wording.details.get("sign", ""))
    told = names_in(text)
    if not 2 <= len(sign) <= 12:
        raise TemplateRefused(_("签名要 2 到 12 个字，和短信平台审核通过的一样"))
    if not CODE.fullmatch(str(wording.details.get("code", ""))):
        raise TemplateRefused(_("模板 CODE 形如 SMS_123456789，从短信平台的模板管理里抄"))
    if not text:
        raise TemplateRefused(_("正文要填写，和短信平台审核通过的一样"))
    if "【" in text or "】" in text or "【" in sign or "】" in sign:
        raise TemplateRefused(_("不要写【】：签名由平台加在最前面"))
    if not re.sub(r"[\W_]", "", VARIABLE.sub("", text).removesuffix(OPT_OUT)):
        raise TemplateRefused(_("正文不能全是变量，短信平台不会通过"))
    if purpose == "marketing" and not text.endswith(OPT_OUT):
        raise TemplateRefused(_("营销短信要以“%(words)s”结尾，客户才知道怎样退订") % {"words": OPT_OUT})
    if purpose != "marketing" and OPT_OUT in text:
        raise TemplateRefused(_("服务短信不能带“%(words)s”；是营销就把目的改成营销") % {"words": OPT_OUT})
    if missing := [name for name in told if not str(wording.variables.get(name, "")).strip()]:
        raise TemplateRefused(_("变量 %(names)s 还没写用什么填") % {"names": listed(missing)})
    if extra := [name for name in wording.variables if name not in told]:
        raise TemplateRefused(_("正文里没有变量 %(names)s") % {"names": listed(extra)})


def hole(names: str) -> str:
    return _("这位客户的%(variables)s是空的：这条短信不会发给 TA") % {"variables": names}
