"""What conditions can be made of here: declared and seen facts, their properties, attributes, words of values."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.behaviour import DECLARED
from zhiji.flow.segment.conditions.words import MEASURE_LABELS, Names, Words
from zhiji.flow.segment.world import definitions
from zhiji.kernel.facts import fact_types

SEEN_FACTS = """
WITH RECURSIVE names AS (
    (SELECT name FROM kernel_fact ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT f.name FROM kernel_fact f WHERE f.name > n.name ORDER BY f.name LIMIT 1)
    FROM names n WHERE n.name IS NOT NULL
) SELECT name FROM names WHERE name IS NOT NULL LIMIT 500
"""
SEEN_PROPERTIES = """
SELECT DISTINCT key FROM (
    SELECT properties FROM kernel_fact WHERE name = %s ORDER BY occurred_at DESC LIMIT 200
) f, LATERAL jsonb_object_keys(CASE WHEN jsonb_typeof(properties) = 'object' THEN properties ELSE '{}' END) AS key
LIMIT 100
"""
SEEN_VALUES = """
SELECT value, count(*) FROM (
    SELECT properties->>%s AS value FROM kernel_fact WHERE name = %s ORDER BY occurred_at DESC LIMIT 2000
) f WHERE value <> '' AND length(value) < 80 GROUP BY value ORDER BY 2 DESC LIMIT 50
"""


@dataclass(frozen=True)
class Choice:
    """Something to choose: its key, how it reads, and its type where it has one."""

    key: str
    label: str
    type: str = "text"


def words() -> Words:
    return Words(chinese=(get_language() or "zh").startswith("zh"), names=Names())


def facts() -> list[Choice]:
    """Fact names: those seen here first, then those declared."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN_FACTS)
        seen = [name for (name,) in cursor.fetchall()]
    say = words()
    return [Choice(name, say.fact(name)) for name in dict.fromkeys([*seen, *sorted(fact_types())])]


def properties(fact: str) -> list[Choice]:
    """A fact's properties: declared ones with their type, then those seen on its newest facts."""
    say, kind = words(), fact_types().get(fact)
    found = (
        {one.name: Choice(one.name, say.property(fact, one.name), DECLARED[one.type]) for one in kind.properties}
        if kind
        else {}
    )
    with connection.cursor() as cursor:
        cursor.execute(SEEN_PROPERTIES, [fact])
        for (name,) in cursor.fetchall():
            found.setdefault(name, Choice(name, name))
    return list(found.values())


def values(fact: str, name: str) -> list[str]:
    """The values that a property most often had lately."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN_VALUES, [name, fact])
        return [value for value, _ in cursor.fetchall()]


def attributes() -> list[dict[str, Any]]:
    """Portrait columns with the values to choose from, and custom fields seen on recent portraits."""
    say = words()
    found: list[dict[str, Any]] = [
        {"key": key, "label": say.label(known.label), "type": known.type, "values": _attribute_values(key)}
        for key, known in ATTRIBUTES.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT key FROM (SELECT attributes FROM profile_portrait ORDER BY customer_id DESC LIMIT 500) p,"
            " LATERAL jsonb_object_keys(attributes) AS key LIMIT 100"
        )
        found += [{"key": CUSTOM + key, "label": key, "type": "any", "values": []} for (key,) in cursor.fetchall()]
    return found


def _attribute_values(key: str) -> list[str]:
    if key == "birthday_calendar":
        return ["solar", "lunar"]
    if key not in ("gender", "region", "city"):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key} FROM (SELECT {key} FROM profile_portrait ORDER BY customer_id DESC LIMIT 5000) p"
            f" WHERE {key} <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 60"
        )
        return [value for (value,) in cursor.fetchall()]


def everything() -> dict[str, Any]:
    """What the builder is given, as JSON."""
    known, say = definitions(), words()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM profile_tag ORDER BY name LIMIT 500")
        tags = [name for (name,) in cursor.fetchall()]
    return {
        "facts": [[one.key, one.label] for one in facts()],
        "attributes": attributes(),
        "measures": [[key, say.label(label)] for key, label in MEASURE_LABELS.items()],
        "segments": [[key, known.names.segments[key]] for key in known.segments],
        "schemes": [
            {
                "key": key,
                "label": known.names.schemes[key],
                "classes": [[c.key, known.names.classes[(key, c.key)]] for c in one.classes],
            }
            for key, one in known.schemes.items()
        ],
        "tags": tags,
        "words": {word: say(word) for word in WORDS},
    }


WORDS = [
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "in",
    "not_in",
    "contains",
    "starts",
    "between",
    "empty",
    "not_empty",
    "count",
    "sum",
    "average",
    "min",
    "max",
    "distinct",
    "recency",
    "frequency",
    "monetary",
    "top",
    "bottom",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
]
