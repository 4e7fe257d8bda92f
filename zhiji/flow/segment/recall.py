"""Reasons of memberships that a large build wrote without them: computed when they are shown, as of now."""

from collections.abc import Sequence
from datetime import datetime

from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.engine.slices import few, run_again
from zhiji.flow.segment.models import Classification, SegmentMembership
from zhiji.flow.segment.reasons import Reasons, class_nodes
from zhiji.flow.segment.world import Definitions, definitions

Row = SegmentMembership | Classification


def recall(rows: Sequence[Row], as_of: datetime) -> None:
    """Fill `why` of those of these rows (a page of them) that have none; nothing is stored."""
    known = definitions()
    asked = [(one, nodes) for one in rows if not one.why and (nodes := _nodes(one, known))]
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
