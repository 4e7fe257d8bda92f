"""Forty thousand pairs of a history and a tree, each answered by the compiler as by the oracle."""

import pytest

from zhiji.flow.segment.tests.proof import SCENES, Tally, prove

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_the_compiler_answers_as_the_oracle_does(scene: int) -> None:
    tally = Tally()
    prove(1, [scene], 200, 30, tally)
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.pairs >= 5_000
    assert tally.mixed >= tally.trees


def test_it_does_so_over_a_lake_on_object_storage(lake_on_s3: None) -> None:
    tally = Tally()
    prove(2, [0], 100, 10, tally)
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.pairs >= 500
