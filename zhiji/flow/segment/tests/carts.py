"""Five customers with carts and birthdays, for the house and, just the same, for the oracle."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from lunar_python import Lunar, Solar

from zhiji.flow.segment.tests.oracle import Fact, Oracle, Person

ZONE = "Asia/Shanghai"
CARTS: dict[str, list[tuple[str, timedelta]]] = {
    "何弃": [("cart_added", timedelta(days=3))],
    "何付": [("cart_added", timedelta(days=3)), ("order_paid", timedelta(days=3, hours=-2))],
    "何迟": [("cart_added", timedelta(days=3)), ("order_paid", timedelta(days=1))],
    "何新": [("cart_added", timedelta(hours=3))],
    "何旧": [("cart_added", timedelta(days=10))],
}
BIRTHDAYS: dict[str, tuple[int, str]] = {
    "何弃": (3, "lunar"),
    "何付": (20, "lunar"),
    "何迟": (3, "solar"),
    "何旧": (6, "lunar"),
}
"""In how many days it is kept, by which calendar."""


def birthday(name: str, today: date) -> date | None:
    """A day of 1990 that is kept in so many days."""
    if name not in BIRTHDAYS:
        return None
    ahead, calendar = BIRTHDAYS[name]
    day = today + timedelta(days=ahead)
    if calendar == "solar":
        return date(1990, day.month, min(day.day, 28))
    kept = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    born = Lunar.fromYmd(1990, abs(kept.getMonth()), min(kept.getDay(), 29)).getSolar()
    return date(born.getYear(), born.getMonth(), born.getDay())


def fill(began: str) -> None:
    """Record everything, as of the moment in ISO; run inside the house."""
    from zhiji.kernel.facts import NewFact, record

    now = datetime.fromisoformat(began)
    record(
        NewFact(one["name"], datetime.fromisoformat(one["at"]), "scene", one["key"], one["properties"],
                identity=one["identity"])
        for one in _lines(now)
    )  # fmt: skip


def _lines(now: datetime) -> list[dict[str, Any]]:
    found = []
    for number, (name, facts) in enumerate(CARTS.items()):
        born, calendar = birthday(name, now.date()), BIRTHDAYS.get(name, (0, "solar"))[1]
        traits: dict[str, Any] = {
            "name": name,
            **({"birthday": born.isoformat(), "birthday_calendar": calendar} if born else {}),
        }
        told: list[tuple[str, timedelta, dict[str, Any]]] = [
            ("customer_identified", timedelta(days=12), {"traits": traits})
        ]
        told += [(fact, ago, {"product_id": "P1"}) for fact, ago in facts]
        found += [
            {
                "name": fact,
                "at": (now - ago).isoformat(),
                "key": f"{number}-{fact}",
                "properties": properties,
                "identity": f"user:scene-{number}",
            }
            for fact, ago, properties in told
        ]
    return found


def expected(condition: str, now: datetime) -> set[str]:
    """The names of those for whom a condition, as JSON, holds, by the oracle."""
    oracle = Oracle({}, {}, {}, ZONE)
    return {one.portrait["name"] for one in _persons(now) if oracle.holds(json.loads(condition), one, now)}


def _persons(now: datetime) -> list[Person]:
    return [
        Person(
            id=number + 1,
            facts=[Fact(fact, now - ago, {"product_id": "P1"}) for fact, ago in facts],
            portrait={
                "name": name,
                "birthday": birthday(name, now.date()),
                "birthday_calendar": BIRTHDAYS.get(name, (0, "solar"))[1],
            },
        )
        for number, (name, facts) in enumerate(CARTS.items())
    ]
