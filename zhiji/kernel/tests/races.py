"""Who meets at the kernel's locks."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from zhiji.config.tests.races.racing import Race
from zhiji.flow.resolve.actions import wait_for_batch
from zhiji.kernel import clock, lake, pipeline
from zhiji.kernel.alone import alone
from zhiji.kernel.claims import Limit, UsedUp, claim, give_back
from zhiji.kernel.claims.proof import differences
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.lake_redacting import redact
from zhiji.kernel.models import Accepted, Fact, Limited

ANY_LOCK = 0x74657374


def _one_fact(key: str = "1") -> None:
    record([NewFact("page_viewed", clock.now() - timedelta(hours=1), "t", key, {}, identity="user:1")])


def one_waits_until_it_is_alone() -> Race:
    def second() -> bool:
        with alone(ANY_LOCK, wait=True) as mine:
            return mine

    def then(_: Any, second: Any) -> None:
        assert second is True
        with alone(ANY_LOCK) as mine:
            assert mine, "it was not given back"

    return Race(lambda: alone(ANY_LOCK), second, then)


def a_second_worker_is_at_the_same_half() -> Race:
    """It takes nothing, and nothing is taken twice."""
    _one_fact()

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (1, None)
        assert (Fact.objects.count(), Accepted.objects.count()) == (1, 0)

    return Race(pipeline.tell_once, pipeline.tell_once, then, passes=True)


def a_merge_waits_for_the_batch() -> Race:
    """What wants the pipeline out waits until the batch in hand is done."""
    _one_fact()

    def second() -> int:
        wait_for_batch()
        return Fact.objects.count()

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (1, 1)

    return Race(pipeline.tell_once, second, then)


def _logged() -> None:
    """Two facts in the log, and an empty lake."""
    shutil.rmtree(Path(lake.url()), ignore_errors=True)
    for key in ("1", "2"):
        _one_fact(key)
    pipeline.run_once()


def another_is_at_the_lake() -> Race:
    """Who appends passes over it, and does it another time; each fact is there once."""
    _logged()

    def then(_: Any, second: Any) -> None:
        assert second is False
        assert lake.append() is True
        _once()

    return Race(lambda: alone(lake.LOCK), lake.append, then, passes=True)


def one_drains_while_another_is_at_the_lake() -> Race:
    """It waits, and then appends all there is."""
    _logged()

    def then(_: Any, second: Any) -> None:
        assert second == 2
        _once()

    return Race(lambda: alone(lake.LOCK), lake.drain, then)


def rows_are_redacted_while_another_is_at_the_lake() -> Race:
    """It waits, and redacts what was appended just before, too."""
    _logged()
    assert lake.append() is True
    (customer,) = set(Fact.objects.values_list("customer_id", flat=True))

    def second() -> None:
        with transaction.atomic():
            redact([customer], lambda name, properties: {"told": "nothing"})

    def then(_: Any, second: Any) -> None:
        assert second is None
        assert _once("properties") == ['{"told":"nothing"}'] * 2

    return Race(lambda: alone(lake.LOCK), second, then)


def two_claim_the_last_one() -> Race:
    """The second waits, and is told that there is none."""
    limit = Limit("seat", 1)
    Limited.objects.create(thing="seat")

    def then(first: Any, second: Any) -> None:
        assert first.new and isinstance(second, UsedUp) and second.left == 0
        assert list(Limited.objects.values_list("thing", "taken")) == [("seat", 1)]

    now = clock.now()
    return Race(lambda: claim("a", limit, as_of=now), lambda: claim("b", limit, as_of=now), then)


def two_claim_several_in_other_orders() -> Race:
    """The second waits at the first thing that both want, not at one that it holds already; both get theirs."""
    day, total = Limit("day", None), Limit("total", 2)
    for thing in ("total", "day"):
        Limited.objects.create(thing=thing)

    def then(first: Any, second: Any) -> None:
        assert first.new and second.new and second.upto == {"day": 2, "total": 2}

    now = clock.now()
    return Race(lambda: claim("a", day, total, as_of=now), lambda: claim("b", total, day, as_of=now), then)


def one_gives_back_while_another_claims() -> Race:
    """Who comes after it gets what came back."""
    now, limit = clock.now(), Limit("seat", 1)
    claim("a", limit, as_of=now)

    def then(_: Any, second: Any) -> None:
        assert second.new and second.upto == {"seat": 1}
        assert differences() == []

    return Race(lambda: give_back("a"), lambda: claim("b", limit, as_of=now), then)


def _once(column: str = "id") -> list[Any]:
    """Each fact is in the lake once; answers a column, and leaves no lake."""
    found = lake.table()
    assert found is not None
    rows = found.to_pyarrow_table(columns=["id", column] if column != "id" else ["id"])
    shutil.rmtree(Path(lake.url()))
    assert sorted(rows.column("id").to_pylist()) == sorted(Fact.objects.values_list("pk", flat=True))
    return list(rows.column(column).to_pylist())


RACES: dict[str, Callable[[], Race]] = {
    "zhiji/kernel/alone.py:alone": one_waits_until_it_is_alone,
    "zhiji/kernel/alone.py:alone another is at the lake": another_is_at_the_lake,
    "zhiji/kernel/alone.py:alone one drains while another is at the lake": one_drains_while_another_is_at_the_lake,
    "zhiji/kernel/pipeline.py:_tell": a_second_worker_is_at_the_same_half,
    "zhiji/kernel/pipeline.py:wait_for_both": a_merge_waits_for_the_batch,
    "zhiji/kernel/claims/rows.py:lock": two_claim_the_last_one,
    "zhiji/kernel/claims/rows.py:lock several": two_claim_several_in_other_orders,
    "zhiji/kernel/claims/rows.py:lock one gives back": one_gives_back_while_another_claims,
    "zhiji/kernel/lake_redacting.py:redact": rows_are_redacted_while_another_is_at_the_lake,
}
