"""The published JSON schema: a stranger can write trees by it."""

from collections.abc import Iterator
from typing import Any, get_args

import jsonschema_rs
from hypothesis import HealthCheck, given, settings

from zhiji.flow.segment.conditions import ConditionError, parse, plain, published, schema
from zhiji.flow.segment.conditions.attribute import FieldType
from zhiji.flow.segment.conditions.comparison import Op
from zhiji.flow.segment.conditions.tree import KINDS
from zhiji.flow.segment.tests.any_tree import trees
from zhiji.flow.segment.tests.test_sentences import sound

MADE = schema()
VALIDATOR = jsonschema_rs.validator_for(MADE)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
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


VALUES: list[Any] = [
    3, 0.5, "vip", "2026-05-03", True, None, [], ["a"], ["a", "b"], [1], [1, 2], [True], ["2026-05-03", "2026-05-09"],
    {"fact": "order_paid"}, {"fact": "order_paid", "measure": "sum"},
]  # fmt: skip
COLUMNS = ("region", "priority", "birthday", "registered_at", "attributes.x", "place")
MEASURES = ("count", "sum", "average", "distinct", "min", "max", "first", "last")


def compared() -> Iterator[Any]:
    """Every operator with every kind of value, of every kind of thing that is compared."""
    for op in get_args(Op):
        for value in VALUES:
            said = {"op": op} if value is None else {"op": op, "value": value}
            yield from ({"kind": "attribute", "name": name, **said} for name in COLUMNS)
            for type_ in get_args(FieldType):
                yield {"kind": "attribute", "name": "attributes.x", "type": type_, **said}
            for measure in MEASURES:
                yield {"kind": "behaviour", "fact": "x", "measure": measure, "property": "y", **said}
            yield {"kind": "nth", "fact": "x", "n": 1, "where": [{"property": "y", **said}]}
            yield {"kind": "nth", "fact": "x", "n": 1, "where": [{"any": [{"property": "y", **said}]}]}


def accepted(tree: Any) -> bool:
    try:
        return parse(tree) is not None
    except ConditionError:
        return False


def test_the_schema_offers_exactly_the_operators_and_values_that_are_taken() -> None:
    trees = list(compared())
    # Which texts are places, and which days there are, the schema doesn't tell.
    told = [tree for tree in trees if not (tree.get("name") == "place" and "value" in tree)]
    assert len(told) > 4000
    assert [tree for tree in told if VALIDATOR.is_valid(tree) != accepted(tree)] == []


def test_a_measure_of_a_property_needs_one_and_a_filter_has_one_form() -> None:
    tag = {"property": "y", "op": "eq", "value": "a"}
    for wrong in (
        {"kind": "behaviour", "fact": "x", "measure": "sum", "op": "ge", "value": 1},
        {"kind": "rank", "measure": {"fact": "x", "measure": "sum"}, "op": "top", "share": 0.1},
        {"kind": "nth", "fact": "x", "n": 1, "where": [{**tag, "any": [tag]}]},
        {"kind": "nth", "fact": "x", "n": 1, "where": [{}]},
        {"kind": "behaviour", "fact": "x", "less": "z", "op": "ge", "value": 1},
        {
            "kind": "behaviour",
            "fact": "x",
            "measure": "sum",
            "property": "y",
            "less": "z",
            "where": [tag],
            "op": "ge",
            "value": 1,
        },
        {"kind": "nth", "fact": "x", "n": 1, "where": [{"any": []}]},
    ):
        assert not VALIDATOR.is_valid(wrong) and not accepted(wrong)
