"""What the soak draws: trees of every kind that follows from what was told alone, events, edits, moments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from zhiji.flow.segment.tests.trees import KINDS, Trees
from zhiji.flow.segment.tests.vocabulary import CHANNELS, CITIES, PRODUCTS, REGIONS, TAGS

Tree = dict[str, Any]
APART = {"rank", "score"}
"""Kinds that rest on cut points, which the house publishes when it likes: the machine of test_live.py proves those."""
SENT = {
    "order_paid": "Order Completed",
    "order_refunded": "Order Refunded",
    "product_viewed": "Product Viewed",
    "cart_added": "Product Added",
    "登录": "登录",
    "customer_registered": "Signed Up",
}
AMOUNTS = (10, 20.5, 41, 99.99, 0.5, 1000)
PROPERTIES: dict[str, dict[str, tuple[Any, ...]]] = {
    "order_paid": {
        "category": ("生鲜", "日化"),
        "product_id": PRODUCTS,
        "coupon": ("A1",),
        "gift": (True, False),
        "due": ("2026-02-28", "2025-12-31"),
    },
    "order_refunded": {},
    "product_viewed": {"product_id": PRODUCTS, "category": ("生鲜", "日化"), "price": AMOUNTS},
    "cart_added": {"product_id": PRODUCTS, "category": ("生鲜", "日化"), "price": AMOUNTS, "quantity": (1, 2, 3)},
    "登录": {"设备": ("手机", "电脑"), "n": (1, 2.5, 3), "product_id": PRODUCTS},
    "customer_registered": {},
}
CUSTOM: dict[str, tuple[Any, ...]] = {
    "shoe": (41, 41.5, None),
    "member": (True, False, None),
    "wedding": ("1995-10-01", "2020-06-01", "2024-02-29", None),
    "hobbies": (["摄影"], ["摄影", "跑步"], None),
    "level": ("金", "银", None),
}
BIRTHDAYS = ("1960-02-29", "1980-02-29", "1995-10-01", "2001-12-01", "2001-11-30")


class Draws(Trees):
    """Trees whose answers follow from what was told: not from when the house came to know it."""

    def __init__(self, random: Random, now: date, segments: Sequence[str], schemes: Mapping[str, Sequence[str]]):
        kinds = [one for one in KINDS if one not in APART]
        super().__init__(random, now, segments, schemes, (), kinds)

    def held(self) -> Tree | None:
        return None

    def in_class(self) -> Tree:
        tree = super().in_class()
        tree.pop("previous", None)
        return tree


def properties(random: Random, name: str, message: str) -> dict[str, Any]:
    """A fact's properties; some are left out."""
    drawn = {key: random.choice(values) for key, values in PROPERTIES[name].items() if random.random() < 0.8}
    if name.startswith("order_"):
        drawn |= {"order_id": message, "amount": random.choice(AMOUNTS)}
    return drawn


def edit(random: Random) -> tuple[str, Any]:
    """(part, value) of something that is said of a customer."""
    part = random.choice(
        ("region", "city", "birthday", "birthday_calendar", "priority", "custom", "custom", "tag", "untag", "consent")
    )
    if part == "custom":
        name = random.choice(list(CUSTOM))
        return f"attributes.{name}", random.choice(CUSTOM[name])
    if part == "consent":
        return part, (random.choice(CHANNELS), random.choice((True, False)))
    several: dict[str, Sequence[Any]] = {
        "region": REGIONS[:5], "city": CITIES, "birthday": BIRTHDAYS, "birthday_calendar": ("solar", "lunar"),
        "priority": (0, 1, 2, 3), "tag": TAGS, "untag": TAGS,
    }  # fmt: skip
    return part, random.choice(several[part])


def asked(part: str, value: Any) -> dict[str, Any]:
    """An edit as the API takes it."""
    if part in ("tag", "untag"):
        return {"add_tags" if part == "tag" else "remove_tags": [value]}
    if part == "consent":
        return {"consent": dict([value])}
    if part.startswith("attributes."):
        return {"attributes": {part.removeprefix("attributes."): value}}
    return {part: value}


def stands(record: Mapping[str, Any], part: str, value: Any) -> bool:
    """Whether a customer's record says already what an edit would say."""
    if part in ("tag", "untag"):
        return (value in record["tags"]) == (part == "tag")
    if part == "consent":
        return {"channel": value[0], "granted": value[1]} in [
            {"channel": one["channel"], "granted": one["granted"]}
            for one in record["consents"]
            if one["purpose"] == "marketing"
        ]
    if part.startswith("attributes."):
        return bool(record["attributes"].get(part.removeprefix("attributes.")) == value)
    return bool((record[part] or None) == (value or None))


def moment(random: Random, now: datetime, spans: Sequence[timedelta]) -> datetime:
    """When a fact happened: just now, late by any time, or so that it soon leaves some window."""
    form = random.choice(("now", "now", "late", "edge", "edge", "long ago"))
    if form == "edge" and spans:
        return now - random.choice(spans) + timedelta(seconds=random.uniform(0.5, 20))
    if form == "late":
        return now - timedelta(seconds=random.choice((1, 60, 3600, 86_400, 7 * 86_400)) * random.random())
    return now - timedelta(days=random.choice((30, 60, 90, 200, 400)) * random.random()) if form == "long ago" else now
