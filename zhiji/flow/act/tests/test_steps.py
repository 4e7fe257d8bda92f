"""Steps are taken once each, in order, whatever fails."""

from datetime import timedelta
from typing import Any

import pytest

from zhiji.access.models import Role, User
from zhiji.flow.act import stepping
from zhiji.flow.act.actions import edit_rule, retry_failed, switch_off
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, RuleEntry, StepRun
from zhiji.flow.act.step import Outcome
from zhiji.flow.act.stepping import ATTEMPTS, round_once
from zhiji.flow.act.tests.cast import NOON, customer, live_rule, merge, step_offered
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.profile.actions import add_tag
from zhiji.flow.profile.models import Portrait, Tagging
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
PAID = {"kind": "fact", "fact": "order_paid"}
HOUR = timedelta(hours=1)


def take_in(rule: Rule, *customers: int, occasion: str = "x") -> None:
    enter(rule, [Candidate(one, f"{occasion}:{one}", NOON) for one in customers], NOON)


def run_all(at: Any = NOON) -> None:
    for _round in range(20):
        if not round_once(as_of=at):
            return


def states(rule: Rule) -> list[str]:
    return list(RuleEntry.objects.filter(rule=rule).order_by("id").values_list("state", flat=True))


def test_every_step_is_taken_once_in_order() -> None:
    rule = live_rule(PAID, steps=[{"kind": "tag", "tag": "vip"}, {"kind": "set_priority", "priority": "2"}])
    one = customer()
    take_in(rule, one)
    run_all()
    run_all()
    assert Portrait.objects.get(pk=one).priority == 2 and Tagging.objects.filter(customer_id=one).count() == 1
    assert list(StepRun.objects.order_by("id").values_list("position", "kind", "state")) == [
        (0, "tag", "done"), (1, "set_priority", "done"),
    ]  # fmt: skip
    assert states(rule) == ["done"]


def test_a_tag_that_is_there_in_another_writing_is_there() -> None:
    one = customer()
    add_tag(customer_ids=[one], tag="VIP", by=None)
    take_in(live_rule(PAID, steps=[{"kind": "tag", "tag": " ｖｉｐ "}]), one)
    run_all()
    assert list(StepRun.objects.values_list("state", flat=True)) == ["skipped"]
    assert list(Tagging.objects.values_list("tag__name", flat=True)) == ["VIP"]


def test_a_held_out_customer_is_left_alone() -> None:
    rule, people = live_rule(PAID, holdout=0.5), [customer() for _one in range(30)]
    take_in(rule, *people)
    run_all()
    alone = RuleEntry.objects.filter(state="held_out").values("customer_id")
    assert len(alone) > 3 and not Tagging.objects.filter(customer_id__in=alone).exists()


def test_a_fact_of_a_step_carries_the_chain_of_rules() -> None:
    rule = live_rule(PAID)
    take_in(rule, customer())
    run_all()
    assert Accepted.objects.get(name="tag_added").properties["_rules"] == [rule.key]


def test_customers_under_way_finish_by_the_version_they_came_in_by() -> None:
    rule, one = live_rule(PAID), customer()
    take_in(rule, one)
    edit_rule(rule, by=None, steps=[{"kind": "tag", "tag": "new"}])
    run_all()
    assert list(Tagging.objects.values_list("tag__name", flat=True)) == ["seen"]


def test_switching_off_stops_those_under_way() -> None:
    rule, one = live_rule(PAID), customer()
    take_in(rule, one)
    assert switch_off(rule, by=None) == 1
    run_all()
    assert states(rule) == ["stopped"] and not StepRun.objects.exists()


def test_one_that_came_in_while_the_rule_was_being_switched_off_is_stopped_too() -> None:
    rule, one = live_rule(PAID), customer()
    switch_off(rule, by=None)
    take_in(rule, one)
    run_all()
    assert states(rule) == ["stopped"] and not StepRun.objects.exists()


def test_the_step_is_done_to_the_root_of_a_customer_merged_meanwhile() -> None:
    rule, loser, winner = live_rule(PAID), customer(), customer()
    take_in(rule, loser)
    merge(loser, winner)
    run_all()
    assert Tagging.objects.get().customer_id == winner


