"""What no link or form leads to: addresses that scripts ask, and deeds offered only in a state that passes.

Each is asked as its script does it, and once as nobody would: the answer is in words or a refusal, never a fault.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from zhiji.ops.tests.walk.page import read
from zhiji.ops.tests.walk.routes import filled
from zhiji.ops.tests.walk.visitor import OPEN, Visitor, matched

REFUSED = {403, 404, 409, 422}
BOUGHT = {"kind": "behaviour", "fact": "order_paid", "measure": "count", "window": None, "op": "ge", "value": 1}
CLASSES = [
    {"key": "buyers", "name": "买过", "colour": "green", "condition": BOUGHT},
    {"key": "rest", "name": "其余", "colour": "azure", "condition": None},
]
LETTER = {"subject": "您好", "html": '<p>您好</p><p><a href="https://shop.example/">看看</a></p>', "text": ""}
SVG = ("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
DOT = BytesIO()
Image.new("RGB", (20, 20), "red").save(DOT, "PNG")


@dataclass(frozen=True)
class Ask:
    """The fields as the script sends them, and as nobody would; or a body of JSON; or files."""

    well: dict[str, str] = field(default_factory=dict)
    ill: dict[str, str] = field(default_factory=dict)
    body: Any = None
    files: tuple[tuple[str, bytes, str], ...] = ()


ASKS = {
    "exports/<int:pk>/cancel/": Ask(),
    "imports/<int:pk>/cancellation/": Ask(),
    "imports/<int:pk>/resumption/": Ask(),
    "quarantine/aside/settlement/": Ask({"verb": "lanes"}, {"verb": "drop", "id": "99999999999999999999"}),
    "rules/<slug:key>/retries/": Ask(),
    "users/<int:user_id>/second-step/": Ask(),
    "schemes/trial/": Ask(body={"classes": CLASSES, "spreads": True}),
    "conditions/count/": Ask({"condition": json.dumps(BOUGHT)}, {"condition": "{"}),
    "segments/preview/difference/": Ask(
        {"condition": json.dumps(BOUGHT), "own_key": "segment:at-risk"}, {"condition": "[]", "own_key": "segment:none"}
    ),
    "templates/pictures": Ask(files=(("a.png", DOT.getvalue(), "image/png"), SVG)),
    "templates/findings": Ask(LETTER, {**LETTER, "html": "{{ customer.nothing }}{% for"}),
    "templates/preview": Ask(LETTER, {**LETTER, "customer": "999999999", "html": "{{ 1 / 0 }}"}),
    "templates/sms-preview": Ask({"text": "会员周到了", "sign": "店铺"}, {"text": "${x", "customer": "9" * 30}),
    "settings/channels/<slug:key>/resumption": Ask(),
    "templates/<slug:key>/test": Ask(LETTER, {"subject": "a\r\nBcc: b@example.com", "html": "x"}),
}
"""What is posted to the routes that nothing else reaches."""


def ask_all(visitor: Visitor, best: Visitor) -> None:
    """Ask each as this visitor; addresses are filled with what the `best` has found."""
    for route, ask in ASKS.items():
        address = filled(route, best.walk)
        if not address:
            best.trouble(f"nothing was found to fill {route} with")
        elif ask.body is not None:
            for body in (ask.body, None, {"classes": [1]}):
                _post(visitor, address, json=body)
        elif ask.files:
            for file in ask.files:
                _post(visitor, address, files={"picture": file})
        else:
            for fields in (ask.well, ask.ill):
                _post(visitor, address, data=fields)
    _merge(visitor)
    _own_page(visitor)
    _field(visitor)
    _provider(visitor, best)
    for address in _revelations(best):
        _post(visitor, address)


def _post(visitor: Visitor, address: str, **given: Any) -> httpx.Response:
    answer = visitor.http.post(address, headers=visitor._crumb(), **given)
    visitor.look(f"POST {address}", answer, "a script")
    if answer.status_code not in OPEN | REFUSED:
        visitor.trouble(f"POST {address} answers {answer.status_code}")
    return answer


def _field(visitor: Visitor) -> None:
    """The control of each field that can be set for many at once, as it is chosen; and of one that there isn't."""
    form = visitor.http.get("/customers/bulk/form/")
    for key in (*re.findall(r'<option value="([^"]+)"', form.text), "", "nothing"):
        answer = visitor.http.get("/customers/bulk/field/", params={"of": key}, headers={"HX-Request": "true"})
        visitor.look("/customers/bulk/field/", answer, "a field that was chosen")
        if answer.status_code not in OPEN | REFUSED:
            visitor.trouble(f"the field {key} answers {answer.status_code}")


def _provider(visitor: Visitor, best: Visitor) -> None:
    """A provider of text messages tells at the address of our account, or somebody pretends to."""
    address = re.search(r"/m/in/[\w-]+", best.http.get("/settings/channels/sms/").text)
    for body in (b"[]", b"{") if address else ():
        answer = visitor.http.post(address[0], content=body, headers={"Content-Type": "application/json"})
        visitor.look(f"POST {address[0]}", answer, "a provider")
        if answer.status_code not in {200, 400}:
            visitor.trouble(f"{address[0]} answers {answer.status_code}")


def _own_page(visitor: Visitor) -> None:
    """A customer's own page, by the link that is made for them."""
    made = _post(visitor, f"{_customers(visitor)[0]}portal/")
    for mark in re.findall(r'/my/[^"]+', made.text)[:1]:
        visitor.look(mark, visitor.http.get(mark), "a link made for a customer")


def _customers(visitor: Visitor) -> list[str]:
    listed = read("/customers/", visitor.http.get("/customers/").text)
    return [link for link in listed.links if (one := matched(link)) and one.route == "customers/<int:pk>/"]


def _merge(visitor: Visitor) -> None:
    """The preview of a merge, as it is opened from the names that were found by typing; also with oneself."""
    first, second = _customers(visitor)[:2]
    for other in (second, first, "/customers/999999999/"):
        address = f"{first}merge/?other={other.strip('/').rpartition('/')[2]}"
        answer = visitor.http.get(address, headers={"HX-Request": "true"})
        visitor.look(address, answer, "names found by typing")
        if answer.status_code not in OPEN | REFUSED:
            visitor.trouble(f"{address} answers {answer.status_code}")


def _revelations(visitor: Visitor) -> Iterator[str]:
    """Beside contact values in facts, which the timeline of somebody holds."""
    for customer in _customers(visitor):
        page = visitor.http.get(customer).text
        yield from re.findall(r"/customers/\d+/facts/\d+/revelation/", page)[:1]
