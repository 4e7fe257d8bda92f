"""What sets a rule off, kind by kind."""

from datetime import date, timedelta

import pytest

from zhiji.flow.act import anniversaries
from zhiji.flow.act.actions import switch_off
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.tests.cast import NOON, customer, entered, fact, live_rule, merge, tick

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAID = {"kind": "fact", "fact": "order_paid"}
SILENT = {"kind": "absence", "after": "customer_registered", "days": 7, "without": "order_paid"}
BIRTHDAY = {"kind": "date", "attribute": "birthday"}


def born(day: date, calendar: str = "solar") -> int:
    one = customer(birthday=day, birthday_calendar=calendar)
    anniversaries.refresh([one])
    return one


class TestAFact:
    def test_sets_the_rule_off_for_its_customer_only(self) -> None:
        buyer, _other = customer(), customer()
        rule = live_rule(PAID)
        fact(buyer, "order_paid")
        tick()
        assert entered(rule) == [buyer]

    def test_must_fit_the_filters(self) -> None:
        small, large, text = customer(), customer(), customer()
        rule = live_rule({**PAID, "where": [{"property": "amount", "op": "ge", "value": 100}]})
        fact(small, "order_paid", amount=99.5)
        fact(large, "order_paid", amount="100.00")
        fact(text, "order_paid", amount="much")
        tick()
        assert entered(rule) == [large]

    def test_may_be_filtered_by_a_word_in_a_list(self) -> None:
        wine, tea = customer(), customer()
        rule = live_rule({**PAID, "where": [{"property": "categories", "op": "contains", "value": "wine"}]})
        fact(wine, "order_paid", categories=["bread", "wine"])
        fact(tea, "order_paid", categories=["tea"])
        tick()
        assert entered(rule) == [wine]

    def test_from_before_the_switching_on_does_not_fire(self) -> None:
        rule = live_rule(PAID, on=NOON)
        fact(customer(), "order_paid", NOON - timedelta(minutes=1))
        tick(NOON + timedelta(minutes=1))
        assert entered(rule) == []

    def test_does_not_fire_when_the_rule_is_off(self) -> None:
        rule = live_rule(PAID)
        switch_off(rule, by=None)
        fact(customer(), "order_paid")
        tick()
        assert entered(rule) == []

    def test_that_reaches_us_a_week_late_is_history_and_does_not_fire(self) -> None:
        rule = live_rule(PAID, on=NOON - 20 * DAY)
        fact(customer(), "order_paid", NOON - 8 * DAY, late=8 * DAY)
        tick()
        assert entered(rule) == []

    def test_of_a_merged_customer_takes_in_the_root(self) -> None:
        loser, winner = customer(), customer()
        merge(loser, winner)
        rule = live_rule(PAID)
        fact(loser, "order_paid")
        tick()
        assert entered(rule) == [winner]

    def test_says_why_the_customer_came_in(self) -> None:
        rule = live_rule(PAID)
        fact(customer(), "order_paid")
        tick()
        why = RuleEntry.objects.get(rule=rule).why
        assert why["fact"] == "order_paid" and why["chain"] == [rule.key]


class TestAnAbsence:
    def test_fires_when_the_days_are_over_and_not_before(self) -> None:
        one = customer()
        rule = live_rule(SILENT)
        fact(one, "customer_registered")
        tick(NOON)
        tick(NOON + 7 * DAY - timedelta(seconds=1))
        assert entered(rule) == []
        tick(NOON + 7 * DAY)
        assert entered(rule) == [one]

    def test_does_not_fire_for_who_did_it_meanwhile_even_as_another_of_the_same(self) -> None:
        loser, winner = customer(), customer()
        merge(loser, winner)
        rule = live_rule(SILENT)
        fact(winner, "customer_registered")
        fact(loser, "order_paid", NOON + 3 * DAY)
        tick(NOON + 3 * DAY)
        tick(NOON + 8 * DAY)
        assert entered(rule) == []

    def test_catches_up_the_whole_gap_after_the_worker_was_away(self) -> None:
        early, late = customer(), customer()
        rule = live_rule(SILENT)
        fact(early, "customer_registered", NOON)
        fact(late, "customer_registered", NOON + 2 * DAY)
        tick(NOON + 2 * DAY)
        tick(NOON + 30 * DAY)
        assert entered(rule) == [early, late]

    def test_fires_once_however_often_the_clock_ticks(self) -> None:
        rule = live_rule(SILENT, reentry_days=0)
        fact(customer(), "customer_registered")
        for hours in range(0, 24 * 9, 6):
            tick(NOON + timedelta(hours=hours))
        assert len(entered(rule)) == 1

    def test_a_fact_that_arrives_after_its_days_are_over_fires_at_once(self) -> None:
        rule = live_rule(SILENT, on=NOON - 20 * DAY)
        tick(NOON - DAY)
        fact(customer(), "customer_registered", NOON - 10 * DAY)
        tick(NOON)
        assert len(entered(rule)) == 1

    def test_a_wait_that_goes_on_at_the_switching_on_fires_and_one_that_was_over_does_not(self) -> None:
        waiting, over = customer(), customer()
        rule = live_rule(SILENT, on=NOON)
        fact(waiting, "customer_registered", NOON - DAY)
        fact(over, "customer_registered", NOON - 8 * DAY)
        tick(NOON)
        tick(NOON + 20 * DAY)
        assert entered(rule) == [waiting]

    def test_of_the_same_fact_means_no_second_one(self) -> None:
        once, twice = customer(), customer()
        rule = live_rule({"kind": "absence", "after": "order_paid", "days": 30, "without": "order_paid"})
        fact(once, "order_paid")
        fact(twice, "order_paid")
        fact(twice, "order_paid", NOON + 5 * DAY)
        tick(NOON + 5 * DAY)
        tick(NOON + 30 * DAY)
        assert entered(rule) == [once]


