"""Live membership is the full classification is the oracle, whatever happens, in whatever order, at whatever moment."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from zhiji.flow.segment.tests.machine import House

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_live_is_the_build_is_the_oracle() -> None:
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=10,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
