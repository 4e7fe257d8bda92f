"""The reasons of those whose membership changed, asked for them alone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce

from zhiji.flow.segment.definitions.registry import Definitions, grouped
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.slices import few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.explain.reasons import Reasons

SEPARATE = 16  # definitions from whom on one statement of all of them is quicker planned than one of each


def leafed(
    known: Definitions, wanted: Mapping[str, set[int]], as_of: datetime, together: Callable[[], Statement]
) -> dict[str, Reasons]:
    """The reasons of customers by definition ("segment:x", "scheme:y").

    `together` gives a statement, with leaves, that has all of these definitions and maybe more.
    """
    roots = sorted(set().union(*wanted.values()))
    if len(wanted) > SEPARATE:
        statement = together()
        reasons = Reasons(statement, run(statement, few(statement.needs, roots, as_of), as_of), known.names)
        return dict.fromkeys(wanted, reasons)
    statements = {key: of_one(known, key) for key in wanted}
    tables = few(reduce(Needs.with_tables_of, (one.needs for one in statements.values())), roots, as_of)
    return {key: Reasons(one, run(one, tables, as_of), known.names) for key, one in statements.items()}


def of_one(known: Definitions, key: str) -> Statement:
    """A definition's statement, with leaves."""
    segments, schemes = grouped([key])
    trees = {f"segment:{one}": known.segments[one].node for one in segments}
    return known.statement(trees, tuple(schemes), with_leaves=True)
