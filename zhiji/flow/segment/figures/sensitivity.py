"""Who is near a border of a scheme's classes: who would change class by one more act, or soon by themselves.

A threshold is moved by 1 for counts, 3 days for times, 5 % for other numbers; a published cut point by 5 %. Who
changes class then is near it. Where such a customer would really go is asked again, as if one more act had happened
(see one_more_act.py): the class that this leads to is told. Who isn't moved by it may be moved by time.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.profile.queries import roots_of
from zhiji.flow.segment.conditions import ConditionError, Node, parse, plain
from zhiji.flow.segment.conditions.relative import MEASURED, ORDER, SCORED, Rank, Score
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.definitions.thresholds import DAYS, Threshold, thresholds
from zhiji.flow.segment.engine.slices import Tables, answered, everyone, few, run
from zhiji.flow.segment.engine.statement import compiled, leaf_key
from zhiji.flow.segment.explain.reasons import shown
from zhiji.flow.segment.figures.one_more_act import Act, act_towards, acted, passes_by_itself

SAMPLE, NEAR = 60, 0.05
Classes = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Shift:
    """One threshold moved: which, and the classes that come of it."""

    at: int
    classes: Classes


def compute(key: str, as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """{"borders": [{"place", "path", "margin", "sides": [{"from", "to", "act", "count", "sample": [[id, value]…]}…]}…],
    "alone": {class: how many its condition holds for}}; of everybody, or of one owner's customers.

    `place` and `path` name the threshold in the scheme's classes; `from` is the class now, `to` the one that
    one more fact named `act` leads to; of act "", the one beyond the border, where time leads. Borders that nobody is
    near are left out.
    """
    known = definitions()
    classes = tuple((one.key, one.node) for one in known.schemes[key].classes)
    asked = borders_of(known, key)
    shifts = [one for at, threshold in enumerate(asked) for one in _shifts(known, key, at, threshold)]
    varied = {f"{key}#{number}": one.classes for number, one in enumerate(shifts)}
    alone = {name: node for name, node in classes if node is not None}
    world = replace(known.world, schemes={**known.world.schemes, **varied})
    statement = compiled(alone, (key, *varied), world)
    ids = roots_of(owner)
    tables = everyone(statement.needs, as_of) if ids is None else few(statement.needs, ids, as_of)
    answer = run(statement, tables, as_of)
    after = _after_acts(known, key, asked, tables, as_of)
    sides: dict[int, list[dict[str, Any]]] = {}
    for number, one in enumerate(shifts):
        threshold = asked[one.at]
        sides.setdefault(one.at, []).extend(_moved(answer, key, number, threshold, after))
    sides = {at: _joined(some) for at, some in sides.items()}
    values = _values(asked, sides, as_of)
    for at, some in sides.items():
        for side in some:
            side["sample"] = [[one, values[at].get(one)] for one in side["sample"]]
    return {
        "borders": [
            {
                "place": asked[at].place,
                "path": list(asked[at].path),
                "margin": margin(asked[at]),
                "sides": sorted(some, key=lambda side: -side["count"]),
            }
            for at, some in sides.items()
            if some
        ],
        "alone": {name: pc.sum(answer.column(f"v:{name}")).as_py() or 0 for name in alone},
    }


After = dict[Act, pa.Table]


def _after_acts(known: Definitions, key: str, asked: Sequence[Threshold], tables: Tables, as_of: datetime) -> After:
    """{act: columns id and then, the class after it} of each act that leads over one of the thresholds."""
    statement, found = known.statement({}, (key,)), dict[Act, pa.Table]()
    for one in asked:
        act = act_towards(one, margin(one))
        if act is not None and act not in found:
            answer = acted(statement, tables, act, as_of)
            found[act] = pa.table({"id": answer["id"], "then": answer[f"c:{key}"]})
    return found


def borders_of(known: Definitions, key: str) -> list[Threshold]:
    """The thresholds of a scheme's classes in their order."""
    classes = known.schemes[key].classes
    return [
        one
        for place, part in enumerate(classes)
        if part.node is not None
        for one in thresholds(place, plain(part.node))
    ]


def margin(one: Threshold) -> float:
    """How near is near: in the threshold's own unit; of what is ranked or scored, a share of the cut point."""
    if isinstance(one.leaf, Rank | Score):
        return NEAR
    if one.unit:
        return max(1.0, round(3 / DAYS.get(one.unit, 1.0)))
    return 1.0 if one.whole else round(abs(one.value) * NEAR, 4) or NEAR


def _shifts(known: Definitions, key: str, at: int, one: Threshold) -> list[Shift]:
    """The threshold a little lower and a little higher, as far as there is such a condition."""
    parts = known.schemes[key].classes
    found = []
    for by in (-margin(one), margin(one)):
        node = parts[one.place].node
        holder = _Holder({"it": None if node is None else plain(node)})
        if isinstance(one.leaf, Rank | Score):
            leaf = _measured(one.leaf, known.cuts, 1 + by)
            if leaf is None:
                return []
            holder.put(("it", *one.path[:-1]), leaf)
        else:
            value = one.value + by
            holder.put(("it", *one.path), int(value) if one.whole else round(value, 4))
        with suppress(ConditionError):  # such as a count below nothing
            other = parse(holder.tree["it"])
            moved = tuple((part.key, other if place == one.place else part.node) for place, part in enumerate(parts))
            found.append(Shift(at, moved))
    return found


