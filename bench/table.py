"""The one way a benchmark shows its figures: what, how much, the bar, the bare limit of the same run, the ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """`limit` is the same work done bare (hand-written SQL, COPY, a plain view), in the same unit and run."""

    what: str
    value: float
    unit: str
    bar: str = ""
    limit_is: str = ""
    limit: float | None = None

    @property
    def ratio(self) -> str:
        return f"{self.value / self.limit:.2f} ×" if self.limit else ""


def figure(value: float) -> str:
    """With four digits that tell something; from a thousand on whole."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left")
    for heading, justify in (
        ("", "left"),
        ("measured", "right"),
        ("bar", "right"),
        ("bare limit", "right"),
        ("ratio", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        limit = f"{figure(row.limit)} {row.unit} ({row.limit_is})" if row.limit else ""
        table.add_row(row.what, f"{figure(row.value)} {row.unit}", row.bar, limit, row.ratio)
    Console(width=150).print(table)
