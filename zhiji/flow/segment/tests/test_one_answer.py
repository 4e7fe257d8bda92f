"""Live membership = full build = the oracle, whatever happened, in whatever order, at whatever moment."""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from zhiji.flow.profile.models import Measures, Portrait, Tagging
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.evaluate import classes, verdicts
from zhiji.flow.segment.models import Classification, CutPoints, Scheme, Segment, SegmentMembership
from zhiji.flow.segment.tests.oracle import Oracle
from zhiji.flow.segment.tests.trees import CATEGORIES, FACTS, trees
from zhiji.flow.segment.world import definitions
from zhiji.kernel import lake
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
CUTS = {
    "recency": [0.5, 3, 10, 30], "frequency": [0, 1, 2, 4], "monetary": [10, 20.5, 41, 100],
    "top 0.2 amount_365d": [41], "bottom 0.2 amount_365d": [20.5],
    "top 0.2 orders_90d": [2], "bottom 0.2 orders_90d": [1],
}  # fmt: skip


class History:
    """Customers with facts, merges, edits; kept twice: in the house, and plainly for the oracle."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.facts: dict[int, list[dict[str, Any]]] = {}
        self.merged: dict[int, int] = {}
        self.count = 0
        for _ in range(6):
            self.add_person()

    def add_person(self) -> None:
        row = Customer.objects.create(root_id=0)
        Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
        chosen = self.random.choice
        self.facts[row.pk] = []
        self.fact(row.pk, "customer_registered", self.now, {})
        changes = {
            "region": chosen(["", "上海", "北京"]),
            "city": chosen(["", "北京", "南京"]),
            "birthday": chosen([None, "1980-02-29", "1995-05-05"]),
            "attributes.shoe": chosen([None, 41, "41", "很大"]),
        }
        self.fact(row.pk, "attributes_changed", self.now, {"changes": changes})

    def fact(self, customer: int, name: str, at: datetime, properties: dict[str, Any]) -> None:
        self.count += 1
        record([NewFact(name, at, "test", str(self.count), properties, customer_id=customer)])
        self.facts[customer].append({"name": name, "at": at, "properties": properties})

    def step(self) -> None:
        """Something happens, then some time passes, then the pipeline runs."""
        kinds = [self.act, self.act, self.act, self.edit, self.tag, self.merge, self.unmerge, lambda: None]
        self.random.choice(kinds)()
        self.now += timedelta(seconds=self.random.choice([1, 3600, 86_400, 86_400 * 9, 86_400 * 31, 45_678]))
        while run_once(as_of=self.now):
            pass

    def act(self) -> None:
        for _ in range(self.random.randint(1, 6)):
            ago = self.random.choice([0, 0, 60, 86_400, 86_400 * 12, 86_400 * 45, -86_400 * 3, 86_400 * 31.5])
            amount = self.random.choice([10, 20.5, 41, 99.99995, -3, "12.5", "abc", None])
            properties = {"amount": amount, "category": self.random.choice([*CATEGORIES, None])}
            if self.random.random() < 0.4:
                properties |= {"coupon": self.random.choice(["", "A1"]), "gift": self.random.choice([True, False])}
            who = self.random.choice(list(self.facts))
            self.fact(who, self.random.choice(FACTS), self.now - timedelta(seconds=ago), properties)

    def edit(self) -> None:
        who, region = self.random.choice(self.roots()), self.random.choice(["", "上海", "北京"])
        self.fact(who, "attributes_changed", self.now, {"changes": {"region": region}})

    def tag(self) -> None:
        who, name = self.random.choice(self.roots()), self.random.choice(["vip", "新客"])
        self.fact(who, self.random.choice(["tag_added", "tag_added", "tag_removed"]), self.now, {"tag": name})

    def merge(self) -> None:
        roots = self.roots()
        if len(roots) > 2:
            loser, winner = self.random.sample(roots, 2)
            self.merged[loser] = winner
            self.redirect()
            self.fact(winner, "customers_merged", self.now, {"loser": loser, "winner": winner})

    def unmerge(self) -> None:
        if self.merged:
            loser = self.random.choice(list(self.merged))
            winner = self.merged.pop(loser)
            self.redirect()
            self.fact(winner, "customers_unmerged", self.now, {"loser": loser, "winner": winner})

    def redirect(self) -> None:
        for one in self.facts:
            Customer.objects.filter(pk=one).update(root_id=self.root(one))

    def root(self, one: int) -> int:
        while one in self.merged:
            one = self.merged[one]
        return one

    def roots(self) -> list[int]:
        return [one for one in self.facts if one not in self.merged]

    def seen(self) -> dict[int, dict[str, Any]]:
        """Each root as the oracle sees it: the portrait and tags that it was given, and everybody's facts."""
        whole: dict[int, dict[str, Any]] = {}
        for row in Portrait.objects.filter(customer_id__in=self.roots()).values():
            tags = set(Tagging.objects.filter(customer_id=row["customer_id"]).values_list("tag__name", flat=True))
            whole[row["customer_id"]] = {"facts": [], "portrait": row, "attributes": row["attributes"], "tags": tags}
        for one, facts in self.facts.items():
            whole[self.root(one)]["facts"] += facts
        return whole


