"""Why: the leaves of a condition with their values, for the log, the customer page and the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis.expr.datatypes as dt
import numpy as np
import orjson
import pyarrow as pa

from zhiji.flow.segment.conditions import Node, leaves
from zhiji.flow.segment.conditions.words import Names, Words
from zhiji.flow.segment.definitions.registry import Definitions
from zhiji.flow.segment.engine.statement import Statement, leaf_key
from zhiji.flow.segment.live.membership_bitmap import Ids
from zhiji.kernel import clock
from zhiji.kernel.columnar.frame import Frame

Why = list[dict[str, Any]]


class Reasons:
    """Reads reasons off a statement's answer (compiled with leaves).

    A reason is {sentence, sentence_en, value, threshold, holds}; values are numbers, texts or ISO moments.
    """

    def __init__(self, statement: Statement, answer: pa.Table | Frame, names: Names) -> None:
        self._statement, self._answer = statement, Frame.of(answer)
        self._chinese, self._english = Words(True, names), Words(False, names)
        self._heads: dict[object, str] = statement.told.setdefault(names.fingerprint, {})
        ids = self._answer.array("id", dt.int64)
        self._order = np.argsort(ids)
        self._ids = ids[self._order]

    def of(self, nodes: Sequence[Node], customer_id: int) -> Why:
        """The reasons of one customer: every leaf of the trees, each once."""
        found: Why = orjson.loads(self.texts(nodes, [customer_id])[0])
        return found

    def texts(self, nodes: Sequence[Node], customers: Sequence[int]) -> list[str]:
        """The same of several as the JSON that is kept, written from parts: a batch has thousands."""
        wanted = np.asarray(customers, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._ids, wanted), max(0, len(self._ids) - 1))
        known = self._ids[at] == wanted if len(self._ids) else np.zeros(len(wanted), dtype=np.bool_)
        places = self._order[at[known]]
        told = iter(zip(*self._parts(nodes, places), strict=True))
        return [f"[{','.join(next(told, ()))}]" if one else "[]" for one in known.tolist()]

    def _parts(self, nodes: Sequence[Node], places: Ids) -> list[list[str]]:
        """Of each leaf of the trees, each once: its reason for the customers in these places."""
        numbers = {self._statement.leaf_names[leaf_key(leaf)]: leaf for node in nodes for leaf in leaves(node)}
        found = []
        for number, leaf in numbers.items():
            head = self._heads.get(number) or self._headed(number, leaf)
            values = self._answer.values(f"l:{number}", places)
            holds = self._answer.values(f"h:{number}", places)
            found.append(
                [
                    f'{head}{_json(value)},"holds":{"true" if yes else "false"}}}'
                    for value, yes in zip(values, holds, strict=True)
                ]
            )
        return found

    def _headed(self, number: int, leaf: Node) -> str:
        """The JSON of a leaf up to its value; the statement keeps it as long as names are the same."""
        fixed = {
            "sentence": leaf.said(self._chinese),
            "sentence_en": leaf.said(self._english),
            "threshold": leaf.threshold(),
        }
        head = self._heads[number] = orjson.dumps(fixed).decode()[:-1] + ',"value":'
        return head


def _json(value: Any) -> str:
    return "null" if value is None else str(value) if type(value) is int else orjson.dumps(shown(value)).decode()


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
