"""Whatever looks back by days, weeks or months cuts them by the workspace's clock: page, API and engine alike."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from zhiji.access.models import User
from zhiji.config.tests.days.borders import NOWS, day, moments, monday, months_before
from zhiji.config.tests.house import bearer
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import population
from zhiji.flow.segment.tests.asked import who
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.figure import figures
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.registry import offered
from zhiji.trade.models import Order, Product
from zhiji.trade.queries import sold_by_month

DAYS = (1, 7, 30)
Found = dict[str, datetime]


@pytest.fixture(params=[one for one in NOWS if "a Monday" in one or "March" in one or "New Year" in one])
def shop(request: Any, mona: User, clock_at: Callable[[datetime], None]) -> Found:
    """A house at such a moment: {name: when that customer came and bought}, one for each side of each border."""
    now = NOWS[request.param]
    clock_at(now)
    found = {f"c{number}": at for number, at in enumerate(moments(now))}
    facts = []
    for name, at in found.items():
        told = {"order_id": name, "amount": 10, "products": [{"product_id": "p", "price": 10, "quantity": 1}]}
        given = {"traits": {"name": name, "registered_at": at.isoformat()}}
        facts.append(NewFact("customer_identified", at, "t", name, given, identity=f"user:{name}"))
        facts.append(NewFact("order_paid", at, "t", f"o{name}", told, identity=f"user:{name}"))
    record(facts)
    run_once()
    assert Order.objects.count() == len(found) > 12 and day(clock.now()) != clock.now().date()
    return found


def names(rows: Any) -> set[str]:
    return set(Portrait.objects.filter(pk__in=rows).values_list("name", flat=True))


def shown(client: Client, address: str) -> set[str]:
    """Whom a page shows."""
    return set(re.findall(r"(?<![\w-])c\d+(?![\w-])", client.get(address).content.decode()))


def test_days_weeks_and_months_are_the_workspaces(shop: Found, mona: User, signed_in: Callable[[User], Client]) -> None:
    page, api, today = signed_in(mona), Client(headers=bearer(mona)), day(clock.now())
    _lists(shop, mona, page, api, today)
    _orders(shop, page, api, today)
    _weeks(shop, page, api, today)
    _months(shop, today)
    _engine(shop, today)


def _lists(shop: Found, mona: User, page: Client, api: Client, today: date) -> None:
    """Every filter by days: the list, the API and the segment that is made of it."""
    filters = [one for one in offered(Filter) if one.kind == "days"]
    assert {one.key for one in filters} >= {"last_seen", "registered"}
    for filter, days in ((one, days) for one in filters for days in DAYS):
        cut = today - timedelta(days=days)
        within = {name for name, at in shop.items() if day(at) >= cut}
        for query, wanted in ((f"{filter.key}_in={days}", within), (f"{filter.key}_before={days}", set(shop) - within)):
            assert names(Listing(mona, QueryDict(query)).rows().values("pk")) == wanted, query
            found = api.get(f"/api/customers?size=200&{query}").json()["rows"]
            assert {row["name"] for row in found} == wanted, query
            assert shown(page, f"/customers/?{query}") == wanted, query
            assert filter.condition is not None
            assert who(filter.condition(filter.read(QueryDict(query))), clock.now()) == wanted, query
    people = population(clock.now(), timedelta(days=30))
    month = sum(day(at) >= today - timedelta(days=30) for at in shop.values())
    assert (people.customers, people.active, people.registered) == (len(shop), month, month)


def _orders(shop: Found, page: Client, api: Client, today: date) -> None:
    for one in sorted({day(at) for at in shop.values()}):
        span = f"since={one}&until={one}"
        wanted = {name for name, at in shop.items() if day(at) == one}
        assert {row["external_id"] for row in api.get(f"/api/orders?{span}").json()["rows"]} == wanted, span
        assert shown(page, f"/orders/?placed_from={one}&placed_to={one}") == wanted, span


def _weeks(shop: Found, page: Client, api: Client, today: date) -> None:
    refresh_metrics(clock.now(), force=True)
    first = monday(today) - timedelta(weeks=52)
    counted = Counter(monday(day(at)).isoformat() for at in shop.values() if day(at) >= first)
    kept = api.get("/api/metrics/weeks").json()["data"]
    assert {row["week"]: (row["orders"], row["customers"], row["amount"]) for row in kept} == {
        week: (count, count, 10 * count) for week, count in counted.items()
    }
    known = figures()
    for week, count in counted.items():
        names_of = {name for name, at in shop.items() if monday(day(at)).isoformat() == week}
        assert shown(page, f"/weeks/{week}/") == names_of
        assert (
            known["week_orders"].compute(clock.now(), week) == count == known["week_buyers"].compute(clock.now(), week)
        )
    home = page.get("/").content.decode()
    assert f"{monday(today)}（至今）" in home


def _months(shop: Found, today: date) -> None:
    counted = Counter(day(at).replace(day=1) for at in shop.values() if day(at) >= months_before(today, 11))
    found = sold_by_month(Product.objects.get(), clock.now(), None)
    assert {month: orders for month, orders, _ in found} == counted


def _engine(shop: Found, today: date) -> None:
    yesterday = today - timedelta(days=1)
    spans: list[tuple[dict[str, Any], Callable[[date], bool]]] = [
        ({"this": "day"}, lambda one: one == today),
        ({"this": "week"}, lambda one: one >= monday(today)),
        ({"this": "month"}, lambda one: one >= today.replace(day=1)),
        ({"this": "year"}, lambda one: one.year == today.year),
        ({"previous": 1, "unit": "days"}, lambda one: one == yesterday),
        ({"previous": 1, "unit": "weeks"}, lambda one: monday(one) == monday(today) - timedelta(weeks=1)),
        ({"previous": 1, "unit": "months"}, lambda one: one.replace(day=1) == months_before(today, 1)),
        ({"since": str(yesterday), "until": str(yesterday)}, lambda one: one == yesterday),
    ]
    for span, inside in spans:
        tree = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1, "window": span}
        assert who(tree, clock.now()) == {name for name, at in shop.items() if inside(day(at))}, json.dumps(span)
