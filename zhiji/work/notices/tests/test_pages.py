"""The bell's pages: one's own, and no one else's."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.kernel import clock
from zhiji.work.notices import queries
from zhiji.work.notices.models import Notice
from zhiji.work.notices.telling import Told, notify, tell
from zhiji.work.notices.tests.told import HIDDEN, offered

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _offers() -> Iterator[None]:
    with offered():
        yield


def told(user: User, number: int = 7) -> int:
    notify("call", [user.pk], ("test.record", number), {"who": "甲"}, key=f"k{number}")
    return Notice.objects.latest("pk").pk


def test_the_bell_counts_ones_own(bob: User, sue: User, signed_in: SignedIn) -> None:
    told(bob)
    assert 'data-unread="1"' in signed_in(bob).get("/notices/bell/").content.decode()
    assert "data-unread" not in signed_in(sue).get("/notices/bell/").content.decode()
    assert "甲 来电" in signed_in(bob).get("/notices/latest/").content.decode()
    assert "甲 来电" not in signed_in(sue).get("/notices/latest/").content.decode()


def test_very_many_are_said_so(bob: User, signed_in: SignedIn) -> None:
    tell("call", [Told(bob.pk, f"{one}") for one in range(120)])
    assert "99+" in signed_in(bob).get("/notices/bell/").content.decode()


def test_opening_leads_to_the_record_and_reads_the_line(bob: User, signed_in: SignedIn) -> None:
    pk = told(bob)
    answer = signed_in(bob).post(f"/notices/{pk}/opening/", {"thing": "7"})
    assert answer.status_code == 302 and answer.headers["Location"] == "/me/?record=7"
    assert queries.unread(bob.pk) == 0


@pytest.mark.parametrize("thing", ["8", "x", "-1", "99999999999999999999"])
def test_a_thing_that_the_line_is_not_about_leads_nowhere(bob: User, signed_in: SignedIn, thing: str) -> None:
    pk = told(bob)
    answer = signed_in(bob).post(f"/notices/{pk}/opening/", {"thing": thing})
    assert answer.status_code == 404 or answer.headers["Location"] == "/me/?record=7"


def test_what_may_be_seen_no_more_leads_nowhere_and_stays_unread(bob: User, signed_in: SignedIn) -> None:
    pk = told(bob)
    HIDDEN.add(7)
    assert signed_in(bob).post(f"/notices/{pk}/opening/").status_code == 404
    assert "您已看不到" in signed_in(bob).get("/notices/").content.decode()
    assert queries.unread(bob.pk) == 1


def test_nobody_reads_or_opens_anothers(bob: User, sue: User, alice: User, signed_in: SignedIn) -> None:
    pk = told(bob)
    for other in (sue, alice):
        for deed in ("reading", "opening"):
            assert signed_in(other).post(f"/notices/{pk}/{deed}/").status_code == 404
        signed_in(other).post("/notices/reading/")
    assert queries.unread(bob.pk) == 1


def test_the_page_has_a_second_one(bob: User, signed_in: SignedIn) -> None:
    now = clock.now()
    for hour in range(40):
        tell("call", [Told(bob.pk, f"{hour}", ("test.record", hour))], as_of=now - timedelta(hours=hour))
    first = signed_in(bob).get("/notices/")
    cursor = first.context["page"].next
    second = signed_in(bob).get("/notices/", {"cursor": cursor})
    assert (len(first.context["page"].rows), len(second.context["page"].rows)) == (30, 10)


def test_settings_are_kept_and_a_bad_hour_is_refused(bob: User, signed_in: SignedIn) -> None:
    form = {"every": "hour", "hour": "8", "quiet": "on", "bell-call": "on"}
    assert signed_in(bob).post("/notices/settings/edit/", form).status_code == 302
    chosen = {kind.key: (bell, mail) for kind, bell, mail in queries.choices(bob)}
    assert chosen["call"] == (True, False) and chosen["word"] == (False, False)
    assert (queries.rhythm(bob).every, queries.rhythm(bob).hour) == ("hour", 8)
    assert signed_in(bob).post("/notices/settings/edit/", {**form, "hour": "24"}).status_code == 422
    assert queries.rhythm(bob).hour == 8


def test_a_role_is_offered_only_the_kinds_it_may_be_told(anna: User, bob: User, signed_in: SignedIn) -> None:
    assert "来电" not in signed_in(anna).get("/notices/settings/").content.decode()
    assert "来电" in signed_in(bob).get("/notices/settings/").content.decode()
