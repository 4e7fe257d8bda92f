"""Kinds of notices, offered by apps in `offers/notices.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import may, permissions
from zhiji.kernel.registry import offered


@dataclass(frozen=True)
class NoticeKind:
    """`one` is the sentence of a single notice, with its values (`%(who)s`); `many` that of several, with `%(count)s`.

    Several are one line when they are `together`: of one hour, or about one subject on one day. `permission`: who lacks
    it isn't told. `mail`: whether it goes into mails unless a person says otherwise.
    """

    offered_in: ClassVar[str] = "notices"
    kept_when_off: ClassVar[bool] = True
    key: str
    label: str | Promise
    icon: str
    one: str | Promise
    many: str | Promise
    permission: str = ""
    mail: bool = True
    together: Literal["hour", "subject"] = "hour"


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


@cache
def kinds() -> Mapping[str, NoticeKind]:
    return {one.key: one for one in offered(NoticeKind)}


def kinds_for(user: User) -> list[NoticeKind]:
    """What this user may be told of."""
    return [one for one in kinds().values() if not one.permission or allowed(one, user)]


def allowed(kind: NoticeKind, user: User) -> bool:
    """A desk that is off has no permissions, so nobody is told of its own."""
    return kind.permission in permissions() and may(user, kind.permission)


def sentence(key: str, values: Mapping[str, Any], count: int) -> str:
    """What is told, in the language of whoever reads it now. Values that were erased are a dash."""
    kind = kinds().get(key)
    if kind is None:
        return _("一条旧通知")
    if count > 1:
        return str(kind.many) % {"count": count}
    return str(kind.one) % _Values(values)
