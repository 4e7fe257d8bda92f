"""Lines of the membership log, one for each change, as PostgreSQL's COPY takes them."""

from collections.abc import Iterable
from typing import Any

from zhiji.flow.segment.live.batch_changes import Cause

_COPY = (
    "COPY segment_singlechange (at, customer_id, segment_id, entered, scheme_id, from_class_id, to_class_id,"
    " why, facts, cause, version) FROM STDIN"
)


def of_segment(
    at: str, customer: int, segment: int, why: str, facts: str, cause: Cause, version: int, *, entered: bool
) -> str:
    """A customer entered or left a segment; `why` is JSON, `facts` the ids of those that decided, an array."""
    told = "t" if entered else "f"
    end = f"{_escaped(why)}\t{facts}\t{cause}\t{version}\n"
    return f"{at}\t{customer}\t{segment}\t{told}\t\\N\t\\N\t\\N\t{end}"


def of_scheme(
    at: str,
    customer: int,
    scheme: int,
    classes: tuple[int | None, int | None],
    why: str,
    facts: str,
    cause: Cause,
    version: int,
) -> str:
    """A customer changed class: `classes` are the one before and the one now; see `of_segment`."""
    before, now = ("\\N" if one is None else one for one in classes)
    end = f"{_escaped(why)}\t{facts}\t{cause}\t{version}\n"
    return f"{at}\t{customer}\t\\N\t\\N\t{scheme}\t{before}\t{now}\t{end}"


def write(cursor: Any, lines: Iterable[str]) -> None:
    """Add the lines to the log."""
    with cursor.copy(_COPY) as copy:
        copy.write("".join(lines))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")  # JSON has no bare tab or line break