@dataclass
class _Holder:
    tree: dict[str, Any]

    def put(self, path: Sequence[Any], value: Any) -> None:
        inner: Any = self.tree
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value


def _measured(leaf: Rank | Score, cuts: Mapping[str, Any], by: float) -> dict[str, Any] | None:
    """The leaf said by its measure and the published cut point times `by`; None where that can't be said."""
    ever = _tree(MEASURED["orders_ever"], "ge", 1)
    if isinstance(leaf, Rank):
        points = cuts.get(leaf.cut)
        measure = MEASURED.get(leaf.measure) if isinstance(leaf.measure, str) else None
        if measure is None or not isinstance(points, Sequence) or not points or leaf.op not in ("top", "bottom"):
            return None
        return _all(ever, _tree(measure, "ge" if leaf.op == "top" else "le", points[0] * by))
    points = cuts.get(leaf.measure)
    least = leaf.value + (leaf.op in ("gt", "le"))  # the lowest score above the border
    if not isinstance(points, Sequence) or not 2 <= least <= len(points) + 1 or leaf.op in ("eq", "ne"):
        return None
    higher = leaf.op in ("ge", "gt")
    if leaf.measure == "recency":
        minutes = round(points[len(points) + 1 - least] * by * 1440)
        op = "le" if higher else "gt"
        return {"kind": "recency", "fact": ORDER, "op": op, "value": minutes, "unit": "minutes"}
    return _all(ever, _tree(MEASURED[SCORED[leaf.measure]], "gt" if higher else "le", points[least - 2] * by))


def _all(*of: Any) -> dict[str, Any]:
    return {"kind": "all", "of": list(of)}


def _tree(measure: Any, op: str, value: float) -> dict[str, Any]:
    """A named measure held against a number."""
    window = None if measure.window is None else {"last": measure.window.last, "unit": measure.window.unit}
    told = {"fact": measure.fact, "measure": measure.measure, "property": measure.property, "window": window}
    told |= {"less": measure.less} if measure.less else {}
    return {"kind": "behaviour", **told, "op": op, "value": round(value, 4)}


def _moved(answer: pa.Table, key: str, number: int, threshold: Threshold, after: After) -> list[dict[str, Any]]:
    """Who is elsewhere under this shift, by from and where one more act leads, or else time; with the newest."""
    now, beyond = answer.column(f"c:{key}"), answer.column(f"c:{key}#{number}")
    near = pa.table({"id": answer.column("id"), "from": now, "to": beyond}).filter(pc.not_equal(now, beyond))
    act, found = act_towards(threshold, margin(threshold)), []
    if act is not None:
        near = near.join(after[act], "id")
        moves = pc.not_equal(near["from"], near["then"])
        found += _sides(near.filter(moves), "then", act.fact)
        near = near.filter(pc.invert(moves))
    return [*found, *_sides(near, "to", "")] if passes_by_itself(threshold) else found


def _sides(near: pa.Table, to: str, act: str) -> list[dict[str, Any]]:
    """These customers by from and to."""
    found = []
    for row in near.group_by(["from", to]).aggregate([("id", "list")]).to_pylist():
        ids = sorted(row["id_list"], reverse=True)
        found.append({"from": row["from"], "to": row[to], "act": act, "count": len(ids), "sample": ids[:SAMPLE]})
    return found


def _joined(sides: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the threshold a little lower and a little higher together, as one act may lead to the same from both."""
    joined: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in sides:
        same = joined.setdefault((one["from"], one["to"], one["act"]), {**one, "count": 0, "sample": []})
        same["count"] += one["count"]
        same["sample"] = sorted({*same["sample"], *one["sample"]}, reverse=True)[:SAMPLE]
    return list(joined.values())


def _shown_by(leaf: Node) -> Node:
    """What a customer's place is shown by: of a score the measure itself, not the score."""
    if not isinstance(leaf, Score):
        return leaf
    if leaf.measure == "recency":
        return parse({"kind": "recency", "fact": ORDER, "op": "ge", "value": 1})
    return parse(_tree(MEASURED[SCORED[leaf.measure]], "ge", 0))


def _values(
    asked: Sequence[Threshold], sides: Mapping[int, Sequence[Mapping[str, Any]]], as_of: datetime
) -> dict[int, dict[int, Any]]:
    """{place in `asked`: {customer: the leaf's value}} of those in the samples."""
    ids = sorted({one for some in sides.values() for side in some for one in side["sample"]})
    known = definitions()
    told_by = {at: _shown_by(asked[at].leaf) for at in sides}
    wanted = {str(at): leaf for at, leaf in told_by.items()}
    if not ids or not wanted:
        return {at: {} for at in sides}
    statement = known.statement(wanted, with_leaves=True)
    answer = answered(statement, ids, as_of)
    rows = answer.column("id").to_pylist()
    return {
        at: dict(
            zip(rows, map(shown, answer.column(f"l:{statement.leaf_names[leaf_key(leaf)]}").to_pylist()), strict=True)
        )
        for at, leaf in told_by.items()
    }
