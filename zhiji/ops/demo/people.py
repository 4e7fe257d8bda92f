"""The invented part of the demo: who the households are. The same household is always the same person.

Names, genders, phones, e-mails, addresses, birthdays, cities and shop names are made up by seeded generators;
phones have a valid shape but begin with 199 0000, e-mails are @example.com, or @bounce.example, which bounces.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

from faker import Faker

from zhiji.kernel import clock
from zhiji.ops.demo import words

STRANGERS = 60  # registered customers who never bought
FIRST_STRANGER = 900_001
WEEK = timedelta(days=7)


def stores(ids: list[str]) -> list[dict[str, Any]]:
    """A name and a place for each shop, the busiest first: {id, name, region, city}."""
    places = [(province, city) for province, city, share in words.PLACES for _ in range(share)]
    random.Random(7).shuffle(places)  # noqa: S311 - the same shops every time
    found = []
    for number, one in enumerate(ids):
        province, city = places[number % len(places)]
        road = words.ROADS[(number * 7 + number // len(words.ROADS)) % len(words.ROADS)]
        found.append({"id": one, "name": f"{city}{road}路店 {one}", "region": province, "city": city})
    return found


def customers(
    households: list[dict[str, Any]], shops: list[dict[str, Any]], now: datetime, share: float = 1.0
) -> list[dict[str, Any]]:
    """A row per household, and the strangers who registered but never bought."""
    faker = Faker("zh_CN")
    homes = {shop["id"]: shop for shop in shops}
    rows = [_person(faker, row, homes[row["store"]], now) for row in households]
    for number in range(max(1, round(STRANGERS * share))):
        shop = shops[number % min(len(shops), 40)]
        # Every fifth one's week is nearly over: the reminder comes minutes, hours or a day after the demo starts.
        nearly = timedelta(minutes=3 * 2 ** (number // 5))
        since = WEEK - nearly if number % 5 == 0 else timedelta(days=8 + number * 3.1)
        blank = dict.fromkeys(("age", "income", "home", "marriage", "size", "kids"))
        row = {"id": FIRST_STRANGER + number, "first_at": None, **blank}
        rows.append(_person(faker, row, shop, now, registered=now - since))
    return rows


def _person(
    faker: Faker, row: dict[str, Any], shop: dict[str, Any], now: datetime, registered: datetime | None = None
) -> dict[str, Any]:
    faker.seed_instance(row["id"])
    chance = random.Random(row["id"])  # noqa: S311 - the same person every time
    gender = chance.choice(("male", "female", "female"))
    name = faker.name_male() if gender == "male" else faker.name_female()
    domain = "bounce.example" if chance.random() < 0.012 else "example.com"
    number = row["id"] % 10_000_000
    if registered is None:
        first = row["first_at"].replace(tzinfo=clock.zone())
        registered = first - timedelta(days=chance.randint(0, 3), minutes=chance.randint(15, 600))
    return {
        "id": str(row["id"]),
        "name": name,
        "gender": {"male": "男", "female": "女"}[gender],
        "birthday": _birthday(chance, row["age"], clock.day_of(now)).isoformat(),
        "calendar": "农历" if chance.random() < 0.18 else "公历",
        "province": shop["region"],
        "city": shop["city"],
        "phone": f"1990{number:07d}",
        "email": f"hu{row['id']}@{domain}",
        "address": f"{shop['city']}{faker.street_name()}{chance.randint(1, 300)}号",
        "registered_at": registered.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M:%S"),
        "consent": "是" if chance.random() < 0.86 else "否",
        "age": row["age"],
        "income": words.INCOMES.get(row["income"] or ""),
        "home": words.HOMES.get(row["home"] or ""),
        "marriage": {"Married": "已婚", "Unmarried": "未婚"}.get(row["marriage"] or ""),
        "household_size": row["size"],
        "kids": row["kids"],
    }


def _birthday(chance: random.Random, age: str | None, today: date) -> date:
    """A day of birth that fits the age band, or any adult's."""
    youngest, oldest = words.AGES.get(age or "", (22, 68))
    return today - timedelta(days=chance.randint(youngest * 365 + 10, oldest * 365 + 350))
