"""Why: the leaves of a condition with their values, for the log, the customer page and the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from zhiji.flow.segment.conditions import Node, leaves
from zhiji.flow.segment.conditions.words import Names, Words
from zhiji.flow.segment.engine.statement import Statement, leaf_key
from zhiji.flow.segment.world import Definitions
from zhiji.kernel import clock

Why = list[dict[str, Any]]
Leaf = tuple[str, list[Any], list[bool]]
"""The JSON of a leaf up to its value, and of every row the value and the verdict."""


class Reasons:
    """Reads reasons off a statement's answer (compiled with leaves), row by row.

    A reason is {sentence, sentence_en, value, threshold, holds}; values are numbers, texts or ISO moments.
    """

    def __init__(self, statement: Statement, answer: pa.Table, names: Names) -> None:
        self._statement = statement
        self._answer = answer
        self._places = {one: at for at, one in enumerate(answer.column("id").to_pylist())}
        self._chinese, self._english = Words(True, names), Words(False, names)
        self._read: dict[int, Leaf] = {}
        self._several: dict[tuple[int, ...], list[Leaf]] = {}
        self._kept: list[Node] = []

    def of(self, nodes: Sequence[Node], customer_id: int) -> Why:
        """The reasons of one customer: every leaf of the trees, each once."""
        found: Why = orjson.loads(self.json(nodes, customer_id))
        return found

    def json(self, nodes: Sequence[Node], customer_id: int) -> str:
        """The same as the JSON that is kept, written from parts: a batch has thousands."""
        place = self._places.get(customer_id)
        if place is None:
            return "[]"
        found = []
        for start, values, holds in self._of(nodes):
            value = values[place]
            told = "null" if value is None else orjson.dumps(shown(value)).decode()
            found.append(f'{start}{told},"holds":{"true" if holds[place] else "false"}}}')
        return f"[{','.join(found)}]"

    def _of(self, nodes: Sequence[Node]) -> list[Leaf]:
        """The leaves of these trees, each once."""
        key = tuple(map(id, nodes))
        if key not in self._several:
            self._kept.extend(nodes)  # so that no other gets its id
            found: dict[int, Leaf] = {}
            for leaf in (leaf for node in nodes for leaf in leaves(node)):
                number = self._statement.leaf_names[leaf_key(leaf)]
                if number not in found:
                    found[number] = self._leaf(number, leaf)
            self._several[key] = list(found.values())
        return self._several[key]

    def _leaf(self, number: int, leaf: Node) -> Leaf:
        if number not in self._read:
            fixed = {
                "sentence": leaf.said(self._chinese),
                "sentence_en": leaf.said(self._english),
                "threshold": leaf.threshold(),
            }
            values = self._answer.column(f"l:{number}").to_pylist()
            holds = self._answer.column(f"h:{number}").to_pylist()
            start = orjson.dumps(fixed).decode()[:-1] + ',"value":'
            self._read[number] = (start, values, holds)
        return self._read[number]


def class_nodes(known: Definitions, scheme: str, class_key: str) -> list[Node]:
    """The conditions that put a customer into a class: its own; of the last class, all that failed before."""
    classes = known.schemes[scheme].classes
    own = [one.node for one in classes if one.key == class_key and one.node is not None]
    return own or [one.node for one in classes if one.node is not None]


def shown(value: Any) -> Any:
    """A leaf's value as JSON: decimals as numbers, moments in the workspace's zone."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, datetime):
        return value.astimezone(clock.zone()).isoformat(timespec="seconds")
    return value.isoformat() if hasattr(value, "isoformat") else value
