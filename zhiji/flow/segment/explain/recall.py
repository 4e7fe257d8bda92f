"""Reasons of memberships that a large build wrote without them: computed when they are shown, as of now."""

from collections.abc import Sequence
from datetime import datetime

from zhiji.access.models import User
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.definitions.readable import nodes_of, untold
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.engine.slices import few, run_again
from zhiji.flow.segment.explain.reasons import Reasons, class_nodes
from zhiji.flow.segment.models import Classification, MembershipChange, SegmentMembership, SingleChange

Row = SegmentMembership | Classification
Log = MembershipChange | SingleChange


def recall(rows: Sequence[Row], as_of: datetime, user: User) -> None:
    """Fill `why` of those of these rows (a page of them) that have none, and empty those that would tell `user` of
    fields that they may not read; nothing is stored."""
    _fill(rows, as_of)
    hush(rows, user)


def hush(rows: Sequence[Row | Log], user: User) -> None:
    """Empty `why` where the definition reads a field that is hidden from `user`; nothing is stored."""
    known, told = definitions(), dict[str, bool]()
    for one in rows:
        of = _of(one, known)
        if of not in told:
            told[of] = untold(nodes_of(of, known), user, known)
        if told[of]:
            one.why = []


def _of(row: Row | Log, known: Definitions) -> str:
    """The definition that a row is about: "segment:x", "scheme:x"."""
    if isinstance(row, Classification):
        classes = ((key, one.id) for key, scheme in known.schemes.items() for one in scheme.classes)
        return next((f"scheme:{key}" for key, class_id in classes if class_id == row.scheme_class_id), "")
    if row.segment_id is not None:
        return next((f"segment:{key}" for key, one in known.segments.items() if one.id == row.segment_id), "")
    return f"scheme:{row.scheme.key}" if not isinstance(row, SegmentMembership) and row.scheme else ""


def _fill(rows: Sequence[Row], as_of: datetime) -> None:
    bare = [one for one in rows if not one.why]
    if not bare:
        return
    known = definitions()
    asked = [(one, nodes) for one in bare if (nodes := _nodes(one, known))]
    if not asked:
        return
    trees = {str(at): node for at, node in enumerate({id(node): node for _, all_ in asked for node in all_}.values())}
    statement = known.statement(trees, with_leaves=True)
    ids = sorted({one.customer_id for one, _ in asked})
    reasons = Reasons(statement, run_again(statement, few(statement.needs, ids, as_of), as_of), known.names)
    for one, nodes in asked:
        one.why = reasons.of(nodes, one.customer_id)


def _nodes(row: Row, known: Definitions) -> list[Node]:
    """The conditions that put a customer where this row says."""
    if isinstance(row, SegmentMembership):
        return [one.node for one in known.segments.values() if one.id == row.segment_id]
    for key, scheme in known.schemes.items():
        for one in scheme.classes:
            if one.id == row.scheme_class_id:
                return class_nodes(known, key, one.key)
    return []
