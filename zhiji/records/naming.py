"""What a custom field may be called, whether somebody declares it or a program just tells of it."""

import re

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.kernel.values.written import trimmed

LONGEST_NAME = 100  # as events' names
HIDDEN = re.compile("[\\x00-\\x1f\\x7f\\u202a-\\u202e\\u2066-\\u2069]")
"""Control characters, and those that turn the direction of what follows: a name that reads as another."""
MISNAMED = Refusal(_("自定义字段的名称要有 1 到 100 个字，前后没有空格，里面没有换行和看不见的控制字符"))
OURS = """
    id name gender sex birthday birth_date birthdate date_of_birth birthday_calendar region state province city
    registered_at created_at createdat first_seen_at last_seen_at first_name last_name consent owner owner_id priority
    tag tags kind member phone email address place updated_at customer
    姓名 性别 生日 城市 省份 手机 邮箱 地址 负责人 标签 优先级
"""
RESERVED = frozenset(OURS.split())
"""What every customer has anyway: a field of this name would never be told apart from it."""


def misnamed(name: str) -> Refusal | None:
    """Why a custom field can't be called so, if it can't."""
    fits = 1 <= len(name) <= LONGEST_NAME and trimmed(name) == name and not HIDDEN.search(name)
    return None if fits else MISNAMED
