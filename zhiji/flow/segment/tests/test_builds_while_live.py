"""Builds, edits and the pipeline at once, in threads: at the end live membership is what a full classification says."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from zhiji.flow.resolve.actions import merge
from zhiji.flow.segment import actions
from zhiji.flow.segment.builds.population_scan import Asked
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.models import MembershipChange, Segment, SegmentMembership
from zhiji.flow.segment.tests.shop import BUYERS, bought
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once, tell_once

pytestmark = pytest.mark.django_db(transaction=True)


def orders(least: int, days: int) -> dict[str, Any]:
    window = {"last": days, "unit": "days"}
    return {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": least, "window": window}


def act(round_: int, chance: random.Random) -> None:
    at = clock.now() - timedelta(days=chance.choice([0, 3, 9, 20]))
    record(
        NewFact("order_paid", at, "stress", f"{round_} {n}", {"amount": 9}, identity=f"user:{chance.randrange(25)}")
        for n in range(12)
    )
    run_once()


def together(*works: Callable[[], None]) -> list[BaseException]:
    """Run them in threads of their own. Returns what went wrong."""
    wrong: list[BaseException] = []

    def one(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_live_is_the_full_classification_after_builds_edits_and_facts_at_once() -> None:
    chance = random.Random(5)
    act(-1, chance)
    made = [actions.create_segment(by=None, key=f"s{n}", name=f"s{n}", condition=orders(n, 10)) for n in range(1, 4)]
    actions.build(clock.now())

    def facts() -> None:
        for round_ in range(12):
            act(round_, chance)

    def edits() -> None:
        for least in (3, 1, 2):
            actions.edit_segment(by=None, segment=made[0], condition=orders(least, 15))
            actions.build(clock.now(), segments=[made[0].key], cause="definition")

    def builds() -> None:
        for _ in range(3):
            actions.build(clock.now())

    assert together(facts, edits, builds) == []
    now = clock.now() + timedelta(seconds=1)
    while run_once(as_of=now):
        pass
    trees = {one.key: one.condition for one in Segment.objects.exclude(built_at=None)}
    assert set(trees) == {"s1", "s2", "s3"}
    live: dict[str, set[int]] = {key: set() for key in trees}
    for key, customer in SegmentMembership.objects.values_list("segment__key", "customer_id"):
        live[key].add(customer)
    assert live == verdicts(trees, None, now)
    told: dict[str, set[int]] = {key: set() for key in trees}
    for line in MembershipChange.objects.select_related("segment").order_by("at", "pk"):
        (told[line.segment.key].add if line.entered else told[line.segment.key].discard)(line.customer_id)
    assert told == live
    assert {one.key: one.size for one in Segment.objects.all()} == {key: len(some) for key, some in live.items()}


def test_a_fact_that_came_in_just_before_everybody_was_asked_counts() -> None:
    made = actions.create_segment(by=None, key="s", name="s", condition=orders(1, 10))
    asked_at = clock.now()
    record([NewFact("order_paid", clock.now(), "stress", "late", {"amount": 9}, identity="user:1")])
    run_once()
    actions.build(asked_at)
    made.refresh_from_db()
    assert made.size == 1


def test_a_root_that_no_side_of_a_merge_names_leaves_what_is_built_meanwhile() -> None:
    who = bought({"Ann": 1, "Xia": 1, "Wu": 1})
    merge(loser=who["Ann"], winner=who["Xia"], by=None)
    run_once()
    actions.create_segment(by=None, key="buyers", name="买过", condition=BUYERS)
    asked = Asked.of(definitions(), ["segment:buyers"], clock.now())
    merge(loser=who["Ann"], winner=who["Wu"], by=None)  # Xia, of whom nothing is said, is merged away with her
    tell_once()
    asked.again()
    assert asked.answer.column("id").to_pylist() == [who["Wu"]]
