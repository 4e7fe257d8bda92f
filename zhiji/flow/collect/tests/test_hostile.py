"""Whatever is sent, the door answers with sense, keeps what it said it kept, and nothing is half taken."""

import gzip
import json
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted

SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=False)
NAMES = st.sampled_from(["email", "phone", "a", "", "context", "amount", "products", "price", "total", "地址", "\0"])
LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["\0", "\ud800", "\\u0000", "1e999", "https://a.cn/?email=a@b.cn"])
)
TREE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
FIELDS = [
    "userId", "anonymousId", "previousId", "groupId", "event", "properties", "traits", "context", "timestamp",
    "sentAt", "messageId", "name", "category", "integrations",
]  # fmt: skip
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias", "x"])},
    optional={field: TREE | st.just("u-1") for field in FIELDS},
)


@SETTINGS
@given(events=st.lists(EVENT, max_size=8))
def test_every_event_of_a_batch_is_taken_or_kept(door: Door, shop: Source, events: list[Any]) -> None:
    before = Accepted.objects.count() + Quarantined.objects.count()
    answer = door.send("/v1/batch", json.dumps({"batch": events}).encode())
    assert answer.status_code == 200, answer.text
    assert Accepted.objects.count() + Quarantined.objects.count() == before + len(events)
    assert not Accepted.objects.extra(where=["NOT pg_input_is_valid(properties, 'jsonb')"]).exists()
    for fact in Accepted.objects.all():
        assert fact.identity and fact.occurred_at <= fact.received_at
        assert "a@b.cn" not in json.dumps(fact.properties)


@SETTINGS
@given(event=EVENT, kind=st.sampled_from(["track", "identify", "page", "alias", "group", "screen", "batch"]))
def test_every_single_request_is_taken_whole_or_refused_with_a_reason(
    door: Door, shop: Source, event: Any, kind: str
) -> None:
    before = Accepted.objects.count()
    answer = door.send(f"/v1/{kind}", json.dumps(event).encode())
    assert answer.status_code in (200, 400), answer.text
    assert Accepted.objects.count() == before + (answer.status_code == 200)
    if answer.status_code == 400:
        assert answer.json()["reason"]


@SETTINGS
@given(body=st.binary(max_size=300), zipped=st.booleans(), coded=st.booleans())
def test_noise_is_refused_and_nothing_goes_in(door: Door, shop: Source, body: bytes, zipped: bool, coded: bool) -> None:
    sent = gzip.compress(body) if zipped else body
    answer = door.send("/v1/batch", sent, headers={"content-encoding": "gzip"} if coded else {})
    assert answer.status_code == 400, answer.text
    assert not Accepted.objects.exists() and not Quarantined.objects.exists()


ZIPPED = {"content-encoding": "gzip"}


def test_a_gzip_body_of_empty_members_is_refused_before_it_costs_anything(door: Door, shop: Source) -> None:
    body = gzip.compress(b"") * (480_000 // len(gzip.compress(b"")))
    began = time.process_time()
    answer = door.send("/v1/batch", body, headers=ZIPPED)
    assert answer.status_code == 413 and "members" in answer.text
    assert time.process_time() - began < 0.5


def test_a_gzip_bomb_is_refused_and_joined_members_are_read(door: Door, shop: Source) -> None:
    assert door.send("/v1/batch", gzip.compress(b" " * 50_000_000), headers=ZIPPED).status_code == 413
    text = json.dumps({"batch": [{"type": "track", "event": "joined", "userId": "u"}] * 3}).encode()
    joined = b"".join(gzip.compress(text[at : at + 20]) for at in range(0, len(text), 20))
    answer = door.send("/v1/batch", joined, headers=ZIPPED)
    assert answer.status_code == 200, answer.text
    assert Accepted.objects.count() == 3
