"""Every address of the pages and the API, filled in, and what it answers somebody, but for moments and tokens."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.test import Client
from django.urls import URLPattern, get_resolver

from zhiji.access.models import User
from zhiji.config.api import api
from zhiji.config.tests.house import BUYERS, CLASSES, bearer
from zhiji.flow.deliver.models import Message
from zhiji.flow.segment.models import Build
from zhiji.kernel import clock
from zhiji.trade.models import Order, Product

KEYS = {"segments": "buyers", "schemes": "life", "rules": "thanks", "effects": "thanks", "offers": "ten",
        "templates": "care", "sources": "shop"}  # fmt: skip
GIVEN = {"class_key": "buys", "arm": "treated", "scheme": "life", "source": "rest", "target": "buys", "part": "region"}
LEFT_OUT = re.compile(r"^(me/|healthz|readyz|metrics|i18n|m/|theme|exports/|imports/draft|api/docs|mailbox/<)")
"""What isn't about customers, or takes a thing that a form made."""
METRICS = ("totals", "class_sizes", "class_moves", "recency_frequency", "weeks", "rule_effects")
MOVING = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]*"|name="key" value="[0-9a-f]{32}"|"disk_free_bytes": \d+'
    rb'|"X-CSRFToken": "[^"]*"|X-CSRFToken&quot;[^}]*|nonce="[^"]*"'
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?|\\u[0-9a-f]{4}\d\d:\d\d"
)
STORE = {"property": "store", "op": "eq", "value": "东店"}
RANK = {"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.5}
DRAFT = {"kind": "any", "of": [{**BUYERS, "where": [STORE], "value": 2}, RANK]}
Answers = dict[str, bytes]


def addresses(customer: int) -> Iterator[str]:
    """Every page's address that can be looked at, about this customer where it is about one."""
    for one in get_resolver().url_patterns:
        route = str(one.pattern)
        if not isinstance(one, URLPattern) or LEFT_OUT.match(route):
            continue
        filled = re.sub(r"<\w+:(\w+)>", lambda found, route=route: _value(route, found[1], customer), route)  # type: ignore[misc]
        yield f"/{filled}"
    monday = clock.day_of(clock.now()).isoformat()
    yield from ("/customers/count/", f"/weeks/{monday}/", "/palette/?q=user", "/effects/thanks/held_out/")
    yield from ("/conditions/values/?fact=order_paid&property=store", "/conditions/pick/?picker=stores&q=")
    yield from ("/conditions/values/?fact=order_paid&property=order_id", "/stores/?sort=buyers", "/orders/?state=paid")
    yield f"/comments/panel/?subject=resolve.customer&id={customer}"
    yield from (f"/explain/{customer}/?of=segment:buyers", f"/explain/{customer}/since/?of=scheme:life")


def _value(route: str, name: str, customer: int) -> str:
    first = route.partition("/")[0]
    numbers: Mapping[str, Any] = {
        "orders": Order.objects.filter(customer=customer), "products": Product.objects,
        "messages": Message.objects.filter(customer=customer), "builds": Build.objects,
    }  # fmt: skip
    if name == "key":
        return KEYS.get("offers" if "offers" in route else first, "none")
    if name == "monday":
        return "2026-03-02"
    if name in GIVEN:
        return GIVEN[name]
    found = numbers[first].order_by("pk").first() if first in numbers else None
    return str(found.pk if found else customer)


def api_addresses(customer: int) -> Iterator[str]:
    """Every address that the API describes as one to read, about this customer where it is about one."""
    for path, verbs in api.get_openapi_schema()["paths"].items():
        if "get" not in verbs:
            continue
        required = [one["name"] for one in verbs["get"].get("parameters", ()) if one.get("required")]
        query = {"q": "user", "customer": customer, "subject": "resolve.customer", "id": customer}
        asked = "&".join(f"{one}={query[one]}" for one in required if one in query and f"{{{one}}}" not in path)
        for name in METRICS if "{name}" in path else ("",):
            first = path.split("/")[2]
            filled = path.format(
                key=KEYS.get(first, ""), class_key="buys", customer=customer, name=name,
                id=_value(f"{first}/", "id", customer),
            )  # fmt: skip
            yield f"{filled}?{asked}" if asked else filled


def answers(user: User, customer: int, *, pages: bool = True) -> Answers:
    """{door: status and body} of all that this user can read or ask; without `pages` of what the API tells and what is
    tried."""
    browser, program = Client(), Client(headers=bearer(user))
    browser.force_login(user)
    found: Answers = {}
    for address in addresses(customer) if pages else ():
        found[address] = _said(browser.get(address))
    for address in api_addresses(customer):
        found[address] = _said(program.get(address))
    return found | dict(_drafts(browser, program))


def _drafts(browser: Client, program: Client) -> Iterator[tuple[str, bytes]]:
    """What is told of a condition and of classes that somebody only tries."""
    classes = [{**CLASSES[0], "condition": DRAFT}, CLASSES[1]]
    form = {"condition": json.dumps(DRAFT), "own_key": "segment:twice", "exact": "1", "spread": "1"}
    form["classes"] = json.dumps(classes)
    for path in (*(f"segments/preview/{one}" for one in ("", "trend/", "difference/")), "conditions/count/",
                 "conditions/check/", "schemes/life/trial/", "schemes/trial/"):  # fmt: skip
        yield f"POST /{path}", _said(browser.post(f"/{path}", form))
    one = {"condition": DRAFT}
    for path, asked in (("conditions/preview", one), ("segments/twice/difference", one),
                        ("conditions/read", {"sentence": "标签里有“没有的”"}),
                        ("schemes/life/trial", {"classes": classes})):  # fmt: skip
        yield f"POST /api/{path}", _said(program.post(f"/api/{path}", asked, "application/json"))


def _said(answer: Any) -> bytes:
    body = b"" if answer.streaming else MOVING.sub(b"*", answer.content)
    return str(answer.status_code).encode() + b" " + body
