"""The language of conditions: yes/no questions about a customer at a moment, as typed trees."""

from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, leaves, reads, walk
from zhiji.flow.segment.conditions.tree import All, Condition, Not, Some, parse, plain, schema

__all__ = [
    "All", "Condition", "ConditionError", "Node", "Not", "Reads", "Some",
    "leaves", "parse", "plain", "reads", "schema", "walk",
]  # fmt: skip
