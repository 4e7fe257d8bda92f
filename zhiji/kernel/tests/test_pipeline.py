"""Accepted facts reach the log once each, whatever fails, repeats or races."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import DataError, OperationalError, connection, transaction

from zhiji.kernel import pipeline
from zhiji.kernel.facts import NewFact, message_key, record
from zhiji.kernel.loops import beat
from zhiji.kernel.models import Accepted, Fact, Heartbeat
from zhiji.kernel.pipeline import Batch, Stage

pytestmark = pytest.mark.django_db(transaction=True)
MAY = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_the_kernels_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Stage(pipeline.LOG, "log", pipeline._log)
    monkeypatch.setattr(pipeline, "stages", lambda: [log])


def visits(count: int, start: int = 0) -> Iterator[NewFact]:
    return (NewFact("page_viewed", MAY, "test", str(n), customer_id=1) for n in range(start, start + count))


def test_every_accepted_fact_is_logged_once_in_batches() -> None:
    record(visits(25))
    assert [pipeline.run_once(limit=10) for _ in range(4)] == [10, 10, 5, 0]
    assert Fact.objects.count() == 25
    assert not Accepted.objects.exists()


@pytest.mark.parametrize("text", ['{"half', '{"a": "\\u0000"}', "", '{"a": 1e999999}'])
def test_what_no_door_lets_in_neither_stops_the_pipeline_nor_is_lost(text: str) -> None:
    record(visits(3))
    with connection.cursor() as cursor:  # as nobody but a stranger with the database's key could
        cursor.execute(
            "UPDATE kernel_accepted SET properties = %s WHERE id = (SELECT min(id) FROM kernel_accepted)", [text]
        )
    assert pipeline.run_once() == 3
    assert list(Fact.objects.order_by("id").values_list("properties", flat=True)) == [{"unreadable": text}, {}, {}]


def test_properties_that_the_log_cannot_keep_are_refused_when_they_are_recorded() -> None:
    kept = NewFact("page_viewed", MAY, "test", "1", {"path": "\\u0000"}, customer_id=1)
    with pytest.raises(DataError, match="NUL"), transaction.atomic():
        record([kept, NewFact("page_viewed", MAY, "test", "2", {"path": "\0"}, customer_id=1)])
    record([kept])
    pipeline.run_once()
    assert Fact.objects.get().properties == {"path": "\\u0000"}


def test_the_same_message_twice_is_one_fact_in_one_batch_and_across_batches() -> None:
    record(visits(3))
    record(visits(3))
    pipeline.run_once()
    record(visits(3))
    pipeline.run_once()
    assert Fact.objects.count() == 3
    assert not Accepted.objects.exists()


@pytest.mark.parametrize(
    ("position", "waiting", "logged"), [(pipeline.PROFILE, 5, 0), (pipeline.CLASSIFY, 0, 5), (pipeline.ACT, 0, 5)]
)
def test_a_stage_that_fails_takes_its_half_back_and_the_next_try_sees_the_same_facts(
    position: int, waiting: int, logged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def fail_once(batch: Batch) -> None:
        seen.append(batch.count)
        if len(seen) == 1:
            raise OperationalError("the connection was lost")

    stages = [*pipeline.stages(), Stage(position, "fails", fail_once)]
    monkeypatch.setattr(pipeline, "stages", lambda: stages)
    record(visits(5))
    with pytest.raises(OperationalError):
        pipeline.run_once()
    assert (Accepted.objects.count(), Fact.objects.count()) == (waiting, logged)
    pipeline.run_once()
    assert seen == [5, 5] and Fact.objects.count() == 5


def test_what_follows_from_facts_is_seen_once_in_order_however_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []

    def look(batch: Batch) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT fact_id FROM batch ORDER BY fact_id")
            seen.append([fact for (fact,) in cursor.fetchall()])

    stages = [*pipeline.stages(), Stage(pipeline.CLASSIFY, "look", look)]
    monkeypatch.setattr(pipeline, "stages", lambda: stages)
    record(visits(25))
    assert pipeline.tell_once() == 25
    assert [pipeline.follow_once(limit=10) for _ in range(4)] == [10, 10, 5, 0]
    assert [one for some in seen for one in some] == list(Fact.objects.order_by("id").values_list("id", flat=True))


def test_what_follows_sees_the_database_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def look(batch: Batch) -> None:
        before = Fact.objects.count()
        told = threading.Thread(target=lambda: (pipeline.tell_once(), connection.close()))
        told.start()
        told.join()
        seen.append(Fact.objects.count() - before)

    stages = [*pipeline.stages(), Stage(pipeline.CLASSIFY, "look", look)]
    monkeypatch.setattr(pipeline, "stages", lambda: stages)
    record(visits(5))
    pipeline.follow_once()
    assert seen == [0] and Fact.objects.count() == 5


def test_an_edit_that_came_between_has_what_follows_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    beat("edited")

    def look(batch: Batch) -> None:
        seen.append(batch.count)
        if len(seen) == 1:
            edit = threading.Thread(target=lambda: (beat("edited", by="somebody else"), connection.close()))
            edit.start()
            edit.join()
        beat("edited", batches=len(seen))

    stages = [*pipeline.stages(), Stage(pipeline.ACT, "look", look)]
    monkeypatch.setattr(pipeline, "stages", lambda: stages)
    record(visits(5))
    assert pipeline.tell_once() == 5 and pipeline.follow_once() == 5
    assert seen == [5, 5] and pipeline.follow_once() == 0
    assert Heartbeat.objects.get(name="edited").detail == {"by": "somebody else", "batches": 3}


def test_who_waits_for_both_halves_keeps_both_out() -> None:
    record(visits(5))
    with transaction.atomic(), connection.cursor() as cursor:
        pipeline.wait_for_both(cursor)
        found: list[int | None] = []
        other = threading.Thread(target=lambda: (found.append(pipeline.run_once()), connection.close()))
        other.start()
        other.join()
    assert found == [None]
    assert pipeline.run_once() == 5


def test_fact_ids_grow_in_the_order_of_the_inbox() -> None:
    record(visits(50))
    pipeline.run_once(limit=20)
    record(visits(50, start=50))
    while pipeline.run_once(limit=20):
        pass
    keys = list(Fact.objects.order_by("id").values_list("message_key", flat=True))
    assert keys == [message_key("test", str(n)) for n in range(100)]


def test_workers_that_race_double_nothing() -> None:
    record(visits(300))

    def work() -> None:
        idle = 0
        while idle < 5:
            idle = 0 if pipeline.run_once(limit=7) else idle + 1
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (Fact.objects.count(), Accepted.objects.count()) == (300, 0)


def test_an_idle_tick_still_runs_the_stages_that_watch_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime] = []
    watch = Stage(pipeline.CLASSIFY, "watch", lambda batch: seen.append(batch.as_of))
    monkeypatch.setattr(pipeline, "stages", lambda: [watch])
    pipeline.run_once(as_of=MAY)
    assert seen == [MAY]
