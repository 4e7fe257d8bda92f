"""The figures that the API and files tell, each under the name it has in the catalogue."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.profile.listing import Listing
from zhiji.flow.profile.offers.figures import OFFERS as OF_CUSTOMERS
from zhiji.ops.tests.truth.walk import Seen

MEASURES = [one.name for one in OF_CUSTOMERS if one.about]
TOTALS = {
    "customers": "customers", "active": "customers_active_30d", "registered": "customers_new_30d",
    "orders": "paid_orders_30d", "amount": "revenue_30d", "amount_before": "revenue_before_30d",
    "sent": "messages_sent_30d", "opened": "messages_opened_30d",
}  # fmt: skip
EFFECT = {"entries": "effect_entries", "reached": "effect_reached", "share": "effect_share", "facts": "effect_facts",
          "amount": "effect_amount"}  # fmt: skip
Told = Iterator[tuple[str, str, Any]]


class Api:
    """The API, read with a token."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api{path}", headers=self.headers)
        assert answer.status_code == 200, (path, answer.content)
        return answer.json()

    def tell(self, seen: Seen, customers: list[int], orders: list[int]) -> None:
        """Everything that it tells, of some customers and orders."""
        for place, told in (
            ("metrics", self._metrics()),
            ("definitions", self._definitions()),
            ("records", self._records(customers)),
            ("explanations", self._explanations(customers)),
            ("orders", self._orders(orders)),
            ("rules", self._rules()),
            ("coupon-offers", self._coupons()),
        ):
            for name, of, value in told:
                seen.add(name, of, value, f"/api {place}")

    def _metrics(self) -> Told:
        for theirs, name in TOTALS.items():
            yield name, "", self.get("/metrics/totals")["data"][theirs]
        for scheme in self.get("/metrics/class_sizes")["data"]:
            yield from (("class_size", f"{scheme['key']}:{one['key']}", one["size"]) for one in scheme["classes"])
        for one in self.get("/metrics/class_moves")["data"]:
            yield "class_moved", f"{one['scheme']}:{one['from_key']}:{one['to_key']}", one["customers"]
        for one in self.get("/metrics/recency_frequency")["data"]:
            yield "rf_customers", f"{one['recency']}:{one['frequency']}", one["customers"]
        for one in self.get("/metrics/weeks")["data"]:
            yield "week_revenue", one["week"], one["amount"]
            yield "week_orders", one["week"], one["orders"]
            yield "week_buyers", one["week"], one["customers"]
        for one in self.get("/metrics/rule_effects")["data"]:
            yield from _arms(one["key"], one)

    def _definitions(self) -> Told:
        for one in self.get("/segments")["rows"]:
            yield "segment_size", one["key"], one["size"]
        for scheme in self.get("/schemes")["rows"]:
            yield "scheme_size", scheme["key"], sum(one["size"] for one in scheme["classes"])
            yield from (("class_size", f"{scheme['key']}:{one['key']}", one["size"]) for one in scheme["classes"])

    def _records(self, customers: list[int]) -> Told:
        for pk in customers:
            measures = self.get(f"/customers/{pk}")["measures"]
            yield from ((name, str(pk), measures[name]) for name in MEASURES if measures)

    def _explanations(self, customers: list[int]) -> Told:
        for pk in customers:
            for scheme in self.get("/schemes")["rows"]:
                found = self.get(f"/schemes/{scheme['key']}/explain?customer={pk}")
                yield "class_since", f"{scheme['key']}/{pk}", found["since"]

    def _orders(self, orders: list[int]) -> Told:
        for pk in orders:
            found = self.get(f"/orders/{pk}")
            yield "order_items", str(pk), found["items"]
            yield "order_kinds", str(pk), found["kinds"]

    def _rules(self) -> Told:
        for rule in self.get("/rules")["rows"]:
            yield from _arms(rule["key"], self.get(f"/rules/{rule['key']}/effect"))

    def _coupons(self) -> Told:
        for one in self.get("/coupon-offers")["rows"]:
            yield "coupons_issued", one["key"], one["issued"]
            yield "coupons_redeemed", one["key"], one["redeemed"]


def _arms(rule: str, told: Any) -> Told:
    yield "effect_sent", rule, told["sent"]
    yield "effect_opened", rule, told["opened"]
    for arm in ("treated", "held_out"):
        yield from ((name, f"{rule}:{arm}", told[arm][theirs]) for theirs, name in EFFECT.items())


def lists(seen: Seen, user: User) -> None:
    """How many customers the list finds behind a figure that links to it."""
    addresses = {
        "customers": "", "customers_active_30d": "last_seen_in=30", "customers_new_30d": "registered_in=30",
        "class_size": "class={of}", "segment_size": "segment={of}", "rf_customers": "recency={r}&frequency={f}",
    }  # fmt: skip
    for name, of in list(seen.values):
        if name in addresses:
            r, _colon, f = of.partition(":")
            address = addresses[name].format(of=of, r=r, f=f)
            seen.add(name, of, Listing(user, QueryDict(address)).count()[0], f"/customers/?{address}")


def exported(seen: Seen, browser: Client) -> None:
    """The measures in the file of the customer list."""
    columns = "&".join(f"column={name}" for name in ("amount_365d", "amount_ever", "orders_365d"))
    answer = browser.post("/customers/export/", {"query": columns})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    _heading, *rows = csv.reader(io.StringIO(text))
    for row in rows:
        for name, value in zip(("amount_365d", "amount_ever", "orders_365d"), row[2:], strict=True):
            if value:
                seen.add(name, row[0], value, "customers.csv")