class TestADay:
    def test_fires_at_nine_in_the_workspaces_zone(self) -> None:
        rule, one = live_rule(BIRTHDAY, on=NOON - 2 * DAY), born(date(1990, 5, 1))
        nine = NOON - timedelta(hours=3)
        tick(nine - DAY)
        tick(nine - timedelta(seconds=1))
        assert entered(rule) == []
        tick(nine)
        assert entered(rule) == [one]

    def test_fires_once_a_day_also_for_a_worker_that_was_away_at_the_hour(self) -> None:
        rule, one = live_rule(BIRTHDAY, on=NOON - 2 * DAY, reentry_days=0), born(date(1990, 5, 1))
        tick(NOON - DAY)
        tick(NOON + timedelta(hours=8))
        tick(NOON + timedelta(hours=9))
        assert entered(rule) == [one]

    def test_may_come_some_days_before_or_after(self) -> None:
        one = born(date(1990, 5, 4))
        before = live_rule({**BIRTHDAY, "days_before": 3}, on=NOON - 2 * DAY)
        after = live_rule({**BIRTHDAY, "days_before": -1}, on=NOON - 2 * DAY)
        tick(NOON - DAY)
        tick(NOON)
        assert (entered(before), entered(after)) == ([one], [])
        tick(NOON + 4 * DAY)
        assert entered(after) == [one]

    def test_of_a_lunar_birthday_is_the_lunar_day(self) -> None:
        born(date(1990, 5, 1), "lunar")  # 四月初七; 2026-05-01 is 三月十五
        rule = live_rule(BIRTHDAY, on=NOON - 2 * DAY)
        tick(NOON - DAY)
        tick(NOON)
        assert entered(rule) == []

    def test_of_a_lunar_birthday_fires_on_it(self) -> None:
        one = born(date(1990, 4, 10), "lunar")
        rule = live_rule(BIRTHDAY, on=NOON - 2 * DAY)
        tick(NOON - DAY)
        tick(NOON)
        assert entered(rule) == [one]

    def test_follows_an_edited_birthday_through_the_pipeline(self) -> None:
        one = born(date(1990, 1, 1))
        rule = live_rule(BIRTHDAY, on=NOON - 2 * DAY)
        fact(one, "attributes_changed", NOON - DAY, changes={"birthday": "1990-05-01"})
        tick(NOON - DAY)
        tick(NOON)
        assert entered(rule) == [one]

    def test_of_a_custom_date_may_be_that_very_day_only(self) -> None:
        this, past = (customer(attributes={"contract_end": day}) for day in ("2026-05-01", "2025-05-01"))
        trigger = {"kind": "date", "attribute": "attributes.contract_end", "yearly": False}
        rule = live_rule(trigger, on=NOON - 2 * DAY)
        tick(NOON - DAY)
        tick(NOON)
        assert (this in entered(rule), past in entered(rule)) == (True, False)

    def test_of_a_merged_customer_is_the_roots(self) -> None:
        loser = born(date(1990, 5, 1))
        merge(loser, customer())
        rule = live_rule(BIRTHDAY, on=NOON - 2 * DAY)
        tick(NOON - DAY)
        tick(NOON)
        assert entered(rule) == []
