"""By API the same as by clicking: segments whose counts are the oracle's, an edit tried first, an explanation."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.tests.carts import expected, fill
from zhiji.kernel import clock
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
CART: dict[str, Any] = {
    "kind": "absence", "fact": "cart_added", "without": {"fact": "order_paid"},
    "within": {"last": 1, "unit": "days"}, "window": {"last": 7, "unit": "days"},
}  # fmt: skip


def lunar(ahead: int) -> dict[str, Any]:
    return {"kind": "anniversary", "attribute": "birthday", "calendar": "lunar", "before": ahead}


@pytest.fixture
def began(db: None) -> datetime:
    """Five customers with carts and birthdays; the moment they were recorded for."""
    now = clock.now().astimezone(clock.zone())
    fill(now.isoformat())
    run_once()
    return now


class Api:
    def __init__(self, user: User) -> None:
        token = create_token(by=None, user=user, name="t", scopes=("segments:read", "segments:write"))
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(f"/api{path}", body, content_type="application/json")
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(f"/api{path}", body, content_type="application/json").json()


def built() -> None:
    while build_queue.run_due(clock.now()):
        pass


def named(ids: list[int]) -> set[str]:
    return set(Portrait.objects.filter(customer_id__in=ids).values_list("name", flat=True))


@pytest.mark.parametrize("tree", [CART, lunar(7)], ids=["abandoned cart", "lunar birthday"])
def test_a_segment_made_by_api_has_the_oracles_members(began: datetime, mona: User, tree: dict[str, Any]) -> None:
    api, right = Api(mona), expected(_whole(tree), began)
    assert api.post("/conditions/preview", condition=tree)["count"] == len(right) > 0
    api.post("/segments", key="made", name="新客群", condition=tree)
    built()
    assert named([one["customer_id"] for one in api.get("/segments/made/members")["rows"]]) == right


def test_an_edit_is_tried_before_it_is_made(began: datetime, mona: User) -> None:
    api = Api(mona)
    api.post("/segments", key="soon", name="农历生日", condition=lunar(7))
    built()
    tried = api.post("/segments/soon/difference", condition=lunar(30))
    more = expected(_whole(lunar(30)), began) - expected(_whole(lunar(7)), began)
    assert (tried["entering"], tried["leaving"]) == (len(more), 0)
    assert named(tried["entering_sample"]) == more == {"何付"}
    assert api.get("/segments/soon")["size"] == tried["count"] - 1
    api.patch("/segments/soon", condition=lunar(30))
    built()
    assert api.get("/segments/soon")["size"] == tried["count"]


def test_a_customer_is_explained_as_of_an_earlier_day(began: datetime, mona: User) -> None:
    api = Api(mona)
    api.post("/segments", key="left", name="弃购", condition=CART)
    built()
    who = Portrait.objects.get(name="何弃").customer_id
    now = api.get(f"/segments/left/explain?customer={who}")
    assert now["holds"] is True and now["tree"]["facts"][0]["name"] == "cart_added"
    day = (began - timedelta(days=5)).date().isoformat()
    then = api.get(f"/segments/left/explain?customer={who}&as_of={day}")
    assert then["holds"] is False
    assert then["as_of"] > day


def _whole(tree: dict[str, Any]) -> str:
    """The tree with every field that the builder writes out, as the oracle reads it."""
    plain = {"where": [], "same": None, "after": 0, **tree}
    if "without" in plain:
        plain["without"] = {"where": [], **plain["without"]}
    return json.dumps(plain)
