"""A fact that makes a stage fail is set aside; those before and after it go on, and it comes back when it can."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DiskFull, StatementTooComplex

from zhiji.kernel import clock, pipeline, setting_aside
from zhiji.kernel.culprits import in_parts, next_try, of_the_house
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted, Fact, SetAside
from zhiji.kernel.pipeline import Batch, Stage

pytestmark = pytest.mark.django_db(transaction=True)
MAY = datetime(2026, 5, 3, tzinfo=UTC)
HALVES = [(pipeline.PROFILE, False), (pipeline.ABSORB, False), (pipeline.CLASSIFY, True), (pipeline.ACT, True)]


def facts(*names: str) -> None:
    record(NewFact(name, MAY, "test", name, {"a": 1}, customer_id=1) for name in names)


def names_in_batch() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM batch ORDER BY fact_id")
        return [name for (name,) in cursor.fetchall()]


class Failing:
    """A stage that can't take facts whose name begins with "bad", until it is mended; `seen` is what it took."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.mended = False

    def __call__(self, batch: Batch) -> None:
        names = names_in_batch()
        if not self.mended and any(name.startswith("bad") for name in names):
            raise KeyError("no such thing")
        self.seen += names


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Failing]:
    def put(position: int) -> Failing:
        failing = Failing()
        log = Stage(pipeline.LOG, "log", pipeline._log)
        monkeypatch.setattr(pipeline, "stages", lambda: sorted([log, Stage(position, "fails", failing)], key=at))
        return failing

    return put


def at(stage: Stage) -> int:
    return stage.position


@pytest.mark.parametrize(("position", "logged"), HALVES)
def test_good_facts_before_and_after_go_on_in_order_and_the_bad_ones_come_back_once_it_is_mended(
    position: int, logged: bool, staged: Callable[[int], Failing]
) -> None:
    failing = staged(position)
    good = [f"good{n}" for n in range(20)]
    facts(*good[:7], "bad1", *good[7:12], "bad2", *good[12:])
    pipeline.run_once()
    assert failing.seen == good and not Accepted.objects.exists()
    rows = list(SetAside.objects.order_by("id"))
    assert [row.name for row in rows] == ["bad1", "bad2"]
    assert {(row.stage, row.tries, "no such thing" in row.detail, row.fact_id is not None) for row in rows} == {
        ("fails", 1, True, logged)
    }
    assert Fact.objects.filter(name__startswith="bad").count() == (2 if logged else 0)

    assert pipeline.try_again() == 0, "not before its time"
    later = clock.now() + timedelta(minutes=2)
    assert pipeline.try_again(as_of=later) == 2
    assert {row.tries for row in SetAside.objects.all()} == {2} and failing.seen == good

    failing.mended = True
    facts("good20")
    pipeline.run_once()
    setting_aside.try_now([row.pk for row in rows], later)
    assert pipeline.try_again(as_of=later) == 2
    assert failing.seen == [*good, "good20", "bad1", "bad2"] and not SetAside.objects.exists()
    assert Fact.objects.count() == 23
    assert pipeline.follow_once() == (0 if logged else 2), "what is told late is followed, and nothing twice"


def test_a_fact_that_is_set_aside_is_kept_as_it_came(staged: Callable[[int], Failing]) -> None:
    failing = staged(pipeline.PROFILE)
    record([NewFact("bad", MAY, "test", "1", {"n": 1}, identity="user:1", also="anonymous:2", sealed=b"\1\2")])
    before = Accepted.objects.values("name", "identity", "also", "properties", "received_at", "message_key").get()
    pipeline.run_once()
    row = SetAside.objects.get()
    assert {key: getattr(row, key) for key in before} == before and bytes(row.sealed or b"") == b"\1\2"
    failing.mended = True
    facts("good")
    record([NewFact("bad", MAY, "test", "1", {"n": 1}, customer_id=1)])  # told again by a sender that gave up waiting
    pipeline.run_once()
    pipeline.try_again(as_of=clock.now() + timedelta(minutes=2))
    assert Fact.objects.filter(name="bad").count() == 1, "it is one message"


def test_where_the_second_half_fails_without_facts_no_fact_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Batch) -> None:
        raise KeyError("broken")

    log = Stage(pipeline.LOG, "log", pipeline._log)
    monkeypatch.setattr(pipeline, "stages", lambda: [log, Stage(pipeline.ACT, "breaks", breaks)])
    facts("good")
    with pytest.raises(KeyError):
        pipeline.run_once()
    assert not SetAside.objects.exists() and Fact.objects.count() == 1


def caused(by: Exception) -> OperationalError:
    error = OperationalError(str(by))
    error.__cause__ = by
    return error


@pytest.mark.parametrize(
    ("error", "house"),
    [
        (OperationalError("away"), True),
        (caused(DiskFull("could not extend file")), True),
        (OSError(28, "No space left on device"), True),
        (ConnectionRefusedError(), True),
        (caused(StatementTooComplex("stack depth limit exceeded")), False),
        (KeyError("x"), False),
        (MemoryError(), False),
    ],
)
def test_an_error_of_the_house_blames_no_fact(error: Exception, house: bool) -> None:
    assert of_the_house(error) is house


def test_halving_finds_those_who_fail_alone_and_keeps_the_order() -> None:
    done: list[int] = []

    def act(some: list[int]) -> None:
        if {3, 40} & set(some):
            raise ValueError(some)
        done.extend(some)

    assert sorted(in_parts(list(range(100)), act)) == [3, 40]
    assert done == [n for n in range(100) if n not in (3, 40)]


def test_pauses_grow_up_to_an_hour() -> None:
    pauses = [next_try(tries, MAY) - MAY for tries in (1, 2, 3, 8, 1000)]
    assert pauses == [timedelta(minutes=n) for n in (1, 2, 4, 60, 60)]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    SetAside.objects.all().delete()
