"""Who of the candidates comes in: guard, re-entry, audience, hold-out; once each."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiji.flow.act import entering
from zhiji.flow.act.actions import edit_rule, switch_off
from zhiji.flow.act.entering import enter
from zhiji.flow.act.holdout import held_out, lot
from zhiji.flow.act.models import Missed, Rule, RuleEntry
from zhiji.flow.act.tests.cast import NOON, customer, entered, fact, live_rule, merge, tick
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.act.triggers.membership import ClassEntered, SegmentLeft
from zhiji.flow.act.triggers.moment import Moment
from zhiji.flow.segment.live.batch_changes import Change
from zhiji.kernel.pipeline import Batch

DAY = timedelta(days=1)
PAID = {"kind": "fact", "fact": "order_paid"}


def moment(*changes: Change) -> Moment:
    return Moment(NOON - DAY, NOON, NOON - DAY, changes)


class TestMembership:
    def test_entering_a_class_is_not_leaving_it_nor_staying(self) -> None:
        high = ClassEntered(scheme="value", class_="high")
        up = Change(1, NOON, scheme_key="value", from_class="low", to_class="high")
        down = Change(2, NOON, scheme_key="value", from_class="high", to_class="low")
        first = Change(3, NOON, scheme_key="value", from_class=None, to_class="high")
        other = Change(4, NOON, scheme_key="lifecycle", from_class=None, to_class="high")
        assert [one.customer_id for one in high.candidates(moment(up, down, first, other))] == [1, 3]

    def test_leaving_a_segment_fires_for_who_left(self) -> None:
        left = SegmentLeft(segment="vip")
        changes = [Change(1, NOON, segment_key="vip", entered=False), Change(2, NOON, segment_key="vip", entered=True)]
        assert [one.customer_id for one in left.candidates(moment(*changes))] == [1]

    def test_changes_from_before_the_switching_on_do_not_fire(self) -> None:
        change = Change(1, NOON - 2 * DAY, scheme_key="value", from_class="low", to_class="high")
        assert not list(ClassEntered(scheme="value", class_="high").candidates(moment(change)))


class TestHoldout:
    def test_the_share_is_about_what_was_asked(self) -> None:
        alone = sum(held_out("a-rule", one, 0.1) for one in range(20_000))
        assert 1_850 < alone < 2_150

    @given(key=st.text(min_size=1), one=st.integers(1, 10**12), small=st.floats(0, 1), large=st.floats(0, 1))
    def test_a_larger_share_only_adds_customers(self, key: str, one: int, small: float, large: float) -> None:
        assert 0 <= lot(key, one) < 1
        if held_out(key, one, min(small, large)):
            assert held_out(key, one, max(small, large))

    def test_two_rules_leave_different_customers_alone(self) -> None:
        first, second = ({one for one in range(2_000) if held_out(key, one, 0.1)} for key in ("a", "b"))
        assert 5 < len(first & second) < 45

    @pytest.mark.django_db
    def test_a_new_version_leaves_the_same_customers_alone(self) -> None:
        people = [customer() for _one in range(60)]
        rule = live_rule(PAID, holdout=0.3, reentry_days=0)
        alone = []
        for number in range(2):
            for one in people:
                fact(one, "order_paid", NOON + number * DAY)
            tick(NOON + number * DAY)
            rows = RuleEntry.objects.filter(rule=rule, version=number + 1, state="held_out")
            alone.append(sorted(rows.values_list("customer_id", flat=True)))
            rule = edit_rule(rule, by=None, description=f"edit {number}")
        assert alone[0] == alone[1] and 5 < len(alone[0]) < 32

    @pytest.mark.django_db
    def test_a_merge_does_not_move_a_customer_out_of_it(self) -> None:
        people = [customer() for _one in range(200)]
        rule = live_rule(PAID, holdout=0.1, reentry_days=0)
        loser = next(one for one in people if held_out(rule.key, one, 0.1))
        winner = next(one for one in people if not held_out(rule.key, one, 0.1))
        fact(loser, "order_paid")
        tick()
        merge(loser, winner)
        fact(winner, "order_paid", NOON + DAY)
        tick(NOON + DAY)
        assert RuleEntry.objects.get(rule=rule, customer_id=winner).state == "held_out"


@pytest.mark.django_db
class TestReentry:
    def buys(self, one: int, *days: int) -> None:
        for day in days:
            fact(one, "order_paid", NOON + day * DAY)
            tick(NOON + day * DAY)

    def test_is_never_by_default(self) -> None:
        rule, one = live_rule(PAID), customer()
        self.buys(one, 0, 400)
        assert entered(rule) == [one]

    def test_waits_the_days_it_was_given(self) -> None:
        rule, one = live_rule(PAID, reentry_days=30), customer()
        self.buys(one, 0, 29, 30)
        assert entered(rule) == [one, one]

    def test_happens_once_a_day_at_most_unless_the_rule_says_each_time(self) -> None:
        daily, always, one = live_rule(PAID, reentry_days=1), live_rule(PAID, reentry_days=0), customer()
        fact(one, "order_paid")
        fact(one, "order_paid", NOON + timedelta(minutes=1))
        tick(NOON + timedelta(minutes=1))
        assert (len(entered(daily)), len(entered(always))) == (1, 2)

    def test_counts_the_entries_of_those_merged_into_the_customer(self) -> None:
        rule, loser, winner = live_rule(PAID), customer(), customer()
        self.buys(loser, 0)
        merge(loser, winner)
        self.buys(winner, 1)
        assert entered(rule) == [loser]


@pytest.mark.django_db
class TestTheGuard:
    def test_a_rule_does_not_fire_on_what_it_caused_itself(self) -> None:
        rule = live_rule({"kind": "fact", "fact": "tag_added"}, reentry_days=0)
        fact(customer(), "tag_added", tag="seen", _rules=[rule.key])
        tick()
        assert entered(rule) == []

    def test_another_rule_may_and_carries_the_chain_on(self) -> None:
        rule = live_rule({"kind": "fact", "fact": "tag_added"})
        fact(customer(), "tag_added", tag="seen", _rules=["other"])
        tick()
        assert RuleEntry.objects.get(rule=rule).why["chain"] == ["other", rule.key]

    def test_a_chain_of_five_goes_no_further(self) -> None:
        rule = live_rule({"kind": "fact", "fact": "tag_added"})
        fact(customer(), "tag_added", _rules=["a", "b", "c", "d", "e"])
        tick()
        assert entered(rule) == []

    def test_a_rule_that_cannot_look_is_shown_as_such_and_stops_no_other(self, monkeypatch: Any) -> None:
        broken, sound, one = live_rule(PAID, name="broken"), live_rule(PAID, name="sound"), customer()
        Rule.objects.filter(pk=broken.pk).update(trigger={"kind": "no such"})
        fact(one, "order_paid")
        tick()
        broken.refresh_from_db()
        assert entered(sound) == [one] and "no such" in broken.trouble


@pytest.mark.django_db
class TestARuleThatRaises:
    TREE = {"kind": "attribute", "name": "region", "op": "eq", "value": "北京"}

    @pytest.fixture
    def failing(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """The audience can't be asked while this list is not empty."""
        on, verdicts = [True], entering.verdicts

        def maybe(*given: Any) -> Any:
            if on:
                raise ValueError("no such column")
            return verdicts(*given)

        monkeypatch.setattr(entering, "verdicts", maybe)
        return on

    def test_takes_in_whom_it_missed_once_it_is_mended(self, failing: list[bool]) -> None:
        rule = live_rule(PAID, audience=self.TREE, reentry_days=0)
        people = [customer(region="北京") for _one in range(3)]
        for number, one in enumerate(people[:2]):
            fact(one, "order_paid", NOON + timedelta(seconds=number))
            tick(NOON + timedelta(seconds=number))
        assert entered(rule) == [] and Missed.objects.count() == 1
        failing.clear()
        edit_rule(Rule.objects.get(pk=rule.pk), by=None, description="mended")
        fact(people[2], "order_paid", NOON + timedelta(seconds=9))
        for second in (10, 11, 12):
            tick(NOON + timedelta(seconds=second))
        rule.refresh_from_db()
        assert (entered(rule), Missed.objects.count(), rule.trouble) == (people, 0, "")

    def test_tries_again_by_itself_after_a_minute(self, failing: list[bool]) -> None:
        rule, one = live_rule(PAID, audience=self.TREE), customer(region="北京")
        fact(one, "order_paid")
        tick()
        failing.clear()
        tick(NOON + timedelta(seconds=30))
        assert entered(rule) == []
        tick(NOON + timedelta(seconds=61))
        assert entered(rule) == [one]

    def test_keeps_changes_of_class_too(self, failing: list[bool]) -> None:
        trigger = {"kind": "class_entered", "scheme": "value", "class": "high"}
        rule, one, other = live_rule(PAID, audience=self.TREE), customer(region="北京"), customer(region="北京")
        Rule.objects.filter(pk=rule.pk).update(trigger=trigger)
        why = [{"sentence": "x", "value": 1, "threshold": 2, "holds": True}]
        for second, who in enumerate((one, other)):
            at = NOON + timedelta(seconds=second)
            change = Change(who, at, scheme_key="value", to_class="high", why=json.dumps(why))
            entering.run(Batch(0, at, changes=[change]))
        merge(other, one)
        failing.clear()
        for second in (90, 200):
            entering.run(Batch(0, NOON + timedelta(seconds=second)))
        assert entered(rule) == [one] and RuleEntry.objects.get(rule=rule).why["because"] == why

    def test_switched_off_forgets_what_it_missed(self, failing: list[bool]) -> None:
        rule = live_rule(PAID, audience=self.TREE)
        fact(customer(region="北京"), "order_paid")
        tick()
        switch_off(rule, by=None)
        assert not Missed.objects.exists()


