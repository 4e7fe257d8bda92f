"""A malformed request is told where and why; a bad event in a good batch waits in quarantine and the rest goes in."""

from typing import Any

import pytest

from zhiji.access import privacy
from zhiji.flow.collect.models import Quarantined, Source
from zhiji.flow.collect.protocol import identities
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted

DEEP: Any = "x"
for _ in range(40):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("path", "body", "place", "reason"),
    [
        ("/v1/track", b"{", "", "not_json"),
        ("/v1/track", b'{"userId": "\xff"}', "", "not_json"),
        ("/v1/batch", b"{}", "", "wrong_type"),
        ("/v1/batch", {"batch": {}}, "batch", "wrong_type"),
        ("/v1/batch", {"batch": [], "sentAt": "soon"}, "sentAt", "bad_time"),
        ("/v1/batch", b'{"batch": ' + b"[" * 200_000, "", "too_deep"),
        ("/v1/track", {"event": "A"}, "userId", "no_identity"),
        ("/v1/track", {"userId": "u"}, "event", "no_event"),
        ("/v1/track", {"userId": "u", "event": "!?"}, "event", "bad_name"),
        ("/v1/track", {"userId": "u", "event": "Customers Merged"}, "event", "own_name"),
        ("/v1/track", {"userId": True, "event": "A"}, "userId", "wrong_type"),
        ("/v1/track", {"userId": "undefined", "event": "A"}, "userId", "junk_id"),
        ("/v1/track", {"userId": "[object Object]", "event": "A"}, "userId", "junk_id"),
        ("/v1/track", {"userId": "u\x00", "event": "A"}, "userId", "bad_id"),
        ("/v1/track", {"userId": "u", "event": "A", "timestamp": "yesterday"}, "timestamp", "bad_time"),
        ("/v1/track", {"userId": "u", "event": "A", "timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp", "too_old"),
        ("/v1/alias", {"userId": "u"}, "previousId", "no_previous"),
        ("/v1/group", {"userId": "u"}, "groupId", "no_group"),
        ("/v1/track", {"userId": "u", "event": "Order Completed", "properties": {"total": "much", "order_id": 1}},
         "properties.amount", "bad_number"),
        ("/v1/track", {"userId": "u", "event": "Order Completed", "properties": {"total": 5}},
         "properties.order_id", "missing"),
    ],
)  # fmt: skip
def test_a_malformed_request_gets_the_place_and_the_reason(
    door: Door, shop: Source, path: str, body: Any, place: str, reason: str
) -> None:
    answer = door.send(path, body)
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert (said["place"], said["reason"]) == (place, reason)
    assert said["message"] and "{" not in said["message"]
    assert not Accepted.objects.exists() and not Quarantined.objects.exists()


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (b'{"a": "\\u0000"}', "bad_text"),
        (b'{"a\\u0000": 1}', "bad_text"),
        (b'{"a": "\\ud800"}', "not_json"),
        (b'{"a": "\\udc00\\ud800"}', "not_json"),
        (b'{"a": 1e999}', "wrong_type"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": 123456789012345678901234567890}', "huge_number"),
        (b'{"a": [' + b"9" * 5000 + b"]}", "wrong_type"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a" : 1, "\\u0061":2}', "twice"),
        (b'{"x": [{"a" : 1,\n"a"\n: 2, "b": ":"}]}', "twice"),
        (b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}", "too_deep"),
        (b'{"a": ' * 60 + b"1" + b"}" * 60, "too_deep"),
        (b'{"a": "\xff"}', "not_json"),
        (b"[]", "wrong_type"),
        (b'"text"', "wrong_type"),
        (b'{"text": "' + b"x" * 33_000 + b'"}', "too_big"),
    ],
)
def test_hostile_json_is_quarantined_and_its_neighbours_go_in(
    door: Door, shop: Source, properties: bytes, reason: str
) -> None:
    event = b'{"type":"track","event":"E","userId":"u","properties":%s}'
    batch = b'{"batch":[' + b",".join([event % b"{}", event % properties, event % b'{"z":1}']) + b"]}"
    answer = door.send("/v1/batch", batch)
    assert answer.status_code == 200, answer.text
    assert answer.json()["quarantined"] == 1
    assert Accepted.objects.count() == 2
    kept = Quarantined.objects.get()
    assert (kept.place.split(".")[0], kept.code) == ("batch[1]", reason)
    if reason != "not_json" or b"\xff" in properties:
        assert privacy.unseal(kept.body, "quarantine") == event % properties


