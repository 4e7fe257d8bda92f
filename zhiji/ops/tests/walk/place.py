"""The installation that is walked: `zhiji up` in a data folder of its own, filled, with visits through its door."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx

from zhiji.ops.demo.definitions import WRITE_KEY
from zhiji.ops.tests.installation import Installation, temporary, track

FILL = "import django; django.setup(); from zhiji.ops.tests.walk.content import fill; fill()"
BUYERS = [f"walker-{number}" for number in range(1, 4)]


@contextmanager
def filled() -> Iterator[Installation]:
    """An installation that is up and holds something of everything."""
    with temporary("zhiji-walk-", ZHIJI_DEMO="true", ZHIJI_DEMO_SHOPPERS="false") as house:
        house.up()
        settings = {**house.environment, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        made = subprocess.run(
            [sys.executable, "-c", FILL],
            env=settings,
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert made.returncode == 0, made.stderr[-3000:]
        _visits(house)
        yield house
        house.down()


def _visits(house: Installation) -> None:
    """Facts of new customers, so that rules send letters and call, and one event that can't be taken."""
    with httpx.Client(base_url=house.url, auth=(WRITE_KEY, ""), trust_env=False, timeout=30) as door:
        for name in BUYERS:  # each first without a name, so that two customers become one
            first = {**track("Product Viewed", "", product_id="1", name="牛奶"), "anonymousId": f"{name}-browser"}
            del first["userId"]
            door.post("/v1/track", json=first)
        time.sleep(3)
        for name in BUYERS:
            order = {"order_id": f"{name}-1", "total": 99, "currency": "CNY"}
            traits = {
                "name": f"步行者{name[-1]}",
                "email": f"{name}@example.com",
                "phone": "13900000000"[:-1] + name[-1],
            }
            events = [
                {"type": "identify", "userId": name, "anonymousId": f"{name}-browser", "traits": traits},
                track("Order Completed", name, **order),
                track("Product Reviewed", name, product_id="1", review_body="很好，请打 13900000008 回访"),
                track("Product Added", name, product_id="1", name="牛奶"),
            ]
            door.post("/v1/batch", json={"batch": [{**one, "messageId": str(uuid4())} for one in events]})
        door.post("/v1/batch", json={"batch": [{"type": "track", "userId": BUYERS[0], "properties": {}}]})
