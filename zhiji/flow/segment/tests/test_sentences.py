"""Every condition is said in Chinese and English, and what was said is read back as it was."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from zhiji.flow.segment.conditions import ConditionError, Node, parse
from zhiji.flow.segment.conditions.grammar import read, say
from zhiji.flow.segment.conditions.words import Words
from zhiji.flow.segment.tests.any_tree import NAMES, trees


def sound(tree: Any) -> Node:
    """The tree as a condition; trees that can't be are passed over."""
    try:
        return parse(tree)
    except ConditionError:
        assume(False)
        raise


@pytest.mark.parametrize("chinese", [True, False])
def test_what_is_said_is_read_back_whatever_it_is(chinese: bool) -> None:
    words = Words(chinese, NAMES)

    @settings(
        max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
    )
    @given(trees)
    def round_trip(tree: Any) -> None:
        node = sound(tree)
        said = say(node, words)
        assert not said.startswith("{")
        assert parse(read(said, words)) == node

    round_trip()
