"""The filters of the customer list that portraits, measures and tags answer."""

from decimal import Decimal
from math import ceil, floor
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role, User
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Portrait, Tag, Tagging
from zhiji.flow.profile.queries import tag_names
from zhiji.kernel.given import whole
from zhiji.kernel.places import PROVINCES
from zhiji.kernel.values import tag
from zhiji.records.filters import Chosen, days

Rows = QuerySet[Portrait]
NOBODY = "none"
SCORES = tuple((str(score), str(score)) for score in (5, 4, 3, 2, 1))
PRIORITIES = (("0", _("普通")), ("1", _("较高")), ("2", _("高")), ("3", _("最高")))


def _named(rows: Rows, chosen: Chosen) -> Rows:
    return rows.filter(name_key__gt="")


def _region(rows: Rows, chosen: Chosen) -> Rows:
    return rows.filter(region__in=chosen.values)


def _regions(user: User) -> list[tuple[str, str]]:
    return [(one, one) for one in PROVINCES]


def _owner(rows: Rows, chosen: Chosen) -> Rows:
    wanted = Q(owner_id__in=[one for value in chosen.values if (one := whole(value)) is not None])
    return rows.filter(wanted | Q(owner_id=None) if NOBODY in chosen.values else wanted)


def _owners(user: User) -> list[tuple[str, Any]]:
    if user.role == Role.SALES:
        return [(str(user.pk), str(user))]
    people = User.objects.filter(is_active=True, role__in=(Role.SALES, Role.MANAGER, Role.SERVICE, Role.ADMINISTRATOR))
    return [(NOBODY, _("无负责人")), *((str(one.pk), str(one)) for one in people.order_by("display_name"))]


def _tag(rows: Rows, chosen: Chosen) -> Rows:
    """The tags' ids first: only of a known id can the database tell how many customers it leads to."""
    tags = list(Tag.objects.filter(key__in=map(tag.key, chosen.values)).values_list("id", flat=True))
    return rows.filter(customer_id__in=Tagging.objects.filter(tag_id__in=tags).values("customer_id"))


def _tags(user: User) -> list[tuple[str, str]]:
    return [(name, name) for name in tag_names()]


def _priority(rows: Rows, chosen: Chosen) -> Rows:
    return rows.filter(priority__in=[int(value) for value in chosen.values if value in {"0", "1", "2", "3"}])


def _scored(measure: str) -> Any:
    def apply(rows: Rows, chosen: Chosen) -> Rows:
        wanted = [int(value) for value in chosen.values if (value, value) in SCORES]
        return rows.filter(**{f"measures__{measure}_score__in": wanted})

    return apply


def _score_is(measure: str) -> Any:
    def condition(chosen: Chosen) -> dict[str, Any]:
        wanted = [int(value) for value in chosen.values if (value, value) in SCORES]
        return {
            "kind": "any",
            "of": [{"kind": "score", "measure": measure, "op": "eq", "value": one} for one in wanted],
        }

    return condition


def _between(measure: str, *, whole: bool = False) -> Any:
    """Who never did anything has no row of measures: what such a customer adds up to is nothing."""

    def apply(rows: Rows, chosen: Chosen) -> Rows:
        bounds = {"gte": (chosen.low, ceil), "lte": (chosen.high, floor)}
        wanted = Q(
            **{
                f"measures__{measure}__{op}": inward(bound) if whole else bound
                for op, (bound, inward) in bounds.items()
                if bound is not None
            }
        )
        nothing = (chosen.low is None or chosen.low <= 0) and (chosen.high is None or chosen.high >= 0)
        return rows.filter(wanted | Q(measures=None) if nothing else wanted)

    return apply


def _one_of(name: str) -> Any:
    return lambda chosen: {"kind": "attribute", "name": name, "op": "in", "value": list(chosen.values)}


def _any_tag(chosen: Chosen) -> dict[str, Any]:
    return {"kind": "any", "of": [{"kind": "tag", "tag": tag} for tag in chosen.values]}


def _owner_is(chosen: Chosen) -> dict[str, Any]:
    """By user name, as conditions know owners; nobody's customers by the empty owner."""
    ids = [one for value in chosen.values if (one := whole(value)) is not None]
    names = list(User.objects.filter(pk__in=ids).values_list("username", flat=True))
    parts: list[dict[str, Any]] = [{"kind": "attribute", "name": "owner", "op": "in", "value": names}] if names else []
    if NOBODY in chosen.values:
        parts.append({"kind": "attribute", "name": "owner", "op": "empty"})
    return {"kind": "any", "of": parts}


def _priority_is(chosen: Chosen) -> dict[str, Any]:
    numbers = [one for value in chosen.values if (one := whole(value, 3)) is not None]
    return {"kind": "attribute", "name": "priority", "op": "in", "value": numbers}


def _since(name: str) -> Any:
    def condition(chosen: Chosen) -> dict[str, Any]:
        ask = {"kind": "elapsed", "attribute": name, "unit": "days", "direction": "since"}
        bounds = (("le", chosen.within), ("gt", chosen.before))
        return {"kind": "all", "of": [{**ask, "op": op, "value": days} for op, days in bounds if days is not None]}

    return condition


def _orders(measure: str, property: str | None, days: int | None) -> Any:
    def condition(chosen: Chosen) -> dict[str, Any]:
        window = {"last": days, "unit": "days"} if days else None
        ask: dict[str, Any] = {"kind": "behaviour", "fact": "order_paid", "measure": measure, "property": property}
        ask |= {"window": window, "where": [], "less": "order_refunded" if property else None}
        bounds = (("ge", chosen.low), ("le", chosen.high))
        return {
            "kind": "all",
            "of": [{**ask, "op": op, "value": _json(bound)} for op, bound in bounds if bound is not None],
        }

    return condition


def _json(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _is_named(chosen: Chosen) -> dict[str, Any]:
    return {"kind": "attribute", "name": "name", "op": "not_empty"}


OFFERS = (
    Filter("named", _("有姓名"), "flag", _named, 5, condition=_is_named),
    Filter("owner", _("负责人"), "choice", _owner, 30, _owners, _owner_is),
    Filter("tag", _("标签"), "choice", _tag, 31, _tags, _any_tag),
    Filter("region", _("地区"), "choice", _region, 32, _regions, _one_of("region")),
    Filter("priority", _("优先级"), "choice", _priority, 33, lambda user: PRIORITIES, _priority_is),
    Filter("last_seen", _("最近来访"), "days", days("sight__at"), 40, condition=_since("last_seen_at")),
    Filter("registered", _("注册"), "days", days("registered_at"), 41, condition=_since("registered_at")),
    Filter("amount_365d", _("近 365 天金额"), "range", _between("amount_365d"), 50,
           condition=_orders("sum", "amount", 365), unit=_("元")),
    Filter("amount_ever", _("累计金额"), "range", _between("amount_ever"), 51,
           condition=_orders("sum", "amount", None), unit=_("元")),
    Filter("orders_365d", _("近 365 天订单数"), "range", _between("orders_365d", whole=True), 52,
           condition=_orders("count", None, 365), unit=_("单")),
    Filter("recency", _("新近得分（R）"), "choice", _scored("recency"), 60, lambda user: SCORES, _score_is("recency")),
    Filter("frequency", _("频次得分（F）"), "choice", _scored("frequency"), 61, lambda user: SCORES,
           _score_is("frequency")),
    Filter("monetary", _("金额得分（M）"), "choice", _scored("monetary"), 62, lambda user: SCORES,
           _score_is("monetary")),
)  # fmt: skip
