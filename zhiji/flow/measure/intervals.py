"""Confidence intervals for the difference between treated customers and those held out."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A difference with its two-sided 95 % bounds, in the unit of what was compared."""

    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> Literal["better", "worse", "open"]:
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "open"


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval of a share (E. B. Wilson 1927). (0, 1) when nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    centre = share + Z95**2 / (2 * trials)
    spread = Z95 * sqrt(share * (1 - share) / trials + Z95**2 / (4 * trials**2))
    scale = 1 + Z95**2 / trials
    return (centre - spread) / scale, (centre + spread) / scale


def difference_of_shares(treated: tuple[int, int], held_out: tuple[int, int]) -> Interval:
    """The difference of two shares, each (successes, trials), by Newcombe's hybrid score method.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17 (1998), method 10. Good for small groups and shares near 0 and 1, where the usual one fails.
    """
    first = treated[0] / treated[1] if treated[1] else 0.0
    second = held_out[0] / held_out[1] if held_out[1] else 0.0
    low_first, high_first = wilson(*treated)
    low_second, high_second = wilson(*held_out)
    difference = first - second
    return Interval(
        difference,
        max(-1.0, difference - sqrt((first - low_first) ** 2 + (high_second - second) ** 2)),
        min(1.0, difference + sqrt((high_first - first) ** 2 + (second - low_second) ** 2)),
    )
