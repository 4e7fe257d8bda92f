"""The published JSON schema: a stranger can write trees by it."""

from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, settings

from zhiji.flow.segment.conditions import parse, plain, published, schema
from zhiji.flow.segment.conditions.tree import KINDS
from zhiji.flow.segment.tests.any_tree import trees
from zhiji.flow.segment.tests.test_sentences import sound

MADE = schema()
VALIDATOR = jsonschema_rs.validator_for(MADE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(trees)
def test_every_condition_fits_the_schema_as_it_is_written_and_as_it_is_kept(tree: Any) -> None:
    kept = plain(sound(tree))
    assert VALIDATOR.is_valid(tree)
    assert VALIDATOR.is_valid(kept)


def test_what_is_no_condition_doesn_t_fit() -> None:
    for tree in ({"kind": "behavior"}, {"kind": "tag"}, {"kind": "tag", "tag": 1}, {"kind": "all", "of": [3]}, "vip"):
        assert not VALIDATOR.is_valid(tree)


def test_every_kind_and_every_field_is_described() -> None:
    parts = MADE["$defs"]
    described = [one for name in parts for one in (parts[name], *parts[name].get("properties", {}).values())]
    assert len(described) > len(KINDS) * 3
    assert [one for one in described if not one.get("description")] == []


def test_the_examples_are_conditions() -> None:
    for kind, examples in published.EXAMPLES.items():
        for tree in examples:
            assert parse(tree) and tree["kind"] == kind
