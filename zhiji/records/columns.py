"""Columns of lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

from zhiji.access.models import User
from zhiji.records.models import CustomField

Look = Literal["text", "code", "ago", "moment", "day", "money", "number", "badge", "badges", "link"]
ENDING = frozenset({"money", "number"})
"""Looks that stand at the right of their column."""


@dataclass(frozen=True)
class Column:
    """A column the user may choose. `values(rows, user)` answers {primary key: value} for one page, in a query or none.

    Looks: "badge" takes (text, colour), "badges" a list of texts, "link" (text, address), the others a value; of a
    declared `field` it is as it is kept. `sort` is the order by which the column sorts; `shown` whether it is there
    before anybody chose. `free` is text that people wrote, which is masked for those who see masks.
    """

    key: str
    label: str | Promise
    values: Callable[[Sequence[Any], User], Mapping[int, Any]]
    look: Look = "text"
    sort: str = ""
    shown: bool = False
    position: int = 50
    field: CustomField | None = None
    free: bool = False


def of(name: str) -> Callable[[Sequence[Any], User], Mapping[int, Any]]:
    """The values of an attribute of the rows, such as a column's; `a__b` follows relations, None where one ends."""
    path = name.split("__")

    def values(rows: Sequence[Any], user: User) -> Mapping[int, Any]:
        return {row.pk: _followed(row, path) for row in rows}

    return values


def worded(name: str, colours: Mapping[Any, str]) -> Callable[[Sequence[Any], User], Mapping[int, Any]]:
    """The words of a column with choices as a badge, by the value's colour."""

    def values(rows: Sequence[Any], user: User) -> Mapping[int, Any]:
        words = {row.pk: getattr(row, f"get_{name}_display")() for row in rows}
        return {row.pk: (words[row.pk], colours.get(getattr(row, name), "gray")) for row in rows}

    return values


def _followed(row: Any, path: Sequence[str]) -> Any:
    for step in path:
        row = getattr(row, step, None)
    return row
