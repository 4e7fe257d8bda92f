"""Examples in which the compiler, the live pipeline or the oracle was wrong once, or easily could be."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import override_settings

from zhiji.flow.resolve import actions as resolve
from zhiji.flow.resolve.models import Identity
from zhiji.flow.segment import actions
from zhiji.flow.segment.evaluate import verdicts
from zhiji.flow.segment.models import SegmentMembership
from zhiji.flow.segment.tests.crowd import forget_lake, settle_in
from zhiji.flow.segment.tests.folded import NOTHING
from zhiji.flow.segment.tests.oracle import Fact, Oracle, Person
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
EXAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("counter_examples.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["name"] for one in EXAMPLES])
def test_an_example_is_answered_rightly_by_all_three(example: dict[str, Any]) -> None:
    portrait = NOTHING | example.get("portrait", {})
    portrait["birthday"] = date.fromisoformat(portrait["birthday"]) if portrait["birthday"] else None
    facts = [Fact(name, datetime.fromisoformat(at), properties) for name, at, properties in example["facts"]]
    person = Person(1, facts, portrait, example.get("attributes", {}))
    zone, as_of = example.get("zone", "Asia/Shanghai"), datetime.fromisoformat(example["as_of"])
    with override_settings(TIME_ZONE=zone):
        forget_lake()
        settle_in([person], Random(0))
        assert Oracle({}, {}, {}, zone).holds(example["tree"], person, as_of) == example["holds"]
        for ids in (None, [1]):
            assert verdicts({"it": example["tree"]}, ids, as_of)["it"] == ({1} if example["holds"] else set())
        forget_lake()


def test_who_reads_the_log_of_another_is_asked_when_that_is_built() -> None:
    now = clock.now()
    record([NewFact("order_paid", now - timedelta(hours=1), "test", "1", identity="user:one")])
    run_once(as_of=now)
    orders = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 2}
    base = actions.create_segment(by=None, key="base", name="base", condition=orders)
    held = {"kind": "segment", "segment": "base", "held": {"op": "le", "value": 1}}
    actions.create_segment(by=None, key="fresh", name="fresh", condition=held)
    actions.build(now)
    actions.edit_segment(by=None, segment=base, condition=orders | {"value": 1})
    actions.build(now, segments=["base"])
    assert set(SegmentMembership.objects.values_list("segment__key", flat=True)) == {"base", "fresh"}


def test_a_root_that_a_proof_between_others_merges_away_leaves_its_segments() -> None:
    now = clock.now()
    record(NewFact("order_paid", now, "test", who, identity=f"user:{who}") for who in ("one", "two", "three"))
    run_once(as_of=now)
    one, two, three = (Identity.objects.get(key=f"user:{who}").customer_id for who in ("one", "two", "three"))
    orders = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
    actions.create_segment(by=None, key="buyers", name="buyers", condition=orders)
    actions.build(now)
    resolve.merge(loser=one, winner=two, by=None)
    run_once(as_of=now)
    record([NewFact("identity_aliased", now, "test", "alias", identity="user:three", also="user:one")])
    run_once(as_of=now)
    assert list(SegmentMembership.objects.values_list("customer_id", flat=True)) == [three]
