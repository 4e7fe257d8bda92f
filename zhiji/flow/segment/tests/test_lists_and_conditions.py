"""Every filter of the customer list asks the same as the condition that it is saved as, of a crowd with odd values."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.http import QueryDict

from zhiji.access.models import Role, User
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Portrait, Sight, Tag, Tagging
from zhiji.flow.segment import actions
from zhiji.flow.segment.definitions.cut_points import publish_now
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.tests.shop import BUYERS, CLASSES, OFTEN
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.registry import offered

pytestmark = pytest.mark.django_db
RANGES = [("0", ""), ("", "0"), ("", "100"), ("0.01", "100"), ("100", "100"), ("1", "3"), ("-5", "-1"), ("99.9999", "")]
DAYS = [("30", ""), ("", "30"), ("1", ""), ("60", "29"), ("", "1"), ("36500", "")]
AMOUNTS: list[list[Any]] = [
    [], [100], ["100.00", "0"], [-5], ["much"], [50, 50], [33.33335, None], [100.00004], [1, 2, 3, 4], [10**9], [250],
]  # fmt: skip
FIELDS = ["身高/体重", "a.b", 'it\'s "100%"', "x]_min", "长" * 100]
HELD: list[Any] = [
    170, "170", 170.0, 170.5, "170.50", True, "true", ["a", "b"], {"a": 1}, "2026-01-15", "2026-02-30", "", None,
    "100%", "a'b\"\\", 10**14, -0.00004, "2025-12-31", "null", "-0", 0, 12345678901234567890, "NaN", "金卡", 3.14159,
]  # fmt: skip
ASKED = [
    "170", "170.5", "170.50", "true", "false", '["a", "b"]', '["a","b"]', '{"a": 1}', "100%", "a'b\"\\", "null", "-0",
    "0", "12345678901234567890", "NaN", "Infinity", "金卡", "金", "1e2", "3.14159", "[" * 900, "9" * 900, "-0.00004",
]  # fmt: skip
DATES = [("2026-01-01", ""), ("", "2026-01-15"), ("2025-12-31", "2026-01-15"), ("2026-02-01", "2026-01-01")]
NAMES = ["", "　", "王芳", "-", " ", "Ann", "0", "林", "李", "赵", "孙"]


@pytest.fixture
def crowd(alice: User) -> None:
    """Customers with odd amounts, names, places, tags and moments on the edges of days, some with nothing at all."""
    now, owner = clock.now(), User.objects.create_user("bo", role=Role.SALES)
    facts = [
        NewFact("customer_identified", now, "test", f"who-{at}", {"traits": {"name": name}}, identity=f"user:{at}")
        for at, name in enumerate(NAMES)
    ]
    for at, amounts in enumerate(AMOUNTS):
        for number, amount in enumerate(amounts):
            moment = now - timedelta(days=number * 120, hours=1)
            facts.append(
                NewFact("order_paid", moment, "test", f"o{at}-{number}", {"amount": amount}, identity=f"user:{at}")
            )
    facts.append(NewFact("order_refunded", now, "test", "back", {"amount": 150}, identity="user:10"))
    record(facts)
    run_once()
    for at, pk in enumerate(Portrait.objects.order_by("pk").values_list("pk", flat=True)):
        day = datetime.combine(clock.day_of(now) - timedelta(days=29 + at % 3), datetime.min.time(), clock.zone())
        edge = day + (timedelta(), timedelta(hours=23, minutes=59), timedelta(hours=12))[at // 3 % 3]
        Portrait.objects.filter(pk=pk).update(
            region=["", "浙江", "上海"][at % 3], priority=at % 4,
            owner=owner if at % 2 else None, registered_at=None if at == 5 else edge, last_seen_at=edge,
        )  # fmt: skip
        Sight.objects.filter(pk=pk).update(at=edge)
    for name in ("VIP", "新客"):
        made = Tag.objects.create(name=name, key=name.lower())
        for pk in Portrait.objects.order_by("pk").values_list("pk", flat=True)[: len(name)]:
            Tagging.objects.create(tag=made, customer_id=pk)
    actions.create_segment(by=None, key="buyers", name="买家", condition=BUYERS)
    actions.create_segment(by=None, key="often", name="常客", condition=OFTEN)
    actions.create_scheme(by=None, key="plan", name="方案", classes=CLASSES)
    publish_now(now, ["recency", "frequency", "monetary"], by=None)
    actions.build(now)


def addresses(one: Filter, user: User) -> Iterator[str]:
    """What the list may be asked of a filter."""
    if one.kind == "range":
        yield from (f"{one.key}_min={low}&{one.key}_max={high}" for low, high in RANGES)
    elif one.kind == "days":
        yield from (f"{one.key}_in={within}&{one.key}_before={before}" for within, before in DAYS)
    elif one.kind == "flag":
        yield f"{one.key}=1"
    else:
        values = [value for value, _label in (one.choices(user) if one.choices else ())]
        yield from (f"{one.key}={value}" for value in values)
        yield "&".join(f"{one.key}={value}" for value in values[:3])


def ids(listing: Listing) -> list[int]:
    return list(listing.rows().values_list("pk", flat=True))


def of_fields() -> Iterator[str]:
    """What the list may be asked of custom fields."""
    for name in (*FIELDS, "没有人有"):
        of = quote(f"[{name}]")
        yield from (f"field{of}={quote(value)}" for value in ASKED)
        yield "&".join(f"field{of}={quote(value)}" for value in ASKED)
        yield from (f"field_min{of}={low}&field_max{of}={high}" for low, high in [*RANGES, ("170", "170.5")])
        yield from (f"field_from{of}={first}&field_to{of}={last}" for first, last in DATES)


def test_what_the_list_asks_of_custom_fields_the_segment_saved_from_it_asks(crowd: None, alice: User) -> None:
    """Each field takes every odd value in turn, so that every customer holds another one of it at a time."""
    people, some = list(Portrait.objects.order_by("pk").values_list("pk", flat=True)), 0
    for turn in range(0, len(HELD), len(people) - 1):
        for at, pk in enumerate(people[1:]):
            held = {name: HELD[(turn + at + shift) % len(HELD)] for shift, name in enumerate(FIELDS)}
            attributes = {name: value for name, value in held.items() if value is not None}
            Portrait.objects.filter(pk=pk).update(attributes=attributes)
        asked = {address: Listing(alice, QueryDict(address)) for address in of_fields()}
        trees = {address: tree for address, listing in asked.items() if (tree := listing.condition())}
        told, listed = verdicts(trees, None, clock.now()), {one: set(ids(asked[one])) for one in trees}
        assert len(trees) == len(asked)
        assert {one: (listed[one], told[one]) for one in trees if listed[one] != told[one]} == {}
        some += sum(set() < told[one] < set(people) for one in trees)
    assert some > 100


def test_a_list_and_the_segment_saved_from_it_hold_the_same_customers(crowd: None, alice: User) -> None:
    filters = offered(Filter)
    assert len(filters) >= 15 and all(one.condition for one in filters)
    asked = {address: Listing(alice, QueryDict(address)) for one in filters for address in addresses(one, alice)}
    trees = {address: tree for address, listing in asked.items() if (tree := listing.condition())}
    held, everyone = verdicts(trees, None, clock.now()), set(Portrait.objects.values_list("pk", flat=True))
    apart = {}
    for address in trees:
        listed = set(ids(asked[address]))
        if listed != held[address]:
            apart[address] = (sorted(listed - held[address]), sorted(held[address] - listed))
    assert not apart, "listed, but not in the segment; and the other way round"
    some = [address for address in trees if set() < held[address] < everyone]
    assert len(some) > 40
