"""No page and no answer of the API shows a contact value in clear to a role that sees masks.

What is asked comes from the URL configuration and the API's description, with whatever numbers and keys the tables
hold, so that a page that comes later is asked, too.
"""

import json
import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from zhiji.access import privacy
from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.config.api import api
from zhiji.config.tests.house import bearer, furnished, moved_in
from zhiji.desks.sales.actions import open_task
from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.deliver.actions import plan
from zhiji.flow.deliver.models import ReceivedMail
from zhiji.flow.profile.tests.acts import all_settle, customer, happens
from zhiji.kernel import clock
from zhiji.kernel.registry import is_ours
from zhiji.records.actions import save_view
from zhiji.trade.models import Order
from zhiji.work.comments import actions as comments

PHONE, MAIL, STREET = "13987650001", "yi.clear@example.com", "清晰路 9 号"
SAID = f"打 {PHONE}，写 {MAIL}"
CLEAR = (PHONE, "139 8765 0001", "+8613987650001", MAIL, "yi.clear%40example.com", STREET)
LEFT_OUT = re.compile(r"logout|readyz|^static/|^api/|^m/|^accounts/|/export")
KEYS = ("buyers", "life", "thanks", "ten", "care", "shop")
ASKED: dict[str, Any] = {
    "q": "明",
    "customer": None,
    "name": "明",
    "text": "明",
    "fact": "note_written",
    "property": "note",
}


@pytest.fixture
def one(alice: User, mark: User, monkeypatch: pytest.MonkeyPatch) -> int:
    """A customer whose contact values were told at every door, and in words."""
    monkeypatch.setattr(settings, "DEMO", True)
    furnished(alice)
    moved_in(["甲一", "乙二"], alice)
    pk = customer("user:m1", name="明了", contact={"phone": PHONE, "email": MAIL, "address": STREET}, 备注=SAID).pk
    happens("note_written", "user:m1", note=SAID, 电话=PHONE, url=f"https://a.cn/?tel={PHONE}")
    happens("products_searched", "user:m1", query=PHONE)
    happens("order_paid", "user:m1", order_id="m1-1", amount=3, remark=SAID)
    all_settle()
    open_task(by=alice, customer_id=pk, title=SAID, due_on=clock.day_of(clock.now()), owner=alice)
    open_task(by=alice, customer_id=pk, title=SAID, due_on=clock.day_of(clock.now()), owner=mark)
    comments.write(by=alice, subject="resolve.customer", subject_id=pk, text=SAID)
    comments.write(by=alice, subject="commerce.order", subject_id=Order.objects.get(customer=pk).pk, text=SAID)
    plan(by=alice, customer_id=pk, send_key="m1", written={"subject": SAID, "text": SAID})
    with pytest.raises(ValueError, match="电话"):
        save_view(of="customers", reads="customers:read", name="找人", query=f"q={PHONE}", shared=True, by=alice)
    audit("customers exported", alice, by=alice, query=f"q={PHONE}")
    body = privacy.seal(f'{{"userId": "m1", "traits": {{"phone": "{PHONE}"}}}}'.encode(), "quarantine")
    Quarantined.objects.create(source=Source.objects.get(), body=body, place="traits.phone", code="bad_number")
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["From"] = SAID, MAIL, "shop@shop.example"
    mail.set_content(SAID)
    mail.add_alternative(f"<p>{SAID}</p>", subtype="html")
    ReceivedMail.objects.create(
        message_id="<m1@x>", envelope_from="", envelope_to=MAIL, subject=SAID, raw=mail.as_bytes()
    )
    return pk


def shown(
    client: Client, paths: Iterator[str], clear: Iterable[str] = CLEAR, **headers: Any
) -> tuple[set[str], dict[str, list[str]]]:
    """The paths that were answered, and those of them that show a clear value, as it is or as JSON escapes it."""
    answered, leaks = set(), {}
    for path in paths:
        answer = client.get(path, headers=headers)
        assert answer.status_code != 500, path
        if answer.status_code == 200:
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            text = content.decode("utf-8", "replace")
            answered.add(re.sub(r"\d+", "#", path.partition("?")[0]))
            if found := [value for value in clear if value in text or json.dumps(value)[1:-1] in text]:
                leaks[path] = found
    return answered, leaks


def pages() -> Iterator[str]:
    """Every page's address, with each number and key that could be meant."""
    for route in _routes(get_resolver().url_patterns, ""):
        if not LEFT_OUT.search(route):
            yield from (f"/{path}?{_query(ASKED)}" for path in _filled(route))


def _query(names: Iterable[str]) -> str:
    return urlencode({name: ASKED[name] for name in names if ASKED.get(name)})


def _routes(patterns: list[Any], before: str) -> Iterator[str]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def _filled(route: str) -> Iterator[str]:
    parameters = re.findall(r"<(?:(\w+):)?\w+>|\{(\w+)\}", route)
    pools = [_pool(kind or name) for kind, name in parameters]
    pools = pools if len(pools) < 2 else [pool[-3:] for pool in pools]
    for values in product(*pools):
        given = iter(values)
        yield re.sub(r"<[^>]+>|\{\w+\}", lambda _match, given=given: str(next(given)), route)  # type: ignore[misc]


def _pool(kind: str) -> list[Any]:
    if kind in ("int", "id", "number", "customer", "merge_id"):
        rows = {
            pk
            for model in apps.get_models()
            if is_ours(model._meta.app_config) and model._meta.managed
            for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:1]
        }
        return sorted(pk for pk in rows if isinstance(pk, int))
    return [*KEYS, "buys", "rest"] if kind in ("slug", "key", "class_key") else ["totals", "name"]


def answers() -> Iterator[str]:
    for path, verbs in api.get_openapi_schema()["paths"].items():
        if "get" in verbs:
            query = _query(one["name"] for one in verbs["get"].get("parameters", ()) if one["in"] == "query")
            yield from (f"{filled}?{query}" for filled in _filled(path))


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("role", ["mark", "anna"])
def test_no_page_shows_a_contact_value_to_who_looks(
    role: str, one: int, request: pytest.FixtureRequest, client: Client
) -> None:
    user: User = request.getfixturevalue(role)
    assert not may(user, "contacts:reveal")
    client.force_login(user)
    ASKED["customer"] = str(one)
    answered, leaks = shown(client, pages())
    assert not leaks, sorted(leaks)
    assert len(answered) > 30, answered
    answered, leaks = shown(Client(), answers(), **bearer(user))
    assert not leaks, sorted(leaks)
    assert len(answered) > 15, answered


@pytest.mark.django_db
def test_who_may_reveal_them_sees_them_where_it_is_audited(one: int, alice: User, client: Client) -> None:
    client.force_login(alice)
    mail = ReceivedMail.objects.get()
    assert may(alice, "contacts:reveal")
    for clear in (
        client.post(f"/customers/{one}/contacts/revelation/").content,
        client.get(f"/mailbox/{mail.pk}/raw").content,
        client.get(f"/quarantine/{Quarantined.objects.latest('pk').pk}/").content,
    ):
        assert PHONE.encode() in clear.replace(b" ", b"") or MAIL.encode() in clear
    masked = client.get("/mailbox/").content.decode() + client.get(f"/mailbox/{mail.pk}/letter").content.decode()
    assert "139****0001" in masked and not [value for value in CLEAR if value in masked]
