"""Forty thousand pairs of a history and a tree, each answered by the compiler as by the oracle."""

import pytest

from zhiji.flow.segment.tests.proof import SCENES, Tally, prove

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_the_compiler_answers_as_the_oracle_does(scene: int) -> None:
    tally = Tally()
    prove(1, [scene], 200, 30, tally)
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.pairs >= 5_000
    assert tally.mixed >= tally.trees
