"""What conditions can be made of here: declared and seen facts, their properties, attributes, words of values."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.profile import fields
from zhiji.flow.profile.channels import channel_labels
from zhiji.flow.profile.queries import owned_sql, tag_names
from zhiji.flow.profile.words import GENDERS
from zhiji.flow.segment.catalogue.picker import Picker
from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.offered import OfferedCondition, OfferedField, conditions_offered
from zhiji.flow.segment.conditions.words import MEASURE_LABELS, Names, Words
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.models import SchemeClass
from zhiji.kernel.facts import FactType, asleep, fact_types
from zhiji.kernel.places import AREAS
from zhiji.kernel.registry import offered, withheld
from zhiji.records.models import CustomField
from zhiji.records.queries import at_work, declared

SEEN_FACTS = """
WITH RECURSIVE names AS (
    (SELECT name FROM kernel_fact ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT f.name FROM kernel_fact f WHERE f.name > n.name ORDER BY f.name LIMIT 1)
    FROM names n WHERE n.name IS NOT NULL
) SELECT name FROM names WHERE name IS NOT NULL LIMIT 500
"""
_FACTS = f"""kernel_fact WHERE name = %(fact)s AND (%(owner)s::bigint IS NULL OR customer_id IN
    (SELECT id FROM resolve_customer WHERE {owned_sql("root_id")})) ORDER BY occurred_at DESC"""
_PORTRAITS = f"profile_portrait WHERE {owned_sql('customer_id')} ORDER BY customer_id DESC"
SEEN_PROPERTIES = f"""
SELECT key, mode() WITHIN GROUP (ORDER BY jsonb_typeof(value)) FROM (
    SELECT properties FROM {_FACTS} LIMIT 200
) f, LATERAL jsonb_each(CASE WHEN jsonb_typeof(properties) = 'object' THEN properties ELSE '{{}}' END)
GROUP BY key ORDER BY key LIMIT 100
"""
SEEN_CITIES = f"""
SELECT region, city FROM (SELECT region, city FROM {_PORTRAITS} LIMIT 20000) p
WHERE region <> '' AND city <> '' GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 600
"""
JSON_TYPES = {"number": "number", "boolean": "flag", "array": "list", "date": "date"}
SEEN_VALUES = f"""
SELECT value, count(*) FROM (
    SELECT properties->>%(name)s AS value FROM {_FACTS} LIMIT 2000
) f WHERE value <> '' AND length(value) < 80 GROUP BY value ORDER BY 2 DESC, 1 LIMIT 50
"""


@dataclass(frozen=True)
class Choice:
    """Something to choose: its key, how it reads, its type, and the picker of its values where there is one.

    Types are text, number, money, flag, date and list.
    """

    key: str
    label: str
    type: str = "text"
    picker: str = ""


def words() -> Words:
    return Words(chinese=(get_language() or "zh").startswith("zh"), names=Names())


def facts() -> list[Choice]:
    """Fact names: those seen here first, then those declared."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN_FACTS)
        seen = [name for (name,) in cursor.fetchall()]
    say, known = words(), dict.fromkeys([*seen, *sorted(fact_types())])
    return [Choice(name, say.fact(name)) for name in known if name not in asleep()]


def properties(fact: str, owner: int | None = None) -> list[Choice]:
    """A fact's properties: declared ones with their type, then those seen on its newest facts, of everybody's or of one
    owner's customers'."""
    say, kind, pickers = words(), fact_types().get(fact), _pickers()
    found = {
        one.name: Choice(
            one.name,
            say.property(fact, one.name),
            "text" if one.type == "time" else one.type,
            pickers.get(one.name, ""),
        )
        for one in (kind.properties if kind else ())
    }
    with connection.cursor() as cursor:
        cursor.execute(SEEN_PROPERTIES, {"fact": fact, "owner": owner})
        for name, seen in cursor.fetchall():
            found.setdefault(name, Choice(name, name, JSON_TYPES.get(seen, "text"), pickers.get(name, "")))
    return list(found.values())


def _pickers() -> dict[str, str]:
    """{property: picker} of what apps offer."""
    return {name: one.name for one in offered(Picker) for name in one.properties}


def values(fact: str, name: str, owner: int | None = None) -> list[str]:
    """The values that a property most often had lately, among everybody's facts or those of one owner's customers."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN_VALUES, {"name": name, "fact": fact, "owner": owner})
        return [value for value, _count in cursor.fetchall()]


def attributes(owner: int | None = None, hidden: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Portrait columns with the values to choose from, declared fields, and other custom fields seen on recent
    portraits, of everybody or of one owner's customers; none of the `hidden` ones."""
    say = words()
    found: list[dict[str, Any]] = [
        {
            "key": key,
            "label": say.label(known.label),
            "type": known.type,
            "values": _attribute_values(key, owner),
            "closed": key in ("birthday_calendar", "owner"),
        }
        for key, known in ATTRIBUTES.items()
    ]
    known = declared()
    found += [_declared(one) for one in at_work(known.values()) if one.key not in hidden]
    found += [
        {"key": CUSTOM + key, "label": key, "type": JSON_TYPES.get(seen, "text"), "values": [], "custom": True}
        for key, seen in fields.seen(owner)
        if key not in known
    ]
    return found


