"""Today's shoppers: a gentle stream of invented visits and purchases of the demo's people, over HTTP.

They speak the tracking protocol as any site does, so everything after the door is real. A process of its own;
ZHIJI_DEMO_SHOPPERS=false leaves it out.
"""

import base64
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import orjson
from django.conf import settings

from zhiji.ops.demo.definitions import WRITE_KEY

PAUSE = 6.0  # seconds between two visits, on average
PRODUCTS = """
    SELECT product AS product_id, any_value(good.name) AS name, any_value(good.category) AS category,
           round(max(line.amount), 2)::DOUBLE AS price
    FROM 'lines.parquet' AS line JOIN 'products.parquet' AS good ON good.id = line.product
    WHERE line.amount BETWEEN 1 AND 40 AND line.quantity = 1
    GROUP BY product ORDER BY count(*) DESC, product LIMIT 400
"""


@dataclass
class Shop:
    """Who comes and what there is, from the demo's prepared files; `chance` makes it the same for the same seed."""

    people: list[str]
    products: list[dict[str, Any]]
    stores: list[str]
    chance: random.Random = field(default_factory=random.Random)


def open_shop(folder: Path, seed: int | None = None) -> Shop:
    """Read the prepared files. Raises FileNotFoundError before the demo is loaded."""
    if not (folder / "lines.parquet").exists():
        raise FileNotFoundError(f"{folder} holds no demo data; load it first")
    with duckdb.connect() as database:
        database.execute(f"SET file_search_path = '{str(folder).replace(chr(39), chr(39) * 2)}'")
        people = [row[0] for row in database.execute("SELECT id FROM 'customers.parquet' ORDER BY id").fetchall()]
        names = ("product_id", "name", "category", "price")
        products = [dict(zip(names, row, strict=True)) for row in database.execute(PRODUCTS).fetchall()]
        stores = [row[0] for row in database.execute("SELECT name FROM 'stores.parquet' LIMIT 20").fetchall()]
    return Shop(people, products, stores, random.Random(seed))  # noqa: S311 - play, not secrets


def visit(shop: Shop) -> Iterator[dict[str, Any]]:
    """The events of one visit: pages, products, sometimes a cart, sometimes an order."""
    chance, who = shop.chance, shop.chance.choice(shop.people)
    yield _event(who, "page", name="首页", properties={"url": f"{settings.PUBLIC_URL}/shop/", "title": "首页"})
    basket = chance.sample(shop.products, chance.randint(1, 5))
    for one in basket:
        yield _event(who, "track", event="Product Viewed", properties=one)
    if chance.random() < 0.6:
        for one in basket[: chance.randint(1, len(basket))]:
            yield _event(who, "track", event="Product Added", properties={**one, "quantity": 1})
        if chance.random() < 0.6:
            yield _event(who, "track", event="Order Completed", properties=_order(shop, basket))


def _order(shop: Shop, basket: list[dict[str, Any]]) -> dict[str, Any]:
    lines = [{**one, "quantity": shop.chance.choice((1, 1, 1, 2, 3))} for one in basket]
    total = round(sum(line["price"] * line["quantity"] for line in lines), 2)
    return {
        "order_id": f"W{datetime.now(UTC):%Y%m%d%H%M%S}{shop.chance.randint(100, 999)}",
        "total": total,
        "store": shop.chance.choice(shop.stores),
        "products": lines,
        "category": max(lines, key=lambda line: float(line["price"] * line["quantity"]))["category"],
        "currency": "CNY",
    }


def _event(who: str, kind: str, **more: Any) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    return {"type": kind, "userId": who, "messageId": f"shopper-{uuid4()}", "timestamp": moment, **more}


def send(address: str, events: list[dict[str, Any]]) -> None:
    """Post a visit as one batch. Raises urllib.error.URLError."""
    request = urllib.request.Request(  # noqa: S310 - our own server's address
        f"{address.rstrip('/')}/v1/batch",
        data=orjson.dumps({"batch": events, "sentAt": datetime.now(UTC).isoformat()}),
        headers={
            "Content-Type": "application/json",
            "Authorization": "Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode(),
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        answer.read()


def main(address: str, folder: Path) -> None:
    """Shop until killed; a server that is away is waited for."""
    shop = open_shop(folder)
    while True:
        try:
            send(address, list(visit(shop)))
        except (urllib.error.URLError, OSError):
            time.sleep(5)
        time.sleep(shop.chance.expovariate(1 / PAUSE))
