"""Every call of the protocol becomes the right fact in the inbox, after one commit."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from zhiji.access import privacy, sealing
from zhiji.flow.collect.models import EventName, Quarantined, Source
from zhiji.flow.collect.tests.conftest import KEY, Door
from zhiji.kernel import clock
from zhiji.kernel.facts import message_key
from zhiji.kernel.models import Accepted


def test_an_order_completed_is_an_order_paid_with_amount_store_items_and_categories(
    door: Door, shop: Source, track: Any
) -> None:
    products = [
        {"product_id": "1", "price": 3, "quantity": 2, "category": "牛奶"},
        {"product_id": "2", "price": "20.50", "quantity": 1, "category": "咖啡"},
    ]
    order = track("Order Completed", order_id=77, total="25.50", affiliation="西湖店", products=products)
    assert door.send("/v1/track", order).json() == {"success": True}
    fact = Accepted.objects.get()
    assert fact.name == "order_paid"
    assert fact.source_id == shop.pk
    assert fact.identity == "user:u-1"
    assert fact.properties == {
        "order_id": "77",
        "amount": 25.5,
        "store": "西湖店",
        "items": 3,
        "category": "咖啡",
        "categories": ["牛奶", "咖啡"],
        "products": [products[0], products[1] | {"price": 20.5}],
    }


def test_names_that_the_table_lacks_stay_theirs_in_snake_case(door: Door, shop: Source, track: Any) -> None:
    for name in ("Video Played", "videoPaused", "预约 试驾", "product-viewed"):
        assert door.send("/v1/track", track(name)).status_code == 200
    names = list(Accepted.objects.order_by("id").values_list("name", flat=True))
    assert names == ["video_played", "video_paused", "预约_试驾", "product_viewed"]


def test_page_screen_group_and_alias_have_facts_of_their_own(door: Door, shop: Source) -> None:
    door.send("/v1/page", {"anonymousId": "a", "name": "首页", "properties": {"path": "/"}})
    door.send("/v1/screen", {"anonymousId": "a", "name": "Home"})
    door.send("/v1/group", {"userId": "u", "groupId": 7, "traits": {"name": "Acme", "phone": "021-55551234"}})
    door.send("/v1/alias", {"userId": "u", "previousId": "old"})
    page, screen, group, alias = Accepted.objects.order_by("id")
    assert (page.name, page.identity, page.properties) == ("page_viewed", "anonymous:a", {"path": "/", "name": "首页"})
    assert (screen.name, screen.properties["name"]) == ("screen_viewed", "Home")
    assert (group.name, group.properties["group_id"]) == ("organisation_joined", "7")
    assert group.properties["traits"]["phone"] == "⟦phone:p0⟧"
    assert (alias.name, alias.identity, alias.also) == ("identity_aliased", "user:u", "user:old")


def test_identify_seals_contact_values_and_keeps_the_rest_under_our_names(door: Door, shop: Source) -> None:
    traits = {
        "email": "Li.Na@Example.com",
        "phone": "138 1234 5678",
        "address": {"street": "文三路 1 号", "city": "杭州", "state": "浙江"},
        "firstName": "娜",
        "lastName": "李",
        "birthday": "1990-02-03T00:00:00Z",
        "createdAt": "2026-01-02T03:04:05Z",
        "consent": {"email": True},
        "vipLevel": 3,
        "身份证号": "330106199002031234",
    }
    assert door.send("/v1/identify", {"userId": 9, "anonymousId": "a-9", "traits": traits}).status_code == 200
    fact = Accepted.objects.get()
    assert (fact.name, fact.identity, fact.also) == ("customer_identified", "user:9", "anonymous:a-9")
    kept = fact.properties["traits"]
    assert kept.pop("身份证号") == "⟦identity:p0⟧"
    assert kept == {
        "name": "李娜",
        "birthday": "1990-02-03",
        "registered_at": "2026-01-02T03:04:05+00:00",
        "consent": {"email": True},
        "vip_level": 3,
        "city": "杭州",
        "region": "浙江",
    }
    assert fact.sealed is not None
    assert json.loads(privacy.unseal(fact.sealed, "traits")) == {
        "email": "li.na@example.com",
        "phone": "+8613812345678",
        "address": "浙江杭州文三路 1 号",
        "values": {"p0": ["identity", "330106199002031234"]},
    }


def test_no_contact_value_lands_in_clear_wherever_it_stands(door: Door, shop: Source, track: Any) -> None:
    secret = ("li.na@example.com", "13812345678", "文三路")
    event = track(
        "Form Sent",
        user=secret[0],
        Email=secret[0],
        nested={"list": [{"phoneNumber": secret[1], "shipping-address": {"street": secret[2]}}]},
        url=f"https://a.cn/?email={secret[0]}&q=1&tel={secret[1]}",
        ip="10.0.0.1",
    )
    event["context"] = {
        "traits": {"email": secret[0]},
        "ip": "10.0.0.1",
        "page": {"url": f"https://a.cn/x?mobile={secret[1]}&u={secret[0]}"},
        "locale": "zh-CN",
    }
    assert door.send("/v1/track", event).status_code == 200
    fact, told = Accepted.objects.order_by("id")
    assert (told.name, told.properties) == ("customer_identified", {"traits": {}})
    text = json.dumps([fact.identity, told.identity, fact.properties], ensure_ascii=False)
    assert not [word for word in (*secret, "10.0.0.1") if word in text]
    assert fact.properties["context"]["locale"] == "zh-CN"
    assert fact.properties["Email"] == "⟦email:p0⟧" and fact.properties["url"].startswith("https://a.cn/?email=⟦")
    assert fact.sealed is not None
    kept = list(sealing.opened(fact.sealed)["values"].values())
    assert {tuple(pair) for pair in kept} == {("email", secret[0]), ("phone", secret[1]), ("address", secret[2])}


def test_a_wrong_clock_is_set_right_by_sent_at_and_nothing_happens_in_the_future(
    door: Door, shop: Source, track: Any
) -> None:
    wrong = datetime(2031, 1, 1, tzinfo=UTC)
    hour_ago = track("A") | {"timestamp": (wrong - timedelta(hours=1)).isoformat()}
    door.batch(hour_ago, sentAt=wrong.isoformat())
    door.batch(track("B") | {"timestamp": "2031-01-01T00:00:00.000Z"})
    door.batch(track("C"))
    door.batch(track("D") | {"timestamp": "2020-05-03T08:00:00+08:00"})
    facts = {fact.name: fact for fact in Accepted.objects.all()}
    assert abs(facts["a"].received_at - facts["a"].occurred_at - timedelta(hours=1)) < timedelta(seconds=1)
    assert facts["b"].occurred_at == facts["b"].received_at
    assert facts["c"].occurred_at == facts["c"].received_at
    assert facts["d"].occurred_at == datetime(2020, 5, 3, tzinfo=UTC)
    assert abs(clock.now() - facts["c"].received_at) < timedelta(seconds=30)


def test_the_same_message_id_has_the_same_key(door: Door, shop: Source, track: Any) -> None:
    for _ in range(2):
        door.batch(track() | {"messageId": "m-1"})
    keys = {fact.message_key for fact in Accepted.objects.all()}
    assert keys == {message_key(f"source:{shop.pk}", "m-1")}


def test_the_key_goes_in_as_basic_user_or_in_the_body(door: Door, shop: Source, track: Any) -> None:
    assert door.send("/v1/track", track() | {"writeKey": KEY}, key=None).status_code == 200
    assert door.send("/v1/batch", {"batch": [track()], "writeKey": KEY}, key=None).status_code == 200
    assert door.send("/v1/t", track(), headers={"content-type": "text/plain"}).status_code == 200
    assert Accepted.objects.count() == 3


def test_a_stranger_or_a_disabled_source_is_refused_and_nothing_goes_in(door: Door, shop: Source, track: Any) -> None:
    assert door.send("/v1/track", track(), key="wk_other").status_code == 401
    assert door.send("/v1/track", track(), key=None).status_code == 401
    assert door.send("/v1/track", track(), key=None, headers={"authorization": "Basic &&"}).status_code == 401
    Source.objects.update(enabled=False)
    assert door.send("/v1/batch", {"batch": [track()]}).json()["code"] == "unknown_key"
    assert not Accepted.objects.exists()


def test_gzip_bodies_are_read(door: Door, shop: Source, track: Any) -> None:
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())
    assert door.send("/v1/batch", body, headers={"content-encoding": "gzip"}).status_code == 200
    assert Accepted.objects.count() == 1
    cut = door.send("/v1/batch", body[:-12], headers={"content-encoding": "gzip"})
    assert (cut.status_code, cut.json()["message"]) == (400, "this is not JSON: the gzip body is cut off")


def test_what_is_too_big_is_refused_before_and_after_unzipping(door: Door, shop: Source, track: Any) -> None:
    assert door.send("/v1/track", track(text="x" * 33_000)).status_code == 413
    assert door.send("/v1/batch", {"batch": [track(text="x" * 30_000)] * 20}).status_code == 413
    bomb = gzip.compress(b"[" * 50_000_000)
    assert len(bomb) < 100_000
    assert door.send("/v1/batch", bomb, headers={"content-encoding": "gzip"}).status_code == 413
    assert door.send("/v1/batch", {"batch": [{}] * 2501}).status_code == 413
    assert not Accepted.objects.exists() and not Quarantined.objects.exists()


def test_a_browser_may_ask_before_it_posts(door: Door, shop: Source) -> None:
    answer = door.send("/v1/batch", key=None, method="OPTIONS", headers={"origin": "https://a.cn"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert door.send("/v1/batch", method="GET").status_code == 405


def test_everything_else_goes_on_to_django(door: Door) -> None:
    assert door.send("/v1/other", key=None).text == "/v1/other"
    assert door.send("/", key=None, method="GET").status_code == 299


def test_a_full_inbox_asks_senders_to_wait(shop: Source, track: Any) -> None:
    Door().batch(track(), track(), track())
    answer = Door(depth_limit=1).batch(track())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert Accepted.objects.count() == 3


def test_a_changed_name_counts_at_once(door: Door, shop: Source, track: Any) -> None:
    EventName.objects.create(theirs="Test Drive", ours="drive_booked", properties={"model": ["car", "vehicle"]})
    door.send("/v1/track", track("test drive", vehicle="X5"))
    fact = Accepted.objects.get()
    assert (fact.name, fact.properties) == ("drive_booked", {"model": "X5"})


def test_a_source_knows_when_it_was_last_heard(door: Door, shop: Source, track: Any) -> None:
    door.send("/v1/track", track())
    shop.refresh_from_db()
    assert shop.last_fact_at is not None and abs(clock.now() - shop.last_fact_at) < timedelta(seconds=30)
