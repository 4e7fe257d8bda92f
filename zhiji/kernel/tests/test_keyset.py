"""Keyset pages show every row once, forwards and backwards, nulls and ties included."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.models import Block, Segment, SegmentMembership
from zhiji.kernel import clock, keyset
from zhiji.kernel.keyset import TooFar, page

pytestmark = pytest.mark.django_db
ORDERS = [("-registered_at", "-customer"), ("registered_at", "customer"), ("name_key", "customer"), ("-customer",)]


def portraits(count: int) -> list[int]:
    """Some registered at the same moment, some never."""
    now = clock.now()
    for number in range(count):
        one = Customer.objects.create(root_id=number)
        seen = None if number % 5 == 0 else now - timedelta(hours=number % 3)
        Portrait.objects.create(customer=one, registered_at=seen, name_key=f"n{number % 4}")
    return list(Portrait.objects.values_list("customer_id", flat=True))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 10, 23, 50])
def test_every_row_comes_once_and_back_again(order: tuple[str, ...], size: int) -> None:
    everyone = set(portraits(23))
    there = [page(Portrait.objects.all(), order, size)]
    while there[-1].next:
        there.append(page(Portrait.objects.all(), order, size, there[-1].next))
    seen = [row.pk for one in there for row in one.rows]
    assert len(seen) == len(everyone) and set(seen) == everyone
    back = [there[-1]]
    while back[-1].previous:
        back.append(page(Portrait.objects.all(), order, size, back[-1].previous))
    assert {row.pk for one in back for row in one.rows} == everyone
    assert [row.pk for row in back[-1].rows] == [row.pk for row in there[0].rows]


def only(wanted: set[int]) -> keyset.Kept:
    """Those of a stretch who are wanted."""
    return lambda stretch: list(Portrait.objects.filter(pk__in=wanted.intersection(one["pk"] for one in stretch)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_walk_shows_what_a_filter_would_there_and_back(
    order: tuple[str, ...], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "SHORTEST", 2)
    monkeypatch.setattr(keyset, "LONGEST", 4)
    wanted = set(portraits(41)[::3])
    narrow, wide = Portrait.objects.filter(pk__in=wanted), Portrait.objects.all()
    plain, walked = page(narrow, order, size), page(wide, order, size, kept=only(wanted))
    while plain.next:
        assert walked == plain
        plain = page(narrow, order, size, plain.next)
        walked = page(wide, order, size, walked.next, kept=only(wanted))
    while plain.previous:
        assert walked == plain
        plain = page(narrow, order, size, plain.previous)
        walked = page(wide, order, size, walked.previous, kept=only(wanted))
    assert walked == plain and len(plain.rows) == size


def test_a_walk_to_rare_rows_gives_up_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "SHORTEST", 2)
    monkeypatch.setattr(keyset, "LONGEST", 4)
    rare = set(portraits(40)[:1])
    found = page(Portrait.objects.all(), ("-customer",), kept=only(rare), most=100)
    assert [one.pk for one in found.rows] == [*rare]
    with pytest.raises(TooFar):
        page(Portrait.objects.all(), ("-customer",), kept=only(rare), most=20)


def test_a_row_that_goes_while_one_walks_ends_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "SHORTEST", 4)
    ids = sorted(portraits(20), reverse=True)

    def kept(stretch: QuerySet[Any]) -> list[Portrait]:
        Portrait.objects.filter(pk=ids[3]).delete()
        return only({ids[0], ids[-1]})(stretch)

    assert [one.pk for one in page(Portrait.objects.all(), ("-customer",), 5, kept=kept).rows] == [ids[0], ids[-1]]


def test_rows_without_a_value_come_last_either_way() -> None:
    portraits(10)
    for order in ORDERS[:2]:
        rows = page(Portrait.objects.all(), order).rows
        assert [row.registered_at is None for row in rows] == [False] * 8 + [True] * 2


@pytest.mark.parametrize("cursor", ["forged", "e30:abc", "\x00", "x" * 3000, "WzFd:q"])
def test_a_forged_cursor_shows_the_first_page(cursor: str) -> None:
    portraits(5)
    assert page(Portrait.objects.all(), ("-customer",), 2, cursor) == page(Portrait.objects.all(), ("-customer",), 2)


def test_a_cursor_of_another_order_shows_the_first_page() -> None:
    portraits(5)
    other = page(Portrait.objects.all(), ("name_key", "customer"), 2).next
    assert page(Portrait.objects.all(), ("-customer",), 2, other).previous == ""


def test_an_order_that_runs_both_ways_is_refused() -> None:
    with pytest.raises(ValueError, match="one way"):
        page(Portrait.objects.all(), ("-registered_at", "customer"))


@pytest.mark.parametrize("order", ORDERS[:1] + ORDERS[2:])
def test_a_deep_page_enters_the_index_where_the_last_one_ended(order: tuple[str, ...]) -> None:
    portraits(23)
    shown = Portrait.objects.filter(merged=False)
    deep = page(shown, order, 5).next
    with CaptureQueriesContext(connection) as queries:
        page(shown, order, 5, deep)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + queries.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "ROW(" in condition or "customer_id <" in condition
    assert "Sort" not in plan


def memberships(count: int, *segments: str) -> QuerySet[SegmentMembership]:
    """So many customers, each in every one of the segments: a table with a composite key."""
    everyone = portraits(count)
    for key in segments:
        one = Segment.objects.create(key=key, name=key, condition={})
        for block in {pk >> 12 for pk in everyone}:
            Block.objects.create(segment=one, block=block, bits=bytes([255]) * 512)
    return SegmentMembership.objects.filter(customer__in=everyone)


def test_rows_of_a_composite_key_come_once_whatever_of_it_the_order_names() -> None:
    found = memberships(4, "one", "two")
    for order in (("-customer_id",), ("segment",), ("customer", "segment")):
        seen, cursor = [], ""
        while not seen or cursor:
            part = page(found, order, 1, cursor)
            seen += [row.pk for row in part.rows]
            cursor = part.next
        assert len(seen) == len(set(seen)) == 8


def test_what_the_list_holds_to_one_value_stays_out_of_the_order() -> None:
    """It would name a column of another table, so that no index of the customers is entered."""
    one = memberships(3, "one", "two").filter(segment__key="one", segment=Segment.objects.get(key="one"))
    deep = page(one, ("-customer_id",), 1).next
    with CaptureQueriesContext(connection) as queries:
        rows = page(one, ("-customer_id",), 1, deep).rows
    assert len(rows) == 1
    assert "segment_id" not in queries.captured_queries[0]["sql"].split("ROW(", 1)[1]
