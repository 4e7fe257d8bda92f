"""Metrics: figures an app offers in `offers/metrics.py`, kept fresh by the loop of this app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True)
class Metric:
    """`compute(as_of)` answers a JSON value; it is done again when `every` seconds have passed. What is kept elsewhere
    (`every` None) is read when it is asked for."""

    offered_in: ClassVar[str] = "metrics"
    name: str
    label: str
    compute: Callable[[datetime], Any]
    every: float | None = 15.0
