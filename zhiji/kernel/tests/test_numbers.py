"""Numbers in a row: each once, per year or for ever, without gaps or with them."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from zhiji.kernel.claims.proof import differences
from zhiji.kernel.numbers import Series, number

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
TICKETS = Series("ticket")
LOOSE = Series("parcel", "P{number}", yearly=False, gap_free=False)


class Broken(Exception):
    pass


def test_the_next_for_each_reason_and_the_same_for_the_same() -> None:
    assert [number(TICKETS, reason, as_of=NOON) for reason in "aba"] == ["2026-000001", "2026-000002", "2026-000001"]
    assert number(Series("order", "{number}", yearly=False), "a", as_of=NOON) == "1"


def test_a_year_begins_at_one_by_the_workspaces_clock() -> None:
    number(TICKETS, "a", as_of=NOON)
    eve, new_year = datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert number(TICKETS, "b", as_of=eve) == "2026-000002"
    assert number(TICKETS, "c", as_of=new_year) == "2027-000001"
    assert number(TICKETS, "b", as_of=new_year) == "2026-000002", "a number stays what it was"


def _given(series: Series, count: int) -> list[str]:
    """What a crowd gets, of which each third rolls back."""
    got: list[Any] = []
    ready = threading.Barrier(count)

    def one(mine: int) -> None:
        try:
            ready.wait(60)
            with transaction.atomic():
                told = number(series, f"{mine}", as_of=NOON)
                if mine % 3 == 0:
                    raise Broken
            got.append(told)
        except Broken:
            pass
        except BaseException as error:
            got.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(mine,)) for mine in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(got)


def test_a_crowd_of_which_some_roll_back_leaves_no_gap() -> None:
    assert _given(TICKETS, 18) == [f"2026-{one:06}" for one in range(1, 13)]
    assert differences() == []


def test_where_gaps_may_be_nobody_waits_and_what_is_rolled_back_leaves_one() -> None:
    with pytest.raises(Broken), transaction.atomic():
        assert number(LOOSE, "a", as_of=NOON) == "P1"
        assert number(LOOSE, "b", as_of=NOON) == "P2", "the first one's transaction is still open"
        raise Broken
    assert number(LOOSE, "c", as_of=NOON) == "P3"
    assert number(LOOSE, "a", as_of=NOON) == "P1", "its reason keeps it"