def test_a_batch_given_twice_is_refused_and_the_word_elsewhere_is_not(door: Door, shop: Source) -> None:
    event = b'{"type":"track","event":"E","userId":"u","properties":{"batch":"%s","x":{"batch":[1]}}}'
    once, again = b'"batch":[' + event % b"1" + b"]", b'"batch" : [' + event % b"2" + b"]"
    answer = door.send("/v1/batch", b"{" + once + b"," + again + b"}")
    assert (answer.status_code, answer.json()["place"], answer.json()["reason"]) == (400, "batch", "twice")
    assert not Accepted.objects.exists()
    assert door.send("/v1/batch", b"{" + again + b',"context":{"batch":"batch"}}').status_code == 200
    assert [fact.properties["batch"] for fact in Accepted.objects.all()] == ["2"]


@pytest.mark.parametrize(
    "keys",
    [
        b'"userId":"a","userId":"u"',
        b'"userId" :"a", "userId"\n: "u"',
        b'"u\\u0073erId":"a","userId":"u"',
        b'"userId":"u","x\\u003A":1,"event":"F"',
        b'"userId":"u","properties":{"x":1}',
        b'"userId":"u","integrations":{},"integrations":{"x":NaN}',
    ],
)
def test_a_key_given_twice_in_an_event_itself_is_refused_and_its_neighbours_go_in(
    door: Door, shop: Source, keys: bytes
) -> None:
    event = b'{"type":"track","event":"E",%s,"properties":{"userId":"x","a":{"event":[":"]}}}'
    good = event % b'"userId":"u","context":{"userId":"y"},"strange:one":{"event":1}'
    answer = door.send("/v1/batch", b'{"batch":[%s]}' % b",".join([good, event % keys, good]))
    assert (answer.status_code, answer.json()["quarantined"]) == (200, 1), answer.text
    assert Accepted.objects.count() == 2
    kept = Quarantined.objects.get()
    assert (kept.place.split(".")[0], kept.code) == ("batch[1]", "not_json" if b"NaN" in keys else "twice")
    assert door.send("/v1/track", event % keys).json()["reason"] == kept.code
    assert door.send("/v1/track", good).status_code == 200


@pytest.mark.parametrize("more", [b"", b',{"type":"track","event":"E","userId":"u","properties":{"x":NaN}}'])
def test_a_key_given_twice_is_named_and_seen_beside_events_that_are_no_json(
    door: Door, shop: Source, more: bytes
) -> None:
    twice = b'{"type":"track","event":"E","userId":"a","userId":"u"}'
    answer = door.send("/v1/batch", b'{"batch":[%s%s]}' % (twice, more))
    assert answer.json()["reasons"][0]["place"] == "batch[0].userId"
    assert answer.json()["quarantined"] == (2 if more else 1)
    again = door.send("/v1/batch", b'{"batch":[],"sentAt":"2026-05-03T08:00:00Z","sentAt":"2026-05-03T09:00:00Z"}')
    assert (again.status_code, again.json()["place"], again.json()["reason"]) == (400, "sentAt", "twice")


def test_json_that_only_looks_hostile_goes_in(door: Door, shop: Source) -> None:
    properties = b'{"a":"\\\\u0000","b" : "\\":", "c":"\\ud83d\\ude00", "d": {"a": 1}, "e": [], "": null, "n": -0.0}'
    body = b'{"event":"E","userId":"u","properties":%s}' % properties
    assert door.send("/v1/track", body).status_code == 200
    assert Accepted.objects.get().properties == {
        "a": "\\u0000", "b": '":', "c": "😀", "d": {"a": 1}, "e": [], "": None, "n": 0,
    }  # fmt: skip


def test_an_event_without_a_type_is_named_by_its_place(door: Door, shop: Source, track: Any) -> None:
    answer = door.batch(track(), {"userId": "u", "event": "A"})
    assert answer.json()["reasons"][0]["place"] == "batch[1].type"


@pytest.fixture
def ids_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "id_text", lambda value, place: value)
    monkeypatch.setattr(identities, "users", {})


def test_what_only_the_database_refuses_is_sifted_out(
    door: Door, shop: Source, track: Any, ids_unchecked: None
) -> None:
    events = [track(f"E {n}", user="u\0" if n in (3, 40) else "fine") for n in range(50)]
    answer = door.batch(*events)
    assert answer.status_code == 200 and answer.json()["quarantined"] == 2
    assert Accepted.objects.count() == 48
    assert sorted(Quarantined.objects.values_list("place", "code")) == [
        ("batch[3]", "refused"),
        ("batch[40]", "refused"),
    ]


def test_requests_that_wait_together_do_not_spoil_each_other(shop: Source, track: Any, ids_unchecked: None) -> None:
    auth = ("wk_test", "")
    requests = [("/v1/track", {"json": track("E", user="u\0" if n == 5 else "ok"), "auth": auth}) for n in range(20)]
    answers = Door().many(requests)
    assert [answer.status_code for answer in answers] == [200] * 20
    assert (Accepted.objects.count(), Quarantined.objects.count()) == (19, 1)