class TestAFailingStep:
    @pytest.fixture(autouse=True)
    def steps(self, monkeypatch: Any) -> None:
        self.bad: set[int] = set()
        self.calls = 0

        def run(entries: Any, parameters: Any, as_of: Any) -> list[Outcome]:
            self.calls += 1
            if self.bad & {entry.customer_id for entry in entries}:
                raise RuntimeError("out of order")
            return [Outcome()] * len(entries)

        real = stepping.step_of
        offered = {"fragile": step_offered("fragile", run)}
        monkeypatch.setattr(stepping, "step_of", lambda kind: offered.get(kind) or real(kind))
        monkeypatch.setattr("zhiji.flow.act.definition.step_of", stepping.step_of)

    def over_hours(self) -> None:
        for hour in range(8):
            run_all(NOON + hour * HOUR)

    def test_is_given_up_after_five_tries_with_the_reason(self) -> None:
        rule, one = live_rule(PAID, steps=[{"kind": "fragile"}, {"kind": "tag", "tag": "t"}]), customer()
        self.bad = {one}
        take_in(rule, one)
        self.over_hours()
        assert self.calls == ATTEMPTS and states(rule) == ["failed"]
        assert "out of order" in StepRun.objects.get().detail["reason"]
        assert not Tagging.objects.exists()

    def test_waits_between_tries(self) -> None:
        rule, one = live_rule(PAID, steps=[{"kind": "fragile"}]), customer()
        self.bad = {one}
        take_in(rule, one)
        run_all()
        run_all(NOON + timedelta(seconds=4))
        assert self.calls == 1

    def test_does_not_take_others_of_its_rule_with_it(self) -> None:
        rule, people = live_rule(PAID, steps=[{"kind": "fragile"}]), [customer() for _one in range(25)]
        self.bad = {people[7]}
        take_in(rule, *people)
        self.over_hours()
        assert sorted(states(rule)) == ["done"] * 24 + ["failed"]

    def test_does_not_block_other_rules(self) -> None:
        broken, sound, one = live_rule(PAID, steps=[{"kind": "fragile"}]), live_rule(PAID), customer()
        self.bad = {one}
        take_in(broken, one)
        take_in(sound, one)
        run_all()
        assert (states(broken), states(sound)) == (["running"], ["done"])

    def test_can_be_taken_again_when_it_was_mended(self) -> None:
        rule, one = live_rule(PAID, steps=[{"kind": "fragile"}]), customer()
        self.bad = {one}
        take_in(rule, one)
        self.over_hours()
        self.bad = set()
        assert retry_failed(rule, by=None, as_of=NOON) == 1
        run_all(NOON + HOUR)
        assert states(rule) == ["done"] and StepRun.objects.get().state == "done"


class TestAssigningAnOwner:
    STEPS = [{"kind": "assign_owner", "by": "round_robin", "role": "manager"}]

    def people(self, *names: str, **more: Any) -> list[User]:
        return [User.objects.create_user(name, role=Role.MANAGER, **more) for name in names]

    def owners(self, customers: list[int]) -> list[int | None]:
        return [Portrait.objects.get(pk=one).owner_id for one in customers]

    def test_in_turn_goes_on_where_it_was(self) -> None:
        first, second = self.people("first", "second")
        rule, customers = live_rule(PAID, steps=self.STEPS), [customer() for _one in range(5)]
        take_in(rule, *customers[:3])
        run_all()
        take_in(rule, *customers[3:])
        run_all()
        assert self.owners(customers) == [first.pk, second.pk, first.pk, second.pk, first.pk]

    def test_keeps_an_owner_who_still_works_here(self) -> None:
        keeper, new = self.people("keeper", "new")
        gone = User.objects.create_user("gone", role=Role.SALES, is_active=False)
        rule, kept, orphan = live_rule(PAID, steps=self.STEPS), customer(owner=keeper), customer(owner=gone)
        take_in(rule, kept, orphan)
        run_all()
        assert self.owners([kept]) == [keeper.pk] and self.owners([orphan])[0] in {keeper.pk, new.pk}

    def test_by_region_goes_to_who_is_responsible_for_it(self) -> None:
        north, _south = self.people("north", regions=["北京"]) + self.people("south", regions=["广东"])
        steps = [{"kind": "assign_owner", "by": "region", "role": "manager"}]
        rule, here, nowhere = live_rule(PAID, steps=steps), customer(region="北京"), customer(region="西藏")
        take_in(rule, here, nowhere)
        run_all()
        assert self.owners([here, nowhere]) == [north.pk, None]
        assert StepRun.objects.get(entry__customer_id=nowhere).state == "skipped"
