"""The demo loads whole from a sample, once, whatever interrupts it."""

from typing import Any

import pytest

from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment.models import Classification, Scheme, Segment
from zhiji.kernel.models import Fact
from zhiji.ops.demo import definitions, load, shoppers
from zhiji.trade.models import Order, OrderLine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


class Screen:
    """Shows nothing."""

    def add_task(self, description: str, *, total: float | None = None) -> Any:
        return description

    def update(self, task_id: Any, *, completed: float = 0, total: float | None = None) -> None:
        pass


def test_a_load_that_was_killed_goes_on_and_a_second_start_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(definitions, "owners", killed)
    with pytest.raises(KeyboardInterrupt):
        load.run(Screen(), share=0.02)
    monkeypatch.undo()
    lines = OrderLine.objects.count()
    assert lines > 10_000
    assert "lines" not in load.run(Screen(), share=0.02)
    assert load.run(Screen(), share=0.02) == {}
    assert OrderLine.objects.count() == lines
    assert not ImportRun.objects.exclude(failed=0).exists()
    assert Fact.objects.filter(name="order_paid").count() == Order.objects.count()
    assert Scheme.objects.count() == 2
    assert Segment.objects.count() == 6
    assert Classification.objects.count() == 2 * Portrait.objects.count()
    assert Rule.objects.filter(enabled_at__isnull=False).count() == 8
    assert not RuleEntry.objects.exists(), "history must set nothing off"
    shop = shoppers.open_shop(load.folder(), seed=1)
    assert any(event.get("event") == "Order Completed" for _ in range(20) for event in shoppers.visit(shop))
