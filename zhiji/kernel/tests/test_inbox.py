"""What is recorded is durable and counted once."""

from datetime import UTC, datetime

import pytest

from zhiji.kernel.facts import NewFact, message_key, record
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, tzinfo=UTC)


def test_a_recorded_fact_waits_in_the_inbox_with_its_properties() -> None:
    assert record([NewFact("order_paid", MAY, "test", "1", {"amount": 12.5, "名": "a\tb\\n"}, identity="user:1")]) == 1
    row = Accepted.objects.get()
    assert row.message_key == message_key("test", "1")
    assert row.properties == {"amount": 12.5, "名": "a\tb\\n"}
