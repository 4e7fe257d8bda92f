"""Custom fields in the customer list: those that are kept here, what they hold, and each as a filter of the list.

In the address a field is named in brackets, as OpenAPI's deepObject has it: `field[会员等级]=金卡`, also several times;
`field_min[身高]=170&field_max[身高]=180` of numbers, `field_from[到期日]=2026-01-01` and `field_to[…]` of days,
`field_held[备注]=1` of whoever has it. A declared field is asked by its type, and only by who may read it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.sealing import AS_GIVEN, TOKEN
from zhiji.flow.profile import field_filters
from zhiji.flow.profile.field_filters import ANSWERS, KEY, Reading, filter_of
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.visibility import only_owner, owned_sql, visible_to
from zhiji.records.filters import Kind
from zhiji.records.naming import MISNAMED, misnamed
from zhiji.records.queries import at_work, declared, hidden_from

Rows = QuerySet[Portrait]
MOST, SAMPLE, VALUES, LONGEST = 20, 5_000, 50, 80
KINDS: dict[str, Kind] = {
    "": "choice",
    "_min": "range",
    "_max": "range",
    "_from": "dates",
    "_to": "dates",
    "_held": "flag",
}
KIND_OF: dict[str, Kind] = {"number": "range", "date": "dates", "string": "choice", "boolean": "choice"}
"""What a field is asked by, after what most of its values are in JSON; of lists the list asks nothing."""
NAMED = re.compile(rf"{KEY}(_min|_max|_from|_to|_held|)\[(.+)\]", re.DOTALL)
UNKNOWN = _("没有这个自定义字段")
MANY = _("一次最多按 20 个自定义字段筛选，请去掉几个")
SEEN = f"""
SELECT key, mode() WITHIN GROUP (ORDER BY CASE
    WHEN jsonb_typeof(value) = 'string' AND value #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\d$' THEN 'date'
    ELSE jsonb_typeof(value) END)
FROM (
    SELECT attributes FROM profile_portrait WHERE {owned_sql("customer_id")} ORDER BY customer_id DESC LIMIT 500
) p, LATERAL jsonb_each(attributes)
GROUP BY key ORDER BY key LIMIT 100
"""


def described() -> list[dict[str, Any]]:
    """The parameters as OpenAPI describes them."""
    kinds: dict[str, tuple[dict[str, Any], str]] = {
        "": ({"type": "array", "items": {"type": "string"}}, "custom field → what it is, one of several"),
        "_min": ({"type": "number"}, "custom field → the least number"),
        "_max": ({"type": "number"}, "custom field → the greatest number"),
        "_from": ({"type": "string", "format": "date"}, "custom field → the first day"),
        "_to": ({"type": "string", "format": "date"}, "custom field → the last day"),
        "_held": ({"type": "string"}, "custom field → 1: those who have one"),
    }
    common = {"in": "query", "required": False, "style": "deepObject", "explode": True}
    return [
        {
            **common,
            "name": f"{KEY}{ending}",
            "schema": {"type": "object", "additionalProperties": one},
            "description": says,
        }
        for ending, (one, says) in kinds.items()
    ]


def asked(query: QueryDict, user: User) -> list[Filter]:
    """A filter for each field that the address asks of and `user` may read, at most MOST."""
    named = _named(query)
    known = declared() if named else {}
    hidden = hidden_from(user, known)
    return [filter_of(name, KINDS[ending], known.get(name)) for name, ending in named if name not in hidden][:MOST]


def refused(query: QueryDict, user: User) -> Iterator[tuple[str, str | Promise]]:
    """(parameter, why) of those that would name a field, of fields that the user may not read, and beyond MOST."""
    known = {name for one in asked(query, user) for name in one.parameters}
    named = {name for name in query if name.startswith(KEY) and name.endswith("]")}
    for name in sorted(named - known):
        match = NAMED.fullmatch(name)
        yield name[:100], _why(match[2] if match else "", user)


def _why(name: str, user: User) -> str | Promise:
    if misnamed(name):
        return MISNAMED.reason
    return UNKNOWN if name in hidden_from(user) else MANY


def _named(query: QueryDict) -> list[tuple[str, str]]:
    """(field, ending) as the address names them, each kind of question once."""
    found = [(match[2], match[1]) for name in query if (match := NAMED.fullmatch(name)) and not misnamed(match[2])]
    once = {(name, KINDS[ending]): (name, ending) for name, ending in found}
    return list(once.values())


def seen(owner: int | None = None) -> list[tuple[str, str]]:
    """(field, what most of its values are: string, number, boolean, array, object or date) of recent portraits, of
    everybody's or of one owner's customers."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {"owner": owner})
        return list(cursor.fetchall())


def offered_to(user: User) -> list[Filter]:
    """A filter for each declared field that `user` may read, and for each other one seen lately among the customers
    that they see."""
    known = declared()
    told = [
        filter_of(one.key, field_filters.KIND_OF[one.asked], one)
        for one in at_work(known.values())
        if one.readable_by(user)
    ]
    others = [(name, KIND_OF[kind]) for name, kind in seen(only_owner(user)) if kind in KIND_OF and name not in known]
    return told + [filter_of(name, kind) for name, kind in others if not name.endswith(AS_GIVEN)]


def values(user: User, name: str) -> list[tuple[str, Any]]:
    """(value, label) of what the field most often is among those that `user` sees; contact values aren't among them."""
    field = declared().get(name)
    if field is not None and (field.kind.chosen or field.type == "flag"):
        return field.choices_known or list(ANSWERS)
    some = visible_to(user).filter(attributes__has_key=name).values_list(Reading(name, "text"), flat=True)[:SAMPLE]
    count = Counter(one for one in some if one and len(one) <= LONGEST and not TOKEN.search(one))
    words = dict(ANSWERS)
    return [(value, words.get(value, value)) for value, _times in count.most_common(VALUES)]
