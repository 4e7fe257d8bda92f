"""An explanation's verdict is the engine's, and the moments it tells are the exact ones at which it changes."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import override_settings

from zhiji.flow.segment.evaluate import classes, verdicts
from zhiji.flow.segment.explain import Explanation, explain, explain_scheme
from zhiji.flow.segment.tests.proof import KEYS, RANKS, SCENES, Scene
from zhiji.flow.segment.tests.trees import Trees

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


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


@pytest.mark.parametrize("number", range(len(SCENES)))
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
