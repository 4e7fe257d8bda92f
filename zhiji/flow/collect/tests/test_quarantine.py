"""What couldn't be taken is read, mended and replayed through the same checks, by those who may."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access import privacy
from zhiji.access.models import AuditLine, User
from zhiji.access.tokens import create_token
from zhiji.flow.collect.actions.quarantine import replay_many
from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.facts import once_key
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
MAY = datetime(2026, 5, 3, 8, tzinfo=UTC)
BAD = {"type": "track", "event": "Order Completed", "userId": "u", "messageId": "m-1", "properties": {"total": "many"}}
GOOD = BAD | {"properties": {"total": 5, "order_id": "A"}}


def kept(event: Any = BAD, **more: Any) -> Quarantined:
    source, _ = Source.objects.get_or_create(key="shop", defaults={"name": "商城", "write_key": "wk"})
    body = privacy.seal(event if isinstance(event, bytes) else json.dumps(event).encode(), "quarantine")
    given = {"place": "batch[0].properties.amount", "code": "bad_number", "at": MAY} | more
    return Quarantined.objects.create(source=source, body=body, **given)


def test_mona_reads_mends_and_replays(mona: User, signed_in: Browser) -> None:
    row = kept(BAD | {"timestamp": "2030-01-01T00:00:00Z"}, sent_at=datetime(2030, 1, 1, 1, tzinfo=UTC))
    page = signed_in(mona).get(f"/quarantine/{row.pk}/").content.decode()
    assert "many" in page and "须为数字" in page
    mended = json.dumps(GOOD | {"timestamp": "2030-01-01T00:00:00Z"})
    signed_in(mona).post(f"/quarantine/{row.pk}/", {"body": mended})
    fact = Accepted.objects.get()
    assert (fact.name, fact.identity, fact.properties["amount"]) == ("order_paid", "user:u", 5)
    assert fact.message_key == once_key("order_paid", fact.properties["order_id"])
    assert fact.occurred_at == MAY - timedelta(hours=1)
    row.refresh_from_db()
    assert row.state == "replayed" and row.settled_at
    assert {line.verb for line in AuditLine.objects.all()} >= {"quarantined event read", "quarantined fact replayed"}


def test_one_that_is_still_bad_says_why_and_keeps_what_was_typed(mona: User, signed_in: Browser) -> None:
    row = kept()
    for typed in ('{"type": "track", "event": "A", "userId": "undefined"}', '{"half', '"\\u0000"'):
        answer = signed_in(mona).post(f"/quarantine/{row.pk}/", {"body": typed})
        page = answer.content.decode()
        assert answer.status_code == 422 and typed.replace('"', "&quot;") in page
    assert not Accepted.objects.exists()
    assert Quarantined.objects.get().state == "waiting"


def test_nothing_is_replayed_twice(mona: User, signed_in: Browser) -> None:
    row = kept(GOOD)
    for _ in range(2):
        answer = signed_in(mona).post(f"/quarantine/{row.pk}/", {"body": json.dumps(GOOD)})
    assert answer.status_code == 422 and "已经被处理过了" in answer.content.decode()
    assert Accepted.objects.count() == 1


def test_many_are_replayed_or_discarded_at_once(mona: User, signed_in: Browser) -> None:
    rows = [kept(GOOD | {"messageId": str(n)}) for n in range(3)] + [kept(b'{"a": NaN}', code="refused")]
    signed_in(mona).post("/quarantine/settlement/", {"verb": "replay", "id": [row.pk for row in rows]})
    assert Accepted.objects.count() == 3
    waiting = Quarantined.objects.get(state="waiting")
    assert (waiting.pk, waiting.code) == (rows[3].pk, "not_json")
    signed_in(mona).post("/quarantine/settlement/", {"verb": "discard", "id": [waiting.pk]})
    assert Quarantined.objects.get(pk=waiting.pk).state == "discarded"
    assert "已丢弃" in signed_in(mona).get("/quarantine/?state=discarded").content.decode()


def test_replaying_needs_no_contact_value_in_clear() -> None:
    kept({"type": "identify", "userId": "u", "traits": {"phone": "13812345678"}})
    assert replay_many([Quarantined.objects.get().pk], by=None).taken == 1
    fact = Accepted.objects.get()
    assert fact.properties == {"traits": {}}
    assert fact.sealed and b"13812345678" in privacy.unseal(bytes(fact.sealed), "traits")


def test_others_are_refused_and_nothing_happens(bob: User, mark: User, signed_in: Browser) -> None:
    row = kept(GOOD)
    for user in (bob, mark):
        assert signed_in(user).get("/quarantine/").status_code == 403
        assert signed_in(user).get(f"/quarantine/{row.pk}/").status_code == 403
        assert signed_in(user).post(f"/quarantine/{row.pk}/", {"body": json.dumps(GOOD)}).status_code == 403
        assert signed_in(user).post("/quarantine/settlement/", {"verb": "discard", "id": row.pk}).status_code == 403
    assert Quarantined.objects.get().state == "waiting" and not Accepted.objects.exists()


def test_a_long_quarantine_is_read_in_pages(mona: User, signed_in: Browser) -> None:
    for _ in range(60):
        kept()
    first = signed_in(mona).get("/quarantine/")
    assert len(first.context["rows"]) == 50
    second = signed_in(mona).get("/quarantine/", {"cursor": first.context["page"].next})
    assert len(second.context["rows"]) == 10


def test_the_api_lists_and_replays(mona: User, mark: User, client: Client) -> None:
    row, other = kept(GOOD), kept()
    token = create_token(by=None, user=mona, name="t", scopes=["quarantine:write", "sources:read"])
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/api/sources", headers=headers).json()[0]["key"] == "shop"
    assert len(client.get("/api/quarantine", headers=headers).json()["rows"]) == 2

    def post(pk: int, **body: Any) -> Any:
        return client.post(f"/api/quarantine/{pk}/replay", body, "application/json", headers=headers)

    assert post(row.pk).json()["state"] == "replayed"
    assert post(row.pk).status_code == 409
    assert post(other.pk).json()["place"] == "properties.amount"
    assert post(other.pk, body=json.dumps(GOOD)).status_code == 200
    weak = create_token(by=None, user=mark, name="t", scopes=["quarantine:write"])
    assert client.get("/api/quarantine", headers={"authorization": f"Bearer {weak}"}).status_code == 403


def test_what_the_door_refused_can_be_replayed(door: Door, shop: Source) -> None:
    door.batch(BAD)
    row = Quarantined.objects.get()
    assert replay_many([row.pk], by=None).still_bad == 1
    assert row.place == "batch[0].properties.amount"
