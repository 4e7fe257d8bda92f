"""What the API answers is what its description says: types, required fields, money as texts."""

import re
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.config.api import api
from zhiji.config.tests.house import bearer, furnished, moved_in
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
KEYS = {
    "/api/segments": "buyers",
    "/api/schemes": "life",
    "/api/rules": "thanks",
    "/api/metrics": "totals",
    "/api/templates": "care",
}
LISTED = {"/api/builds/": "/api/builds", "/api/messages/": "/api/messages", "/api/orders/": "/api/orders"}
"""Where the numbers of what is asked for by number are listed."""
NEEDED = {
    "/comments": "subject=resolve.customer&id={customer}",
    "/api/customers/search": "q=甲",
    "/explain": "customer={customer}",
}
SCHEMA: dict[str, Any] = api.get_openapi_schema()
ASKED = [(path, verbs["get"]) for path, verbs in SCHEMA["paths"].items() if "get" in verbs]


@pytest.fixture
def house(alice: User) -> tuple[Client, int]:
    furnished(alice)
    found = moved_in(["甲一", "乙二"], alice)
    refresh_metrics(clock.now(), force=True)
    return Client(headers=bearer(alice)), found["甲一"]


def address(path: str, client: Client, customer: int) -> str:
    number = customer
    for start, listed in LISTED.items():
        if path.startswith(start):
            number = client.get(listed).json()["rows"][0]["id"]
    key = next((key for start, key in KEYS.items() if path.startswith(start)), "")
    named = path.replace("{class_key}", "buys").replace("{key}", key).replace("{name}", "totals")
    query = next((text for part, text in NEEDED.items() if path.endswith(part)), "")
    return re.sub(r"\{\w+\}", str(number), named) + "?" + query.format(customer=customer)


def test_every_answer_is_as_described(house: tuple[Client, int]) -> None:
    client, customer = house
    for path, told in ASKED:
        answer = client.get(address(path, client, customer))
        assert answer.status_code == 200, (path, answer.content)
        described = told["responses"][200]["content"]["application/json"]["schema"]
        whole = jsonschema_rs.Draft202012Validator({**described, "components": SCHEMA["components"]})
        assert [f"{one.instance_path}: {one.message}" for one in whole.iter_errors(answer.json())] == [], path


def test_money_of_a_customer_has_its_decimals(house: tuple[Client, int]) -> None:
    client, customer = house
    assert client.get(f"/api/customers/{customer}").json()["measures"]["amount_ever"] == "21.00"
