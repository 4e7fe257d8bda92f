"""What may be written into custom fields and by whom, asked by every action that writes them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import Forbidden
from zhiji.flow.profile.lookups import count_once
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.visibility import visible_to
from zhiji.kernel.values import Refusal
from zhiji.records.models import CustomField, WrongValue
from zhiji.records.queries import Fields

LOCK = 0x5A46
"""The first half of the locks of values that only one customer may have."""


class MayNotWrite(Forbidden):
    """The user's role may not write this field; it may not even know whether there is one."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return _("没有自定义字段“%(key)s”，或您的角色不能修改它；请找管理员。") % {"key": self.key}


def allow(changes: Mapping[str, Any], fields: Fields, by: User | None) -> None:
    """Refuse what `by` may not write (`attributes.<key>` → value as given; None or "" empties). The house may.

    Raises MayNotWrite, WrongValue.
    """
    for field, value in _of(changes, fields):
        if by is None:
            continue
        if not field.writable_by(by):
            raise MayNotWrite(field.key)
        if field.archived_at is not None:
            raise WrongValue(field, Refusal(_("字段已归档，不能修改；请先恢复它")))
        if field.required and value in (None, "", []):
            raise WrongValue(field, Refusal(_("必填，不能清空")))


def count_claims(changes: Mapping[str, Any], fields: Fields, by: User | None) -> None:
    """Whoever sees only their own customers is told only so often a day that somebody else has a value. Asked outside
    the transaction that a refusal takes back. Raises TooOften."""
    for field, value in _of(changes, fields):
        if by is not None and field.unique and value is not None:
            count_once(by, field.key, str(value))


def claim(values: Mapping[str, Any], fields: Fields, roots: Collection[int], by: User | None) -> None:
    """Keep what only one customer may have for these `roots`, until the transaction ends. `values` are as kept.

    Of two that come at once the second waits, and then sees what the first has kept. Raises WrongValue.
    """
    wanted = [(field, value) for field, value in _of(values, fields) if field.unique and value is not None]
    for field, value in sorted(wanted, key=lambda one: one[0].pk):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, f"{field.pk}:{value}"])
        if len(roots) > 1:
            raise WrongValue(field, Refusal(_("不能重复，一次只能给一位客户")))
        there = Portrait.objects.filter(merged=False, attributes__contains={field.key: value})
        if others := list(there.exclude(customer_id__in=roots).values_list("customer_id", flat=True)[:5]):
            raise WrongValue(field, Refusal(_taken(others, by)))


def _taken(others: list[int], by: User | None) -> str:
    """That somebody has the value, and who of those whom the user sees."""
    seen = [] if by is None else list(visible_to(by).filter(customer_id__in=others))
    if not seen:
        return _("不能重复，已有别的客户是这个值")
    named = _("、").join(f"{one.name or _('未具名')}（{one.pk}）" for one in seen)
    return _("不能重复，客户%(named)s已是这个值") % {"named": named}


def _of(changes: Mapping[str, Any], fields: Fields) -> list[tuple[CustomField, Any]]:
    """The declared fields among the parts, each with its value."""
    named = ((part.removeprefix("attributes."), value) for part, value in changes.items() if "." in part)
    return [(fields[key], value) for key, value in named if key in fields]
