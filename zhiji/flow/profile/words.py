"""What genders and the words in facts are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile.channels import channel_labels

GENDERS = {"male": _("男"), "female": _("女"), "m": _("男"), "f": _("女")}
_WORDS = {
    "address": _("地址"),
    "call": _("电话"),
    "cancelled": _("已取消"),
    "done": _("已完成"),
    "follow_up": _("跟进"),
    "dropped": _("已放弃"),
    "marketing": _("营销"),
    "open": _("待办"),
    "organisation": _("单位"),
    "person": _("个人"),
    "service": _("服务"),
    "traits": _("来源所说"),
    "transactional": _("交易"),
    "visit": _("拜访"),
}
_WORDED = frozenset({"channel", "kind", "proof", "purpose", "state"})


def word_of(property: str, value: Any) -> Any:
    """A value of a fact's property as people read it, where it is a word of ours; any other as it is."""
    if property not in _WORDED or not isinstance(value, str):
        return value
    found = _WORDS.get(value) or channel_labels().get(value)
    return value if found is None else str(found)
