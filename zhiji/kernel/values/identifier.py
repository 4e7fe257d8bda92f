"""Numbers of members, orders, goods and coupons: texts to be kept as they are, without what programs put around."""

import re

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import email, nothing, phone
from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import INVISIBLE, cell

LONGEST = 200

NOTHING = Refusal(_("不能为空"))
UNPRINTABLE = Refusal(_("编号须为 1 到 200 个可见字符"))
NOBODY = Refusal(_("这个编号不能代表任何一个具体的人"))
SCIENTIFIC = Refusal(_("表格把编号写成了科学计数，后几位已经丢失；请先把这一列设为文本，再重新导出"))

_JUNK = """anonymous guest undefined null none nil nan true false 0 -1 unknown n/a id user user_id userid email test
distinct_id distinctid not_authenticated 00000000-0000-0000-0000-000000000000"""
JUNK = frozenset([*_JUNK.split(), "[object object]"])
"""What programs send where they know nobody: it would make one customer of many."""
_NOTHING = nothing.Words()


def parse(text: str) -> str | Refusal:
    """The identifier without spreadsheet wrappers, quotes that mark a text, tabs and invisible marks."""
    if len(text) > 2 * LONGEST:
        return UNPRINTABLE
    plain = cell(text) if text.isascii() else cell(text.translate(INVISIBLE))
    if plain[:1] in "'`\"" or plain[-1:] in "'`\"":
        plain = plain.strip("'`\"").strip()
    if not plain:
        return NOTHING
    if len(plain) > LONGEST or not plain.isprintable():
        return UNPRINTABLE
    return SCIENTIFIC if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", plain) else plain


def person(text: str) -> str | Refusal:
    """The same of somebody's identifier: none that programs send for nobody, and no word for nothing."""
    found = parse(text)
    return NOBODY if isinstance(found, str) and (found.lower() in JUNK or _NOTHING.mean(found)) else found


def contact(text: str) -> tuple[str, str] | None:
    """(`phone` or `email`, the value) where an identifier is itself a contact value, so that it isn't kept in clear.

    A number is one when it is a Chinese mobile number in any spelling, or begins with `+`.
    """
    if len(text) > 2 * LONGEST:
        return None
    if "@" in text or "＠" in text:
        found: str | Refusal = email.parse(text)
        return None if isinstance(found, Refusal) else ("email", found)
    if sum(letter.isdigit() for letter in text) < 8:
        return None
    found = phone.parse(text)
    if isinstance(found, Refusal):
        return None
    mobile = found.startswith("+861") and len(found) == 14
    return ("phone", found) if mobile or text.lstrip()[:1] in "+＋" else None
