"""Gender as forms, databases and the national standard (GB/T 2261.1: 1 male, 2 female, 0 and 9 not said) write it."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

NO_GENDER = Refusal(_("应是 男、女 或 其他"))

_WORDS = {
    "male": "male m man boy 男 男性 男士 先生 1 1.0",
    "female": "female f woman girl 女 女性 女士 小姐 2 2.0",
    "other": "other x 其他 其它",
    "": "0 0.0 9 9.0 unknown secret u 未知 保密 未说明 不详 -",
}
_MEANT = {word: gender for gender, words in _WORDS.items() for word in words.split()}


def parse(text: str) -> str | Refusal:
    """`male`, `female`, `other`, or nothing where it says that it isn't said."""
    return _MEANT.get(narrow(cell(text[:100])).lower(), NO_GENDER)
