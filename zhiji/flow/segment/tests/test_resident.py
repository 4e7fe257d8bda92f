"""What is in the worker's memory of the facts is what PostgreSQL has, whatever happens to a transaction."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from django.db import transaction
from django.test import override_settings

from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine import columns, slices
from zhiji.flow.segment.engine import resident as memory
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.resident import Resident
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.proof import SCENES, Scene, loaded
from zhiji.flow.segment.tests.shop import bought
from zhiji.kernel import clock, lake
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once

LAST_YEAR = clock.now() - timedelta(days=365)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_lake() -> Iterator[None]:
    forget_lake()
    yield
    forget_lake()


def needs_of(**behaviour: object) -> Needs:
    tree = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1, **behaviour}
    return definitions().statement({"it": parse(tree)}).needs


def texts(table: pa.Table) -> list[str]:
    """Its rows; a list is JSON, with or without spaces."""
    return sorted(str(row).replace(", ", ",") for row in table.to_pylist())


def same(needs: Needs, ids: list[int], held: Resident) -> int:
    """How many facts there are, the same in memory as in PostgreSQL."""
    now = clock.now()
    read, gathered = slices.few(needs, ids, now), slices.few(needs, ids, now, resident=held)
    for name, table in read.items():
        assert gathered[name].schema == table.schema
        since = needs.since(name.removeprefix("fact:"), now) if name.startswith("fact:") else None
        if since:  # what is read may go back further
            table = table.filter(pc.greater(table.column("occurred_at"), pa.scalar(since)))
        assert texts(gathered[name]) == texts(table), name
    return sum(table.num_rows for name, table in gathered.items() if name.startswith("fact:"))


def test_every_fact_is_gathered_as_it_would_be_read() -> None:
    zone, moments = SCENES[0]
    with override_settings(TIME_ZONE=zone):
        scene = Scene(Random("resident"), zone, moments, 60)
        known = definitions()
        needs = known.statement({key: one.node for key, one in known.segments.items()}, tuple(known.schemes)).needs
        assert same(needs, [one.id for one in scene.people], loaded(needs, clock.now())) > 60


def test_what_is_logged_after_the_load_is_gathered_too() -> None:
    bought({"Ann": 2, "Bob": 1})
    lake.drain()
    needs = needs_of(measure="sum", property="amount", value=100)
    held = loaded(needs, clock.now())
    people = bought({"Ann": 3, "Cid": 70}, LAST_YEAR)
    assert same(needs, sorted(people.values()), held) == 75
    people |= bought({"Cid": 1, "Dan": 1})
    assert same(needs, sorted(people.values()), held) == 77


def test_the_facts_of_who_was_merged_come_under_the_root() -> None:
    people = bought({"Ann": 2, "Bob": 3})
    held = loaded(needs := needs_of(), clock.now())
    Customer.objects.filter(pk=people["Bob"]).update(root_id=people["Ann"])
    assert same(needs, sorted(people.values()), held) == 5


def test_what_a_transaction_wrote_leaves_memory_with_it() -> None:
    people = bought({"Ann": 2})
    held = loaded(needs := needs_of(), clock.now())
    with transaction.atomic():
        people |= bought({"Ann": 4, "Bob": 1}, LAST_YEAR)
        assert same(needs, sorted(people.values()), held) == 7
        transaction.set_rollback(True)
    assert same(needs, sorted(people.values()), held) == 2
    people |= bought({"Bob": 3}, LAST_YEAR)
    assert same(needs, sorted(people.values()), held) == 5


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_stays() -> None:
    people = bought({"Ann": 2})
    held = loaded(needs := needs_of(), clock.now())
    people |= bought({"Bob": 3}, clock.now())
    with transaction.atomic():
        assert same(needs, sorted(people.values()), held) == 5
    assert held.facts["order_paid"].settled == (5, Fact.objects.latest("id").pk)


def test_a_window_longer_than_what_is_in_memory_is_read() -> None:
    people = bought({"Ann": 40})
    held = loaded(needs_of(window={"last": 7, "unit": "days"}), clock.now())
    assert same(needs_of(window={"last": 3, "unit": "days"}), sorted(people.values()), held) == 3
    assert same(needs_of(), sorted(people.values()), held) == 40


def test_a_name_whose_tail_has_grown_long_is_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LONGEST", 20)
    bought({"Ann": 1})
    held = loaded(needs := needs_of(), clock.now())
    people = bought({"Ann": 30}, LAST_YEAR)
    assert same(needs, sorted(people.values()), held) == 31
    lake.drain()
    assert held.refresh() and not held.refresh()
    assert held.facts["order_paid"].loaded == 31


def test_a_name_that_the_log_has_left_far_behind_is_read_until_it_is_loaded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bought({"Ann": 1})
    held = loaded(needs := needs_of(), clock.now())
    people = bought({"Ann": 30}, LAST_YEAR)
    monkeypatch.setattr(memory, "NEWEST", 20)
    assert same(needs, sorted(people.values()), held) == 31
    assert not held.facts
    lake.drain()
    assert held.refresh() and held.facts["order_paid"].loaded == 31


def test_a_name_that_is_too_large_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    people = bought({"Ann": 3})
    lake.drain()
    monkeypatch.setattr(memory, "SHARE", 10**12)
    held = Resident()
    held.want((needs := needs_of(),), clock.now())
    assert held.refresh() and not held.refresh()
    assert not held.facts
    assert same(needs, sorted(people.values()), held) == 3


def test_a_name_that_gets_too_many_texts_is_read_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    people = bought({"Ann": 3})
    lake.drain()
    held = loaded(needs := needs_of(measure="distinct", property="order_id"), clock.now())
    monkeypatch.setattr(columns, "MOST_TEXTS", 2)
    told = [
        NewFact("order_paid", clock.now(), "texts", f"{n}", {"order_id": f"{n}"}, identity="user:Ann") for n in range(3)
    ]
    record(told)
    run_once()
    assert same(needs, sorted(people.values()), held) == 6
    assert not held.facts and not held.refresh()


def test_columns_keep_what_is_missing_and_what_is_negative() -> None:
    number, text = [1, None, -25, 10**13], ["a", None, "", "a"]
    rows = pa.table(
        {"n": pa.array([Decimal(one) if one is not None else None for one in number], lake.NUMBER), "t": pa.array(text)}
    )
    order = memory.np.array([3, 2, 1, 0])
    assert memory.Numbers(rows.column("n"), order).take(order).to_pylist() == number
    words = memory.Texts(rows.column("t"), order)
    words.add(pa.chunked_array([["b", None]]))
    assert words.take(memory.np.array([0, 1, 2, 4, 5])).to_pylist() == ["a", "", None, "b", None]
