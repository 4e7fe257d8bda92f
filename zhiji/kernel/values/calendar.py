"""The calendar by which somebody keeps a birthday."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

NO_CALENDAR = Refusal(_("应是 公历 或 农历"))

_MEANT = dict.fromkeys(["solar", "公历", "阳历", "新历"], "solar") | dict.fromkeys(
    ["lunar", "农历", "阴历", "旧历"], "lunar"
)


def parse(text: str) -> str | Refusal:
    """`solar` or `lunar`."""
    return _MEANT.get(narrow(cell(text[:100])).lower(), NO_CALENDAR)
