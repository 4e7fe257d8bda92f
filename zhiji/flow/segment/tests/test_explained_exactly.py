"""An explanation's verdict is the engine's, and the moments it tells are the exact ones at which it changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings

from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.evaluate import classes, verdicts
from zhiji.flow.segment.explain.explanation import Explanation, explain, explain_scheme
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import KEYS, RANKS, SCENES, Scene
from zhiji.flow.segment.tests.trees import Trees
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
ASKED = (0, 1, 4, 6)
"""Scenes: a zone without changes of clocks, and nights in which they are set forward and back."""


@pytest.fixture(autouse=True)
def fresh_lake() -> Iterator[None]:
    forget_lake()
    yield
    forget_lake()


def holds(tree: Any, root: int, as_of: Any, *, past: bool) -> bool:
    return root in verdicts({"it": tree}, [root], as_of, past=past)["it"]


def check(tree: Any, found: Explanation) -> int:
    """Hold the explanation against the engine; how many moments it told."""
    root, as_of = found.customer_id, found.as_of
    said = found.holds
    assert said == holds(tree, root, as_of, past=False)
    if found.tree.since is not None and found.tree.since < as_of:
        assert holds(tree, root, found.tree.since, past=True) == said, ("since", tree, found.tree.since)
        before = found.tree.since - TICK
        there = (
            root
            in verdicts({"it": {"kind": "any", "of": [tree, {"kind": "not", "of": tree}]}}, [root], before, past=True)[
                "it"
            ]
        )
        assert not there or holds(tree, root, before, past=True) != said, ("before since", tree, found.tree.since)
    if found.tree.until is not None:
        assert holds(tree, root, found.tree.until - TICK, past=False) == said, ("before until", tree, found.tree.until)
        assert holds(tree, root, found.tree.until, past=False) != said, ("until", tree, found.tree.until)
    return (found.tree.since is not None) + (found.tree.until is not None)


@pytest.mark.parametrize("number", ASKED)
def test_the_moments_of_change_are_exact(number: int) -> None:
    random = Random(number)
    zone, moments = SCENES[number]
    with override_settings(TIME_ZONE=zone):
        scene = Scene(random, zone, moments, 15)
        day = scene.moments[0].astimezone(scene.zone_info).date()
        draw = Trees(random, day, segments=["one", "two", "three"], schemes={"plan": KEYS}, ranks=RANKS)
        told = 0
        for _ in range(12):
            tree, person, as_of = draw.tree(), random.choice(scene.people), random.choice(scene.moments)
            found = explain(tree, person.id, as_of)
            assert found is not None
            told += check(tree, found)
        assert told > 3


def test_the_class_explained_is_the_class() -> None:
    random = Random(3)
    zone, moments = SCENES[0]
    with override_settings(TIME_ZONE=zone):
        scene = Scene(random, zone, moments, 12)
        for person in scene.people:
            as_of = random.choice(scene.moments)
            found = explain_scheme("plan", person.id, as_of)
            assert found is not None
            assert {person.id: found.found} == classes(["plan"], [person.id], as_of)["plan"]
            if found.until:
                assert {person.id: found.then} == classes(["plan"], [person.id], found.until)["plan"]
                assert found.then != found.found


def life(random: Random, now: datetime) -> int:
    """A customer to whom much happened in the last 60 days, told in any order."""
    told = []
    for number in range(14):
        at = now - timedelta(microseconds=random.randint(0, 60 * 86_400 * 10**6))
        name, properties = random.choice(
            (
                ("order_paid", {"amount": random.choice((10, 20.5, 99)), "category": random.choice(("生鲜", "日化"))}),
                ("cart_added", {"product_id": random.choice(("p1", "p2"))}),
                ("attributes_changed", {"changes": {"region": random.choice(("浙江", "上海", ""))}}),
                (random.choice(("tag_added", "tag_removed")), {"tag": random.choice(("vip", "新客"))}),
                ("consent_changed", {"channel": "email", "granted": random.choice((True, False))}),
            )
        )
        told.append(NewFact(name, at, "test", f"{random.random()} {number}", properties, identity=f"user:{number % 2}"))
    told.append(NewFact("page_viewed", now, "test", f"{random.random()}", {}, identity="user:0", also="anonymous:1"))
    for one in told:
        record([one])
        if random.random() < 0.3:
            run_once(as_of=now)
    while run_once(as_of=now):
        pass
    return random.choice(list(Customer.objects.filter(root_id=F("pk")).values_list("pk", flat=True)))


LATELY = [
    {"kind": "attribute", "name": "region", "op": "eq", "value": "浙江"},
    {"kind": "attribute", "name": "region", "op": "empty"},
    {"kind": "tag", "tag": "vip"},
    {"kind": "consent", "channel": "email"},
    {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 2, "window": {"last": 14, "unit": "days"}},
    {"kind": "behaviour", "fact": "order_paid", "measure": "sum", "property": "amount", "op": "gt", "value": 60},
    {"kind": "recency", "fact": "cart_added", "op": "gt", "value": 10},
    {"kind": "elapsed", "attribute": "first_seen_at", "op": "ge", "value": 21},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_as_of_the_past_the_next_change_is_exact(seed: int) -> None:
    random = Random(seed)
    now = clock.now().replace(microsecond=0)
    root = life(random, now)
    for _ in range(6):
        form = random.choice(("all", "any"))
        tree = {"kind": form, "of": random.sample(LATELY, 2)}
        as_of = now - timedelta(microseconds=random.randint(0, 50 * 86_400 * 10**6))
        found = explain(tree, root, as_of, now=now)
        everybody = verdicts({"it": tree, "not": {"kind": "not", "of": tree}}, None, as_of, past=True)
        assert (found is not None) == (root in everybody["it"] | everybody["not"])
        if found is None:
            continue
        assert found.holds == (root in everybody["it"])
        for moment, same in ((found.tree.since, True), (found.tree.until, False)):
            if moment is not None:
                assert (holds(tree, root, moment, past=moment < now) == found.holds) == same, (tree, moment)
        if found.tree.until is not None:
            before = found.tree.until - TICK
            assert holds(tree, root, before, past=before < now) == found.holds, (tree, found.tree.until)
