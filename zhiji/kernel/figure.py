"""The catalogue of figures: each has a name, one definition in words and one function; apps offer theirs in
`offers/figures.py`.

A page writes a figure by the tag `{% figure "name" value of=key %}`, which refuses a name that isn't here. So what is
shown can be asked for: the tests walk the pages and the API, and hold what is shown under a name against the function.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from zhiji.kernel.registry import offered

Look = Literal["count", "money", "percent", "moment"]


class UnknownFigure(KeyError):
    """No app offers a figure of this name; write it into the app's `offers/figures.py` with its definition."""


@dataclass(frozen=True)
class Figure:
    """A figure. `compute(as_of, of)` is the one way to it; `of` says whose it is (`about` describes that key; "" is
    everybody). `look` is how it is written; money is in the workspace's currency.
    """

    offered_in: ClassVar[str] = "figures"
    name: str
    label: str | Promise
    means: str | Promise
    compute: Callable[[datetime, str], Any]
    look: Look = "count"
    about: str | Promise = ""


@dataclass(frozen=True)
class Shown:
    """A figure's value that a view hands on, such as for the table behind a chart; it is written as by the tag."""

    name: str
    value: Any
    of: str = ""


@cache
def figures() -> dict[str, Figure]:
    """Every figure by its name."""
    return {one.name: one for one in offered(Figure)}


def figure(name: str) -> Figure:
    """Raises UnknownFigure."""
    try:
        return figures()[name]
    except KeyError:
        raise UnknownFigure(name) from None