@pytest.fixture(autouse=True)
def fresh_lake() -> Iterator[None]:
    shutil.rmtree(Path(lake.url()), ignore_errors=True)
    yield
    shutil.rmtree(Path(lake.url()), ignore_errors=True)


@hypothesis_settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6), chosen=st.lists(trees, min_size=5, max_size=5))
def test_live_is_the_build_is_the_oracle(seed: int, chosen: list[Any]) -> None:
    with transaction.atomic():
        shutil.rmtree(Path(lake.url()), ignore_errors=True)
        _live_through(seed, chosen)
        transaction.set_rollback(True)


def _live_through(seed: int, chosen: list[Any]) -> None:
    history = History(seed)
    CutPoints.objects.bulk_create(
        CutPoints(measure=name, version=1, points=points, population=6) for name, points in CUTS.items()
    )
    for number, tree in enumerate(chosen[:3]):
        actions.create_segment(by=None, key=f"s{number}", name=f"s{number}", condition=tree)
    referring = {"kind": "any", "of": [{"kind": "segment", "segment": "s0"}, chosen[4]]}
    actions.create_segment(by=None, key="s3", name="s3", condition=referring)
    actions.create_scheme(
        by=None,
        key="plan",
        name="plan",
        classes=[
            {"key": "a", "name": "a", "condition": chosen[3]},
            {"key": "b", "name": "b", "condition": chosen[1]},
            {"key": "c", "name": "c", "condition": None},
        ],
    )
    actions.create_segment(
        by=None, key="s4", name="s4", condition={"kind": "class", "scheme": "plan", "classes": ["b"]}
    )
    while run_once(as_of=history.now):
        pass
    actions.build(history.now)
    oracle = _oracle()
    for number in range(8):
        history.step()
        if number % 3 == 2:
            lake.drain()
        _compare(history, oracle)


def _oracle() -> Oracle:
    segments = dict(Segment.objects.values_list("key", "condition"))
    plan = [(one.key, one.condition) for one in Scheme.objects.get().classes.all()]
    return Oracle(segments, {"plan": plan}, definitions().cuts, settings.TIME_ZONE)


def _compare(history: History, oracle: Oracle) -> None:
    seen, now = history.seen(), history.now
    right = {
        key: {one for one, person in seen.items() if oracle.holds(tree, person, now)}
        for key, tree in oracle.segments.items()
    }
    right_classes = {one: oracle.class_of("plan", person, now) for one, person in seen.items()}
    live: dict[str, set[int]] = {key: set() for key in right}
    for key, customer in SegmentMembership.objects.values_list("segment__key", "customer_id"):
        live[key].add(customer)
    assert live == right
    assert dict(Classification.objects.values_list("customer_id", "scheme_class__key")) == right_classes
    full = verdicts({key: {"kind": "segment", "segment": key} for key in right}, None, now)
    assert full == right
    assert classes(["plan"], None, now)["plan"] == right_classes
    assert dict(Segment.objects.values_list("key", "size")) == {key: len(members) for key, members in right.items()}
    orders = {one: oracle.measured({"fact": "order_paid"}, person, now) for one, person in seen.items()}
    kept = dict(Measures.objects.values_list("customer_id", "orders_ever"))
    assert {one: kept[one] for one in orders} == orders
    scores = {one: oracle.score("monetary", person, now) for one, person in seen.items()}
    assert {one: dict(Measures.objects.values_list("customer_id", "monetary_score"))[one] for one in scores} == scores
