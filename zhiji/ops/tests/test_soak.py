"""A short soak through the public doors: bursts of definitions, facts in any order, merges, kills; then the oracle."""

import pytest

from zhiji.ops.tests.soak.running import soak

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]


def test_after_bursts_and_kills_everybody_is_where_the_oracle_says() -> None:
    told: list[str] = []
    found = soak(20, seed=7, each=9, say=told.append)
    assert not found.mismatches, "\n".join(told)
    assert found.points >= 2 and found.facts > 100 and found.definitions > 10, found
    assert found.refused <= found.definitions / 2, f"most definitions are refused: {found}"
