"""What a trigger asks of a fact's properties is what a condition asks, and what the plain oracle says of both."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from zhiji.flow.act.tests.cast import NOON, customer
from zhiji.flow.segment.catalogue.passing import passing
from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.conditions.comparison import ALLOWED
from zhiji.flow.segment.conditions.where import Where
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.tests.oracle import Oracle
from zhiji.flow.segment.tests.oracle.person import Fact as Told
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
NAME = "thing_done"
VALUES: list[Any] = [
    3, 3.0, 3.00004, "3", "3.0", " 3", "1e1", 0, -1, True, False, "true", "红", "", "[]", "[1, 2]", [1, 2], ["1"],
    ["红", "蓝"], [], {"a": 1}, None, "2026-05-01", "2026-5-1",
]  # fmt: skip
WANTED: list[Any] = [3, 3.0, 10, "3", "3.0", "1", "红", "", True, "true", [3], ["3", "3.0"], [1, 3], "2026-05-01"]
OPS = sorted({op for ops in ALLOWED.values() for op in ops})


@pytest.fixture
def told() -> list[Told]:
    """A fact with each of the odd values, each of another customer's, and one without the property."""
    given = [{}, *({"it": value} for value in VALUES)]
    whose = [customer() for _ in given]
    record(NewFact(NAME, NOON, "test", f"odd-{at}", one, customer_id=whose[at]) for at, one in enumerate(given))
    run_once(as_of=NOON + timedelta(minutes=1))
    return [Told(one.name, one.occurred_at, one.properties) for one in Fact.objects.filter(name=NAME).order_by("id")]


def by_trigger(where: dict[str, Any]) -> set[int]:
    """The customers whose facts a trigger with this filter would take."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP VIEW asked AS SELECT id AS fact_id, * FROM kernel_fact")
        try:
            found = passing(NAME, [Where(**where)], "asked")
        finally:
            cursor.execute("DROP VIEW asked")
    return set(Fact.objects.filter(pk__in=found).values_list("customer_id", flat=True))


def asked() -> dict[str, Any]:
    """Every operator with every wanted value that conditions take, as a filter."""
    found = {}
    for op in OPS:
        for value in (None,) if op in ("empty", "not_empty") else WANTED:
            where = {"property": "it", "op": op, **({} if value is None else {"value": value})}
            with suppress(ConditionError):
                parse(counting(where))
                found[f"{op} {value!r}"] = where
    return found


def counting(where: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "behaviour", "fact": NAME, "where": [where], "op": "ge", "value": 1}


def test_a_trigger_takes_the_facts_that_a_condition_counts(told: list[Told]) -> None:
    everyone = list(Fact.objects.filter(name=NAME).order_by("id").values_list("customer_id", flat=True))
    filters, oracle = asked(), Oracle({}, {}, {}, str(clock.zone()))
    counted = verdicts({key: counting(where) for key, where in filters.items()}, everyone, NOON + timedelta(hours=1))
    plain = {
        key: {who for who, one in zip(everyone, told, strict=True) if oracle.passes(one, where)}
        for key, where in filters.items()
    }
    taken = {key: by_trigger(where) for key, where in filters.items()}
    assert {key: (taken[key], counted[key], plain[key]) for key in filters} == {
        key: (plain[key], plain[key], plain[key]) for key in filters
    }
    assert len(filters) > 40 and sum(set() < some < set(everyone) for some in plain.values()) > 25


def test_a_number_is_found_in_a_list_however_it_was_sent_and_a_list_by_its_words(told: list[Told]) -> None:
    sent = {one.customer_id: one.properties.get("it") for one in Fact.objects.filter(name=NAME)}
    found = [sent[who] for who in by_trigger({"property": "it", "op": "in", "value": [3]})]
    assert "3.0" in found and 3 in found and "红" not in found
    assert [1, 2] in [sent[who] for who in by_trigger({"property": "it", "op": "contains", "value": "1"})]
