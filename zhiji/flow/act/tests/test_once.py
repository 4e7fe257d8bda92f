"""Once each per customer and entry: two workers at once, a kill at any point, any order of rounds."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.flow.act import stepping
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, RuleEntry, StepRun
from zhiji.flow.act.step import Outcome
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.tests.cast import NOON, customer, fact, live_rule, step_offered, tick
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.profile.models import Tag
from zhiji.kernel.pipeline import run_once

PAID = {"kind": "fact", "fact": "order_paid"}
TWO = [{"kind": "counted"}, {"kind": "tag", "tag": "after"}]


class Killed(BaseException):
    """As sudden as kill -9: nothing catches it, the transaction is lost."""


@pytest.fixture
def counted(monkeypatch: Any) -> list[Callable[[], None]]:
    """A step that writes a row per entry, in the step's transaction; what is put into the list runs before it ends."""
    before_it_ends: list[Callable[[], None]] = []

    def run(entries: Any, parameters: Any, as_of: Any) -> list[Outcome]:
        for entry in entries:
            Tag.objects.create(name=f"{entry.pk}:{Tag.objects.count()}"[:40])
        for act in before_it_ends:
            act()
        return [Outcome()] * len(entries)

    real = stepping.step_of
    monkeypatch.setattr(stepping, "step_of", lambda kind: step_offered(kind, run) if kind == "counted" else real(kind))
    monkeypatch.setattr("zhiji.flow.act.definition.step_of", stepping.step_of)
    return before_it_ends


def done() -> Counter[str]:
    """How often the counted step was done, by entry."""
    names = Tag.objects.filter(name__contains=":").values_list("name", flat=True)
    return Counter(name.split(":")[0] for name in names)


def take_in(rule: Rule, count: int) -> None:
    enter(rule, [Candidate(customer(), "x", NOON) for _one in range(count)], NOON)


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def in_threads(self, work: Callable[[], None], count: int = 2) -> None:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _one in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_two_step_workers_do_each_step_once(self, counted: Any) -> None:
        rule = live_rule(PAID, steps=TWO)
        take_in(rule, 60)
        start = threading.Barrier(2)

        def work() -> None:
            start.wait()
            while round_once(limit=7, as_of=NOON):
                pass

        self.in_threads(work)
        round_once(as_of=NOON)
        assert set(done().values()) == {1} and len(done()) == 60
        assert set(RuleEntry.objects.values_list("state", flat=True)) == {"done"}
        assert StepRun.objects.count() == 120

    def test_a_worker_passes_by_what_another_holds(self, counted: Any) -> None:
        rule = live_rule(PAID, steps=TWO)
        take_in(rule, 3)
        seen: list[int] = []
        counted.append(lambda: self.in_threads(lambda: seen.append(round_once(as_of=NOON)), 1))
        round_once(as_of=NOON)
        assert seen == [0] and set(done().values()) == {1}

    def test_two_pipelines_take_a_customer_in_once(self) -> None:
        rule, one = live_rule(PAID, reentry_days=0), customer()
        for minute in range(40):
            fact(one, "order_paid", NOON + timedelta(minutes=minute))

        def work() -> None:
            idle = 0
            while idle < 5:
                idle = 0 if run_once(limit=3, as_of=NOON + timedelta(hours=2)) else idle + 1

        self.in_threads(work)
        assert RuleEntry.objects.filter(rule=rule).count() == 40

    def test_a_kill_within_a_step_leaves_nothing_of_it_and_the_next_round_does_it(self, counted: Any) -> None:
        rule = live_rule(PAID, steps=TWO)
        take_in(rule, 5)

        def kill() -> None:
            counted.clear()
            raise Killed

        counted.append(kill)
        with pytest.raises(Killed):
            round_once(as_of=NOON)
        assert not done() and not StepRun.objects.exists()
        while round_once(as_of=NOON):
            pass
        assert set(done().values()) == {1} and len(done()) == 5

    def test_a_kill_of_the_pipeline_after_entering_leaves_no_entry_and_no_lost_fact(self) -> None:
        rule, one = live_rule(PAID), customer()
        fact(one, "order_paid")
        with pytest.raises(Killed), transaction.atomic():
            run_once(as_of=NOON)
            raise Killed
        assert not RuleEntry.objects.exists()
        tick()
        assert RuleEntry.objects.get(rule=rule).customer_id == one


MOVES = st.lists(st.sampled_from(["take in", "round", "small round", "kill", "later"]), min_size=3, max_size=12)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_whatever_the_order_of_rounds_and_kills_each_entry_takes_each_step_once(
    counted: list[Callable[[], None]], moves: list[str]
) -> None:
    def kill() -> None:
        raise Killed

    with transaction.atomic():
        rule, at = live_rule(PAID, steps=TWO, reentry_days=0), NOON
        people = [customer() for _one in range(3)]
        for number, move in enumerate(moves):
            if move == "take in":
                enter(rule, [Candidate(one, f"x{number // 2}", at) for one in people], at)
            elif move == "kill":
                counted.append(kill)
                try:
                    with transaction.atomic():
                        round_once(as_of=at)
                except Killed:
                    pass
                counted.clear()
            elif move == "later":
                at += timedelta(hours=1)
            else:
                round_once(limit=2 if move == "small round" else 2000, as_of=at)
        while round_once(as_of=at):
            pass
        entries = RuleEntry.objects.filter(rule=rule)
        assert set(done()) == {str(pk) for pk in entries.values_list("pk", flat=True)}
        assert set(done().values()) <= {1}
        assert StepRun.objects.filter(entry__in=entries).count() == 2 * entries.count()
        transaction.set_rollback(True)
