"""Claims of limited things: all or nothing, once for a reason, leased or for good, given back, and proven."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from zhiji.kernel.claims import Ask, Claimed, Lapsed, Limit, NotClaimed, UsedUp, claim, claim_all, give_back, settle
from zhiji.kernel.claims.proof import Difference, differences, end_lapsed, recount
from zhiji.kernel.models import Claim, Limited

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SEAT = Limit("seat", 2)


def out() -> dict[str, int]:
    """How much is out of what, proven by the claims."""
    assert differences() == []
    return dict(Limited.objects.exclude(taken=0).values_list("thing", "taken"))


def refused(reason: str, *limits: Limit, as_of: datetime = NOON) -> UsedUp:
    with pytest.raises(UsedUp) as told:
        claim(reason, *limits, as_of=as_of)
    return told.value


class TestTaking:
    def test_up_to_the_last_and_no_further(self) -> None:
        first, second = claim("a", SEAT, as_of=NOON), claim("b", SEAT, as_of=NOON)
        assert (first.upto, second.upto, first.until) == ({"seat": 1}, {"seat": 2}, None)
        told = refused("c", SEAT)
        assert (told.thing, told.left, out()) == ("seat", 0, {"seat": 2})

    def test_the_same_reason_gets_its_first_answer_and_takes_nothing(self) -> None:
        first = claim("a", SEAT, as_of=NOON)
        again = claim("a", SEAT, Limit("other", 0), as_of=NOON + DAY)
        assert (first.new, again.new, again.upto, out()) == (True, False, {"seat": 1}, {"seat": 1})

    def test_a_refused_reason_may_ask_again(self) -> None:
        claim("a", Limit("seat", 1), as_of=NOON)
        refused("b", Limit("seat", 1))
        assert claim("b", Limit("seat", 2), as_of=NOON).new

    def test_more_than_is_left_at_once_is_refused_and_what_is_left_is_said(self) -> None:
        claim("a", Limit("card", 1000, take=600), as_of=NOON)
        assert refused("b", Limit("card", 1000, take=401)).left == 400
        assert claim("c", Limit("card", 1000, take=400), as_of=NOON).upto == {"card": 1000}

    def test_several_things_all_or_nothing(self) -> None:
        total, mine = Limit("total", 10), Limit("mine", 1)
        claim("a", total, mine, as_of=NOON)
        assert refused("b", total, mine).thing == "mine"
        assert claim("c", total, Limit("yours", 1), as_of=NOON).new
        assert out() == {"total": 2, "mine": 1, "yours": 1}

    def test_what_has_no_limit_is_counted(self) -> None:
        for number in range(1, 4):
            assert claim(f"{number}", Limit("number", None), as_of=NOON).upto == {"number": number}

    def test_a_limit_lowered_below_what_is_out_gives_no_more_and_takes_nothing_away(self) -> None:
        claim("a", SEAT, as_of=NOON)
        claim("b", SEAT, as_of=NOON)
        assert refused("c", Limit("seat", 1)).left == 0
        assert out() == {"seat": 2}

    def test_many_at_once_in_their_order_a_reason_once(self) -> None:
        asks = [Ask(reason, (SEAT,)) for reason in ("a", "b", "a", "c")]
        answers = claim_all(asks, as_of=NOON)
        assert [isinstance(one, Claimed) and one.new for one in answers] == [True, True, False, False]
        assert isinstance(answers[3], UsedUp) and out() == {"seat": 2}

    def test_one_reason_for_things_apart_at_one_time_is_refused_by_the_table(self) -> None:
        claim("a", SEAT, as_of=NOON)
        with pytest.raises(IntegrityError):
            Claim.objects.create(reason="a", part=0, thing="other", amount=1, upto=1, at=NOON)


class TestWindows:
    def test_only_the_last_stretch_counts(self) -> None:
        daily = Limit("ask", 2, within=DAY)
        for reason, at in (("a", NOON), ("b", NOON + 3 * MINUTE)):
            claim(reason, daily, as_of=at)
        refused("c", daily, as_of=NOON + DAY - MINUTE)
        claim("c", daily, as_of=NOON + DAY)
        assert refused("d", daily, as_of=NOON + DAY + MINUTE).left == 0

    def test_two_stretches_of_one_thing(self) -> None:
        caps = Limit("mail", 1, within=DAY), Limit("mail", 2, within=7 * DAY)
        claim("a", *caps, as_of=NOON)
        refused("b", *caps, as_of=NOON + MINUTE)
        claim("b", *caps, as_of=NOON + DAY)
        refused("c", *caps, as_of=NOON + 2 * DAY)
        claim("c", *caps, as_of=NOON + 7 * DAY)
        assert out() == {"mail": 3}

    def test_people_who_proved_to_be_one_are_counted_along(self) -> None:
        claim("a", Limit("person:1", 1), as_of=NOON)
        claim("b", Limit("person:2", 1), as_of=NOON)
        refused("c", Limit("person:1", 2, also=("person:1", "person:2")))
        assert claim("c", Limit("person:1", 2), as_of=NOON).new, "apart again, each counts for itself"


class TestLeases:
    def test_hold_until_they_are_settled(self) -> None:
        assert claim("a", Limit("seat", 1), as_of=NOON, lease=MINUTE).until == NOON + MINUTE
        refused("b", Limit("seat", 1))
        settle("a")
        settle("a")
        refused("b", Limit("seat", 1), as_of=NOON + DAY)
        assert claim("a", Limit("seat", 1), as_of=NOON).until is None

    def test_are_free_for_others_when_their_time_is_over(self) -> None:
        claim("a", Limit("seat", 1), Limit("mine", 1), as_of=NOON, lease=MINUTE)
        refused("b", Limit("seat", 1), as_of=NOON + MINUTE - timedelta(microseconds=1))
        assert claim("b", Limit("seat", 1), as_of=NOON + MINUTE).new
        with pytest.raises(Lapsed):
            settle("a")
        assert out() == {"seat": 1, "mine": 1}
        assert end_lapsed(NOON + MINUTE) == 1 and out() == {"seat": 1}

    def test_can_be_settled_late_as_long_as_nobody_needed_it(self) -> None:
        claim("a", SEAT, as_of=NOON, lease=MINUTE)
        claim("b", SEAT, as_of=NOON + DAY)
        settle("a")
        assert out() == {"seat": 2}

    def test_that_are_over_or_given_back_may_be_claimed_anew(self) -> None:
        one = Limit("seat", 1)
        claim("a", one, as_of=NOON, lease=MINUTE)
        assert claim("a", one, as_of=NOON + DAY, lease=MINUTE).until == NOON + DAY + MINUTE
        give_back("a")
        assert out() == {}
        assert claim("a", Limit("other", 1), as_of=NOON + DAY).new
        assert out() == {"other": 1}

    def test_a_second_call_for_the_same_reason_still_holds_it(self) -> None:
        claim("order 1", Limit("code", 1), as_of=NOON, lease=MINUTE)
        assert not claim("order 1", Limit("code", 1), as_of=NOON + MINUTE / 2).new


class TestReturns:
    def test_of_all_free_it_and_the_reason_stays_used(self) -> None:
        one = Limit("seat", 1)
        claim("a", one, as_of=NOON)
        give_back("a")
        give_back("a")
        assert not claim("a", one, as_of=NOON).new and out() == {}
        assert claim("b", one, as_of=NOON).new

    def test_in_parts_say_how_much_in_all_and_come_in_any_order(self) -> None:
        claim("a", Limit("card", 100, take=90), Limit("uses", None), as_of=NOON)
        for returned in (30, 60, 30, 60):
            give_back("a", {"card": returned})
        assert out() == {"card": 30, "uses": 1}
        give_back("a", {"card": 500})
        assert out() == {"uses": 1}

    def test_of_what_was_never_claimed_say_so(self) -> None:
        for verb in (settle, give_back):
            with pytest.raises(NotClaimed):
                verb("nothing")


class TestProof:
    def test_a_count_that_differs_is_named_and_made_anew_from_the_claims(self) -> None:
        claim("a", SEAT, as_of=NOON)
        claim("b", Limit("other", 5, take=3), as_of=NOON)
        Limited.objects.filter(thing="seat").update(taken=7)
        Limited.objects.filter(thing="other").delete()
        found = [Difference("other", 0, 3), Difference("seat", 7, 1)]
        assert differences() == found and recount() == found
        assert out() == {"seat": 1, "other": 3}

    def test_the_statements_of_a_claim_lock_the_rows(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            claim("a", SEAT, Limit("day", 5), as_of=NOON)
        said = ";".join(one["sql"] for one in asked).split(";")
        verbs = [" ".join(one.split())[:36] for one in said if "kernel_" in one]
        assert verbs == [
            "INSERT INTO kernel_limited (thing) S",
            "SELECT thing, taken FROM kernel_limi",
            "SELECT reason, thing, amount, return",
            "INSERT INTO kernel_claim (at, until,",
            "UPDATE kernel_limited SET taken = ta",
        ]
        assert [one.strip().endswith("ORDER BY thing FOR NO KEY UPDATE") for one in said if "kernel_" in one].index(
            True
        ) == 1, "locked, then read, then written"
