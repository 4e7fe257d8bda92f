"""An administrator makes sources, changes their keys and the table of names; others look or are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.flow.collect.models import EventName, Source
from zhiji.flow.collect.tests.conftest import Door

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


def source(**more: Any) -> Source:
    return Source.objects.create(**{"key": "shop", "name": "商城", "write_key": "wk_old"} | more)


def test_alice_makes_a_source_and_copies_its_snippets(alice: User, signed_in: Browser) -> None:
    answer = signed_in(alice).post("/sources/new/", {"name": "小程序", "key": "mini"}, follow=True)
    made = Source.objects.get()
    page = answer.content.decode()
    assert made.enabled and made.write_key in page and "/zhiji.js" in page
    for kind in ("node", "python", "curl"):
        assert made.write_key in signed_in(alice).get(f"/sources/mini/?with={kind}").content.decode()
    assert AuditLine.objects.get().verb == "source created"


def test_a_taken_key_is_refused_and_what_was_typed_stays(alice: User, signed_in: Browser) -> None:
    source()
    for key in ("shop", "names", "new"):
        answer = signed_in(alice).post("/sources/new/", {"name": "另一个", "key": key})
        assert answer.status_code == 422 and "另一个" in answer.content.decode()
    assert Source.objects.count() == 1


def test_bob_sees_nothing_and_anna_sees_no_key(bob: User, anna: User, signed_in: Browser) -> None:
    source()
    assert signed_in(bob).get("/sources/").status_code == 403
    page = signed_in(anna).get("/sources/shop/")
    assert page.status_code == 200 and "wk_old" not in page.content.decode()
    for path in ("/sources/shop/key/", "/sources/shop/switch/", "/sources/new/", "/sources/names/new/"):
        assert signed_in(anna).post(path, {"name": "x", "key": "x"}).status_code == 403
    assert Source.objects.get().write_key == "wk_old"


def test_a_new_key_shuts_out_the_old_one(alice: User, signed_in: Browser, transactional_db: None) -> None:
    made = source()
    signed_in(alice).post("/sources/shop/key/")
    made.refresh_from_db()
    event = {"userId": "u", "event": "A"}
    assert Door().send("/v1/track", event, key="wk_old").status_code == 401
    assert Door().send("/v1/track", event, key=made.write_key).status_code == 200


def test_a_disabled_source_says_so(alice: User, signed_in: Browser) -> None:
    source()
    page = signed_in(alice).post("/sources/shop/switch/", {"enabled": "0"}, follow=True).content.decode()
    assert not Source.objects.get().enabled and "已停用" in page
    signed_in(alice).post("/sources/shop/switch/", {"enabled": "1"})
    assert Source.objects.get().enabled


def test_the_live_view_shows_what_just_came(
    alice: User, signed_in: Browser, door: Door, shop: Source, track: Any
) -> None:
    door.send("/v1/track", track("Order Completed", order_id="A-1", total=5))
    part = signed_in(alice).get("/sources/shop/", headers={"HX-Request": "true"}).content.decode()
    assert "order_paid" in part and "user:u-1" in part and "<html" not in part


def test_a_line_of_the_table_is_added_changed_and_removed(alice: User, signed_in: Browser) -> None:
    browser = signed_in(alice)
    form = {"theirs": "Test Drive", "ours": "drive_booked", "properties": "model = car, vehicle\n"}
    browser.post("/sources/names/new/", form)
    line = EventName.objects.get(theirs="Test Drive")
    assert line.properties == {"model": ["car", "vehicle"]}
    assert "model = car, vehicle" in browser.get(f"/sources/names/{line.pk}/").content.decode()
    browser.post(f"/sources/names/{line.pk}/", form | {"ours": "drive_done"})
    line.refresh_from_db()
    assert line.ours == "drive_done"
    browser.post(f"/sources/names/{line.pk}/removal/")
    assert not EventName.objects.filter(theirs="Test Drive").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"ours": "customers_merged"},
        {"ours": "Drive Booked"},
        {"ours": "1st"},
        {"theirs": "!!"},
        {"theirs": "order-completed"},
        {"properties": "amount"},
        {"properties": "Amount = total"},
    ],
)
def test_a_line_that_cannot_stand_is_refused_with_what_was_typed(
    alice: User, signed_in: Browser, wrong: dict[str, str]
) -> None:
    EventName.objects.get_or_create(theirs="Order Completed", defaults={"ours": "order_paid"})
    before = EventName.objects.count()
    form = {"theirs": "Test Drive", "ours": "drive_booked", "properties": ""} | wrong
    answer = signed_in(alice).post("/sources/names/new/", form)
    assert answer.status_code == 422 and next(iter(wrong.values())) in answer.content.decode()
    assert EventName.objects.count() == before
