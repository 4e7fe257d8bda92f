"""Who is told what, once; what is read, grouped, hidden, forgotten and tidied."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhiji.access.models import AuditLine, User
from zhiji.flow.profile.actions import erase_customer
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock
from zhiji.work.notices import actions, queries, telling
from zhiji.work.notices.actions import BadRhythm
from zhiji.work.notices.models import Notice
from zhiji.work.notices.telling import Told, notify, tell
from zhiji.work.notices.tests.told import HIDDEN, offered

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 4, 10, tzinfo=UTC)
RECORD = ("test.record", 7)


@pytest.fixture(autouse=True)
def _offers() -> Iterator[None]:
    with offered():
        yield


def about(user: User, *numbers: int, kind: str = "call", at: datetime = NOON) -> int:
    return tell(kind, [Told(user.pk, f"k{one}{at}", ("test.record", one)) for one in numbers], as_of=at)


def test_a_key_is_told_once_to_each(bob: User, sue: User) -> None:
    assert notify("call", [bob.pk, sue.pk, bob.pk], RECORD, {"who": "甲"}, key="k") == 2
    assert notify("call", [bob.pk, sue.pk], RECORD, {"who": "乙"}, key="k") == 0
    assert [line.text for line in queries.lines(bob).rows] == ["甲 来电"]


def test_many_are_told_by_one_statement(bob: User, sue: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert about(bob, *range(50)) == 50
    assert len(asked) == 1


def test_who_may_not_know_of_it_or_has_left_is_not_told(bob: User, anna: User, sue: User) -> None:
    User.objects.filter(pk=sue.pk).update(is_active=False)
    assert notify("call", [bob.pk, anna.pk, sue.pk], RECORD, {}, key="k") == 1
    assert Notice.objects.get().user == bob


def test_who_turned_a_kind_off_is_not_told_and_others_are(bob: User, sue: User) -> None:
    actions.choose(by=bob, kinds={"call": (False, False), "nowhere": (True, True)}, every="day", hour=9, quiet=True)
    assert notify("call", [bob.pk, sue.pk], RECORD, {}, key="k") == 1
    assert AuditLine.objects.get().detail["off"] == ["call"]
    actions.choose(by=bob, kinds={"call": (False, True)}, every="day", hour=9, quiet=True)
    notify("call", [bob.pk], RECORD, {}, key="mail only")
    assert queries.unread(bob.pk) == 0 and queries.lines(bob).rows == [] and Notice.objects.filter(user=bob).exists()


@pytest.mark.parametrize(("every", "hour"), [("weekly", 9), ("day", 24), ("day", -1)])
def test_a_rhythm_that_there_is_not_changes_nothing(bob: User, every: str, hour: int) -> None:
    with pytest.raises(BadRhythm):
        actions.choose(by=bob, kinds={"call": (False, False)}, every=every, hour=hour, quiet=True)
    assert about(bob, 1) == 1 and not AuditLine.objects.exists()


def test_what_comes_within_an_hour_is_one_line(bob: User) -> None:
    about(bob, 1, 2, 3, 4, 5, at=NOON)
    about(bob, 6, at=NOON + timedelta(hours=1))
    later, hour = queries.lines(bob).rows
    assert (hour.text, hour.count, [thing.name for thing in hour.things]) == (
        "5 个来电",
        5,
        ["记录5", "记录4", "记录3"],
    )
    assert hour.more == 2 and later.count == 1
    assert queries.unread(bob.pk) == 6


def test_many_about_one_thing_are_a_line_a_day(bob: User) -> None:
    """The day is the workspace's: 15:59 and 16:01 of UTC are two days in Shanghai."""
    for minute in (0, 59, 61, 120):
        tell(
            "word",
            [Told(bob.pk, f"{minute}", RECORD)],
            as_of=NOON.replace(hour=15, minute=0) + timedelta(minutes=minute),
        )
    assert [(line.count, len(line.things)) for line in queries.lines(bob).rows] == [(2, 1), (2, 1)]


def test_reading_a_line_reads_all_of_it_and_no_other(bob: User, sue: User) -> None:
    about(bob, 1, 2)
    about(sue, 1)
    about(bob, 3, kind="word")
    line = next(one for one in queries.lines(bob).rows if one.count == 2)
    assert telling.read(bob.pk, [line.bundle]) == 2
    assert (queries.unread(bob.pk), queries.unread(sue.pk)) == (1, 1)
    assert telling.read(bob.pk) == 1 and queries.lines(bob, only_unread=True).rows == []
    assert queries.unread(sue.pk) == 1


def test_the_second_page_goes_on_where_the_first_ended(bob: User) -> None:
    for hour in range(7):
        about(bob, hour, 100 + hour, at=NOON + timedelta(hours=hour))
    first = queries.lines(bob, size=4)
    second = queries.lines(bob, size=4, cursor=first.next)
    names = [thing.name for line in (*first.rows, *second.rows) for thing in line.things]
    assert len(first.rows) == 4 and len(second.rows) == 3 and second.next == ""
    assert len(names) == len(set(names)) == 14


def test_of_what_may_be_seen_no_more_nothing_is_said(bob: User) -> None:
    notify("call", [bob.pk], RECORD, {"who": "王芳"}, key="k")
    HIDDEN.add(7)
    (line,) = queries.lines(bob).rows
    assert line.hidden and not line.text and not line.things


def test_contact_values_are_masked_for_who_sees_masks(mark: User, bob: User) -> None:
    notify("call", [mark.pk, bob.pk], RECORD, {"who": "13912345678"}, key="k")
    assert queries.lines(mark).rows[0].text == "139****5678 来电"
    assert queries.lines(bob).rows[0].text == "13912345678 来电"


def test_erasing_a_customer_takes_their_words_out_of_notices(bob: User) -> None:
    one = customer("user:1", name="王芳芳")
    notify("call", [bob.pk], RECORD, {"who": "某人"}, key="theirs", customer_id=one.pk)
    notify("call", [bob.pk], RECORD, {"who": "王芳芳的同事"}, key="mentions")
    notify("call", [bob.pk], RECORD, {"who": "李四"}, key="others")
    erase_customer(customer_id=one.pk, by=None)
    kept = {one.key: one.values for one in Notice.objects.all()}
    assert kept["theirs"] == {} and "王芳芳" not in str(kept) and kept["others"] == {"who": "李四"}
    assert queries.lines(bob).rows


def test_what_was_read_ninety_days_ago_goes_and_what_was_not_stays(bob: User) -> None:
    about(bob, 1, 2, 3)
    now = clock.now()
    old, fresh = Notice.objects.values_list("pk", flat=True)[:2]
    Notice.objects.filter(pk=old).update(read_at=now - telling.KEPT - timedelta(seconds=1))
    Notice.objects.filter(pk=fresh).update(read_at=now - telling.KEPT + timedelta(hours=1))
    assert telling.tidy(now) == 1
    assert not Notice.objects.filter(pk=old).exists() and Notice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_that_tell_the_same_at_once_tell_it_once(bob: User, sue: User) -> None:
    told: list[int] = []

    def run() -> None:
        try:
            told.append(notify("call", [bob.pk, sue.pk], RECORD, {}, key="k"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(told) == Notice.objects.count() == 2


def test_counting_the_unread_is_an_index_scan(bob: User) -> None:
    about(bob, *range(2000))
    telling.read(bob.pk)
    about(bob, *range(2000, 2120))
    assert queries.unread(bob.pk) == queries.MOST
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries.UNREAD}", [bob.pk])
        assert "notice_unread" in "\n".join(row for (row,) in cursor.fetchall())
