"""Tags: VIP, vip and ＶＩＰ are one; it is shown as it was first written."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import alike, cell

LONGEST = 40

WRONG_LENGTH = Refusal(_("标签须有 1 到 40 个字"))


def parse(text: str) -> str | Refusal:
    """The tag as it is shown: half-width, single spaces."""
    tag = " ".join(alike(cell(text[:1000])).split())
    return tag if 1 <= len(tag) <= LONGEST else WRONG_LENGTH


def key(text: str) -> str:
    """What tells tags apart."""
    return " ".join(alike(text).split()).casefold()[:LONGEST]
