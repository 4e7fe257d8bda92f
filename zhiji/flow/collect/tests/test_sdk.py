"""The real clients send to a running server, and their calls are in the inbox as facts."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from zhiji.access import privacy
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import KEY
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.sdk
NODE = Path(__file__).parent / "sdk"
ORDER = {"order_id": "A-1", "total": 25.5, "products": [{"product_id": "1", "price": 25.5, "category": "牛奶"}]}


def _arrived() -> None:
    facts = {fact.name: fact for fact in Accepted.objects.all()}
    assert sorted(facts) == [
        "customer_identified",
        "identity_aliased",
        "order_paid",
        "organisation_joined",
        "page_viewed",
        "screen_viewed",
    ]
    order = facts["order_paid"]
    assert (order.identity, order.properties["amount"], order.properties["category"]) == ("user:u-1", 25.5, "牛奶")
    assert order.properties["context"]["library"]["name"] in ("analytics-python", "@segment/analytics-node")
    assert order.occurred_at <= order.received_at < order.occurred_at + timedelta(minutes=1)
    identified = facts["customer_identified"]
    assert identified.properties["traits"] == {"name": "李娜"}
    assert identified.sealed is not None
    assert json.loads(privacy.unseal(bytes(identified.sealed), "traits")) == {"email": "li.na@example.com"}
    assert (facts["identity_aliased"].identity, facts["identity_aliased"].also) == ("user:u-1", "user:old")


@pytest.mark.parametrize("gzip", [False, True])
def test_the_python_sdk(shop: Source, gzip: bool) -> None:
    failed: list[Any] = []
    with WebProcess() as server:
        client = Client(KEY, host=server.url, gzip=gzip, on_error=lambda error, items: failed.append(error))
        client.identify("u-1", {"name": "李娜", "email": "li.na@example.com"})
        client.track("u-1", "Order Completed", ORDER)
        client.page("u-1", "Shop", "Home", {"path": "/"})
        client.screen("u-1", "App", "Start")
        client.group("u-1", "acme", {"name": "Acme"})
        client.alias("old", "u-1")
        client.flush()
        client.join()
    assert not failed
    _arrived()


def test_the_python_sdk_is_told_of_a_wrong_key(shop: Source) -> None:
    failed: list[Any] = []
    with WebProcess() as server:
        client = Client("wk_wrong", host=server.url, on_error=lambda error, items: failed.append(error))
        client.track("u-1", "A")
        client.flush()
        client.join()
    assert failed[0].status == 401 and failed[0].code == "unknown_key"
    assert not Accepted.objects.exists()


def test_the_python_sdk_sends_ten_thousand_and_none_is_missing(shop: Source) -> None:
    with WebProcess() as server:
        client = Client(KEY, host=server.url, max_queue_size=20_000)
        for number in range(10_000):
            client.track(f"u-{number % 50}", "Product Viewed", {"product_id": number})
        client.flush()
        client.join()
    assert Accepted.objects.count() == 10_000
    assert Accepted.objects.values("message_key").distinct().count() == 10_000


def test_the_node_sdk(shop: Source) -> None:
    if shutil.which("node") is None or not (NODE / "node_modules").is_dir():
        pytest.skip("needs Node.js and `npm ci` in tests/sdk")
    with WebProcess() as server:
        said = subprocess.run(
            ["node", "send.mjs", server.url, KEY, json.dumps(ORDER)], cwd=NODE, capture_output=True, text=True
        )
    assert said.returncode == 0, said.stderr
    _arrived()
