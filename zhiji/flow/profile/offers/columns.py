"""The columns of the customer list that portraits, measures, contact points and tags fill."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile import contacts
from zhiji.flow.profile.columns import Column
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.offers.filters import PRIORITIES
from zhiji.flow.profile.queries import tags_of
from zhiji.flow.profile.words import GENDERS

COLOURS = ("gray", "blue", "orange", "red")


def _ids(rows: Sequence[Portrait]) -> list[int]:
    return [row.customer_id for row in rows]


def _of(name: str) -> Any:
    return lambda rows, user: {row.customer_id: getattr(row, name) for row in rows}


def _place(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
    return {row.customer_id: " ".join(dict.fromkeys(filter(None, (row.region, row.city)))) for row in rows}


def _owner(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
    return {row.customer_id: str(row.owner) if row.owner else "" for row in rows}


def _gender(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
    return {row.customer_id: GENDERS.get(row.gender, row.gender) for row in rows}


def _priority(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
    return {row.customer_id: (PRIORITIES[row.priority][1], COLOURS[row.priority]) for row in rows if row.priority}


def _measure(name: str) -> Any:
    """A measure, of the row that the list attached."""
    return lambda rows, user: {row.customer_id: getattr(row.measures, name, None) for row in rows}


def _mask(kind: str) -> Any:
    return lambda rows, user: contacts.masked_values(_ids(rows), kind)


OFFERS = (
    Column("phone", _("手机"), _mask("phone"), shown=True, position=10),
    Column("email", _("邮箱"), _mask("email"), position=11),
    Column("place", _("地区"), _place, shown=True, position=12),
    Column("gender", _("性别"), _gender, position=13),
    Column("amount_365d", _("近 365 天金额"), _measure("amount_365d"), "money", "amount_365d", True, 30),
    Column("amount_ever", _("累计金额"), _measure("amount_ever"), "money", "amount_ever", False, 31),
    Column("orders_365d", _("近 365 天订单数"), _measure("orders_365d"), "number", "", True, 32),
    Column("last_order", _("最近下单"), _measure("last_order_at"), "ago", "", False, 33),
    Column("owner", _("负责人"), _owner, shown=True, position=40),
    Column("priority", _("优先级"), _priority, "badge", position=41),
    Column("tags", _("标签"), lambda rows, user: tags_of(_ids(rows)), "badges", shown=True, position=42),
    Column("registered", _("注册"), _of("registered_at"), "day", "registered", False, 50),
    Column("last_seen", _("最近来访"), _of("last_seen_at"), "ago", "last_seen", True, 51),
)