@pytest.mark.django_db
class TestTheAudience:
    def test_is_asked_about_the_candidates_only(self, monkeypatch: Any) -> None:
        asked: list[Any] = []

        def verdicts(trees: Any, ids: Any, as_of: Any) -> Any:
            asked.append((trees, ids, as_of))
            return {"audience": {ids[0]}}

        monkeypatch.setattr(entering, "verdicts", verdicts)
        tree = {"kind": "attribute", "name": "region", "op": "eq", "value": "北京"}
        rule = live_rule(PAID, audience=tree)
        inside, outside, _third = customer(), customer(), customer()
        for one in (inside, outside):
            fact(one, "order_paid")
        tick()
        assert entered(rule) == [inside]
        assert asked == [({"audience": tree}, [inside, outside], NOON)]

    def test_decides_by_what_is_true_of_the_customer(self) -> None:
        tree = {"kind": "attribute", "name": "region", "op": "eq", "value": "北京"}
        rule, here, there = live_rule(PAID, audience=tree), customer(region="北京"), customer(region="上海")
        for one in (here, there):
            fact(one, "order_paid")
        tick()
        assert entered(rule) == [here]


@pytest.mark.django_db
class TestOnce:
    def test_the_same_occasion_twice_is_one_entry(self) -> None:
        rule, one = live_rule(PAID, reentry_days=0), customer()
        candidate = Candidate(one, "fact:1", NOON)
        assert enter(rule, [candidate, candidate], NOON) == 1
        assert enter(rule, [candidate], NOON) == 0

    def test_the_same_message_twice_is_one_entry(self) -> None:
        from zhiji.kernel.models import Accepted

        rule, one = live_rule(PAID, reentry_days=0), customer()
        fact(one, "order_paid")
        row = Accepted.objects.get()
        tick()
        row.pk = None
        row.save()
        tick()
        assert entered(rule) == [one]
