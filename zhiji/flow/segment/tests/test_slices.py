"""A slice has every fact of its customers once, however many values it comes in, however many parts it is asked in."""

from random import Random

import pytest
from django.test import override_settings

from zhiji.flow.segment.catalogue.classics import TRADES, Template
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine import slices
from zhiji.flow.segment.engine.needs import World
from zhiji.flow.segment.engine.statement import Statement, compiled
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import SCENES, Scene, dicts

pytestmark = pytest.mark.django_db


def test_facts_that_come_in_several_values_are_the_same_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, moments = SCENES[0]
    forget_lake()
    with override_settings(TIME_ZONE=zone):
        scene = Scene(Random("slices"), zone, moments, 60)
        needs = everything().needs
        ids = [one.id for one in scene.people]
        at_once = slices.few(needs, ids, scene.moments[1])
        monkeypatch.setattr(slices, "TOGETHER", 7)
        in_parts = slices.few(needs, ids, scene.moments[1])
    forget_lake()
    assert sum(table.num_rows for name, table in at_once.items() if name.startswith("fact:")) > 60
    for name, table in at_once.items():
        assert sorted(map(str, in_parts[name].to_pylist())) == sorted(map(str, table.to_pylist()))


def test_everybody_in_parts_is_answered_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, moments = SCENES[0]
    forget_lake()
    with override_settings(TIME_ZONE=zone):
        scene = Scene(Random("parts"), zone, moments, 60)
        statement = everything()
        at_once = slices.run(statement, slices.everyone(statement.needs, scene.moments[1]), scene.moments[1])
        monkeypatch.setattr(slices, "PART", 7)
        asked = slices.everyone(statement.needs, scene.moments[1])
        assert len(list(slices._parts(asked))) > 5
        in_parts = slices.run(statement, asked, scene.moments[1])
    forget_lake()
    assert in_parts.sort_by("id").to_pylist() == at_once.sort_by("id").to_pylist()


def everything() -> Statement:
    known = definitions()
    return known.statement({key: one.node for key, one in known.segments.items()}, tuple(known.schemes))


@pytest.mark.parametrize("template", [one for trade in TRADES for one in trade.templates], ids=lambda one: one.name[1])
def test_a_program_knows_what_trades_ask_but_for_what_follows_what(template: Template) -> None:
    pieces = compiled({"it": parse(template.tree)}, (), World(), with_leaves=True).pieces
    known = all(query.program and not query.program.left for query in (*pieces.parts, pieces.rows))
    assert known != bool({one.get("kind") for one in dicts(template.tree)} & {"absence", "sequence"})