def _declared(one: CustomField) -> dict[str, Any]:
    """A declared field: what it is compared as, by which operators, and the values to choose from."""
    return {
        "key": one.path,
        "label": one.label,
        "type": "text" if one.apart else one.kind.compared,
        "values": [] if one.apart else one.choices_known,
        "closed": one.kind.chosen and not one.apart,
        "ops": list(one.operators),
        "custom": True,
    }


def _attribute_values(key: str, owner: int | None) -> list[tuple[str, str]]:
    """(value, label) of what a text column holds, the most frequent first."""
    if key == "birthday_calendar":
        return [("solar", _("公历")), ("lunar", _("农历"))]
    if key == "owner":
        return [(one.username, str(one)) for one in User.objects.filter(is_active=True).order_by("display_name")[:500]]
    if key not in ("gender", "region", "city"):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key} FROM (SELECT {key} FROM {_PORTRAITS} LIMIT 5000) p"
            f" WHERE {key} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 60",
            {"owner": owner},
        )
        labels = GENDERS if key == "gender" else {}
        return [(value, str(labels.get(value, value))) for (value,) in cursor.fetchall()]


def places(owner: int | None = None) -> list[dict[str, Any]]:
    """The tree of areas, provinces and the cities seen there: {value, label, inner}."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN_CITIES, {"owner": owner})
        cities: dict[str, list[str]] = {}
        for province, city in cursor.fetchall():
            cities.setdefault(province, []).append(city)

    def branch(value: str, inner: list[dict[str, Any]]) -> dict[str, Any]:
        return {"value": value, "label": value.rpartition("/")[2], "inner": inner}

    return [
        branch(area, [branch(one, [branch(f"{one}/{city}", []) for city in cities.get(one, ())]) for one in provinces])
        for area, provinces in AREAS.items()
    ]


def _schemes() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    rows = SchemeClass.objects.filter(position__gte=0).select_related("scheme").order_by("scheme_id", "position")
    for one in rows:
        scheme = found.setdefault(one.scheme.key, {"key": one.scheme.key, "label": one.scheme.name, "classes": []})
        scheme["classes"].append([one.key, one.name, one.colour])
    return list(found.values())


def _offered() -> list[dict[str, Any]]:
    """What other apps offer, with the fields to fill in; not what desks that are off would."""
    say, asleep = words(), {one.name for _desk, one in withheld(OfferedCondition)}

    def field(offer: OfferedCondition, one: OfferedField) -> dict[str, Any]:
        given = [(key, say.label(label)) for key, label in one.choices] or offer.choices(one.name)
        first = (
            given[0][0] if one.required and given else {"last": 30, "unit": "days"} if one.type == "window" else None
        )
        return {
            "name": one.name,
            "label": say.label(one.label),
            "type": one.type,
            "needed": one.required,
            "choices": given or None,
            "first": first,
        }

    return [
        {"name": name, "label": say.label(one.label), "fields": [field(one, part) for part in one.fields]}
        for name, one in conditions_offered().items()
        if name not in asleep
    ]


def lessened() -> list[FactType]:
    """The facts from whose sums another kind of fact can be taken off."""
    return [one for one in fact_types().values() if one.lessened_by]


def everything(owner: int | None = None, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What the builder is given, as JSON; values are those seen of everybody or of one owner's customers."""
    known, say = definitions(), words()
    return {
        "facts": [[one.key, one.label] for one in facts()],
        "lessened": {one.name: [one.lessened_by, say.fact(one.lessened_by)] for one in lessened()},
        "attributes": attributes(owner, hidden),
        "measures": [[key, say.label(label)] for key, label in MEASURE_LABELS.items()],
        "segments": [[key, known.names.segments[key]] for key in known.segments],
        "schemes": _schemes(),
        "tags": tag_names()[:500],
        "channels": [[key, label] for key, label in channel_labels().items()],
        "places": places(owner),
        "offered": _offered(),
        "words": {word: say(word) for word in WORDS},
    }


WORDS = (
    *("eq", "ne", "gt", "ge", "lt", "le", "in", "not_in", "contains", "starts", "between", "empty", "not_empty"),
    *("has_any", "has_all", "count", "sum", "average", "min", "max", "distinct", "first", "last"),
    *("recency", "frequency", "monetary", "top", "bottom"),
    *("minutes", "hours", "days", "weeks", "months", "quarters", "years"),
)
