"""Codes of coupons: in capitals, without spaces."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

LONGEST = 60

NO_CODE = Refusal(_("券码须有 1 到 60 个字"))


def parse(text: str) -> str | Refusal:
    """The code, as our own are written and as others' are compared."""
    code = "".join(narrow(cell(text[:1000])).split()).strip("'`").upper()
    return code if 1 <= len(code) <= LONGEST else NO_CODE
