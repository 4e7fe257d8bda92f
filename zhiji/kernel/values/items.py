"""件数: how many items a quantity is. What is sold by weight or volume (2.35 kg) is one item, whatever it weighs."""

from decimal import Decimal

SQL = "CASE WHEN {0} = trunc({0}) THEN {0} ELSE 1 END"
"""The same of a column, for PostgreSQL and DuckDB."""


def counted(quantity: float | Decimal) -> float | Decimal:
    """The items of a line."""
    return quantity if quantity == int(quantity) else 1
