"""Metrics: figures an app offers in `offers/metrics.py`, kept fresh by the loop of this app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True)
class Metric:
    """`compute(as_of, owner)` answers a JSON value, of everybody or of one owner's customers. Everybody's is done again
    when `every` seconds have passed; what is kept elsewhere (`every` None) is read when it is asked for."""

    offered_in: ClassVar[str] = "metrics"
    name: str
    label: str | Promise
    compute: Callable[[datetime, int | None], Any]
    every: float | None = 15.0
