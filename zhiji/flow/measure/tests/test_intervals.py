"""The interval of a difference is the published one, and says nothing where nothing is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiji.flow.measure.intervals import difference_of_shares, wilson


def test_the_interval_matches_newcombes_own_example() -> None:
    # Newcombe 1998, table II, contrast (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
    interval = difference_of_shares((56, 70), (48, 80))
    assert interval.difference == pytest.approx(0.2)
    assert (interval.low, interval.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    assert interval.verdict == "better"


def test_nobody_held_out_leaves_the_verdict_open() -> None:
    assert difference_of_shares((5, 10), (0, 0)).verdict == "open"


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_difference_and_stays_a_share(a: int, b: int, c: int, d: int) -> None:
    interval = difference_of_shares((min(a, b), b), (min(c, d), d))
    assert -1 <= interval.low <= interval.difference + 1e-12
    assert interval.difference - 1e-12 <= interval.high <= 1


def test_wilson_of_no_trials_is_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
