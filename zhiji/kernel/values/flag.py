"""Yes and no."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

NO_FLAG = Refusal(_("应是 是 或 否"))

_YES = "1 1.0 true yes y t on 是 对 真 有 √ ✓ ✔ 同意 允许 开"
_NO = "0 0.0 false no n f off 否 不 假 无 × ✗ ✘ 不同意 拒绝 不允许 关"
_MEANT = {**dict.fromkeys(_YES.split(), True), **dict.fromkeys(_NO.split(), False)}


def parse(text: str) -> bool | Refusal:
    """Whether it says yes."""
    return _MEANT.get(narrow(cell(text[:100])).lower(), NO_FLAG)


def of(value: Any) -> bool | Refusal:
    """The same of a value of JSON."""
    return value if isinstance(value, bool) else parse(str(value))
