"""A short soak through the public doors: bursts of definitions, facts in any order, merges, kills; then the oracle."""

from datetime import UTC, datetime

import pytest

from zhiji.ops.tests.soak.running import soak
from zhiji.ops.tests.soak.truth import Event, Truth

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]


def test_after_bursts_and_kills_everybody_is_where_the_oracle_says() -> None:
    told: list[str] = []
    found = soak(20, seed=7, each=9, say=told.append)
    assert not found.mismatches, "\n".join(told)
    assert found.points >= 2 and found.facts > 100 and found.definitions > 10, found
    assert found.refused <= found.definitions / 2, f"most definitions are refused: {found}"


def test_the_truth_lets_only_a_refund_of_an_order_that_came_lower_anything() -> None:
    truth, at = Truth("UTC", ids={"u": 1}), datetime(2026, 1, 1, tzinfo=UTC)
    for message, name, order in (("o", "order_paid", "o"), ("r", "order_refunded", "o"), ("s", "order_refunded", "s")):
        truth.tell(Event(message, "u", name, at, {"order_id": order, "amount": 5}))
    facts = [dict(one.properties) for one in truth.people({1: 1})[1].facts]
    assert [("amount" in one, "told" in one) for one in facts] == [(True, False), (True, False), (False, True)]
