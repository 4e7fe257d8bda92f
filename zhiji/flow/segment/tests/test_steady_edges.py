"""An edge that always lies as long before its moment is reckoned with at once: it must never be where that isn't so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zhiji.flow.segment.conditions.window import Back, back

WINTER, SUMMER = datetime(2026, 1, 10, 7, 30, tzinfo=UTC), datetime(2026, 7, 10, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
@pytest.mark.parametrize(("count", "unit"), [(90, "minutes"), (36, "hours"), (30, "days"), (26, "weeks")])
def test_a_steady_edge_is_where_the_exact_one_is(zone: str, count: int, unit: str, settings: Any) -> None:
    settings.TIME_ZONE = zone
    span = Back(count, unit).steady(WINTER, SUMMER)

    if span is not None:
        moments = [WINTER + timedelta(hours=13 * number) for number in range(330)]
        assert [at - span for at in moments] == [back(at, count, unit) for at in moments]
    assert (span is not None) == (unit in {"minutes", "hours"} or zone != "America/New_York")


def test_months_and_years_are_never_steady() -> None:
    assert Back(1, "months").steady(WINTER, SUMMER) is None
    assert Back(1, "years").steady(WINTER, SUMMER) is None
