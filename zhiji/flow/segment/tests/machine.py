"""Random lives of a house: whatever happens, live membership = full classification = the oracle = the log replayed.

A step records, edits, merges, redefines or waits; then the pipeline may run at once, or be down until a later step.
Whenever it has run, everything is compared.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from zhiji.access.models import Role, User
from zhiji.flow.profile.actions import edits
from zhiji.flow.resolve import actions as resolve
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.flow.segment import actions
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.resident import resident
from zhiji.flow.segment.models import Scheme, Segment
from zhiji.flow.segment.tests.agreement import compare, compare_past
from zhiji.flow.segment.tests.clockwork import WAITS, Clockwork
from zhiji.flow.segment.tests.crowd import forget_lake
from zhiji.flow.segment.tests.folded import people
from zhiji.flow.segment.tests.histories import at_local
from zhiji.flow.segment.tests.oracle import Oracle
from zhiji.flow.segment.tests.oracle.being import cut_name
from zhiji.flow.segment.tests.oracle.moments import day_of
from zhiji.flow.segment.tests.proof import KEYS, RANKS, dicts
from zhiji.flow.segment.tests.trees import Trees
from zhiji.flow.segment.tests.vocabulary import CHANNELS, CITIES, CUSTOM, DAYS, FACTS, PROPERTIES, REGIONS, TAGS
from zhiji.kernel import lake
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

BEGINNINGS = (
    ("Asia/Shanghai", "2026-02-16T20:00"),
    ("America/New_York", "2026-03-07T01:30"),
    ("America/New_York", "2026-10-31T23:30"),
    ("Australia/Lord_Howe", "2026-04-04T23:50"),
    ("Europe/London", "2024-02-28T23:00"),
    ("Asia/Shanghai", "2025-07-24T12:00"),
    ("Africa/Cairo", "2026-04-23T22:30"),
)
randoms = st.randoms(use_true_random=False)


class House(Clockwork, RuleBasedStateMachine):
    """One workspace with a handful of customers, three segments, and a scheme."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.sent = 0
        self.settled = False
        self.pasts: dict[datetime, Any] = {}

    @initialize(random=randoms, beginning=st.sampled_from(BEGINNINGS))
    def found(self, random: Any, beginning: tuple[str, str]) -> None:
        """The house is founded: customers, definitions, the first build."""
        zone, local = beginning
        self.now = at_local(zone, local)
        self.oracle = Oracle({}, {}, {}, zone)
        self.stack.enter_context(override_settings(TIME_ZONE=zone))
        self.stack.enter_context(transaction.atomic())
        self.stack.callback(transaction.set_rollback, True)
        self.stack.enter_context(patch("zhiji.kernel.clock.now", lambda: self.now))
        forget_lake()
        self.owners = [
            User.objects.create_user(username=name, password="x" * 20, role=Role.SALES) for name in ("bob", "sue")
        ]
        record(NewFact("customer_registered", self.now, "test", f"{n}", identity=f"user:{n}") for n in range(5))
        self.run()
        for one in Customer.objects.order_by("pk"):
            edits.edit_attributes(customer_ids=[one.pk], changes=dict(self.change(random) for _ in range(4)), by=None)
        for _ in range(6):
            self.happen(random)
        self.run()
        self.define(random)
        actions.build(self.now)
        self.know_cuts(self.unpublished())
        self.settled = True

    def teardown(self) -> None:
        self.stack.close()
        forget_lake()

    # What is defined.

    def draw(self, random: Any, *, segments: tuple[str, ...] = (), scheme: bool = False) -> Any:
        today = day_of(self.now, self.oracle.zone)
        ranks = RANKS[:1] + RANKS[4:] if scheme else RANKS[:1] + RANKS[4:-1]
        return Trees(random, today, segments, {"plan": KEYS} if scheme else {}, ranks).tree(depth=2)

    def define(self, random: Any) -> None:
        self.oracle.schemes["plan"] = self.classes(random)
        actions.create_scheme(by=None, key="plan", name="plan", classes=self.rows())
        for number in range(3):
            known = tuple(f"s{before}" for before in range(number))
            tree = self.draw(random, segments=known, scheme=number > 0)
            self.oracle.segments[f"s{number}"] = tree
            actions.create_segment(by=None, key=f"s{number}", name=f"s{number}", condition=tree)

    def classes(self, random: Any) -> list[tuple[str, Any]]:
        return [("a", self.draw(random)), ("b", self.draw(random)), ("c", None)]

    def rows(self) -> list[dict[str, Any]]:
        return [{"key": key, "name": key, "condition": tree} for key, tree in self.oracle.schemes["plan"]]

    def unpublished(self) -> list[Any]:
        """The ranks that some definition asks for and that have no cut points yet."""
        asked = [one for tree in self.trees() for one in dicts(tree) if one.get("kind") == "rank"]
        return [one for one in asked if cut_name(one["measure"], one.get("within")) not in self.oracle.cuts]

    def know_cuts(self, ranks: list[Any]) -> None:
        """What was published now are the standings of everybody now."""
        self.oracle.publish(ranks, list(people().values()), self.now)
        scores = ("recency", "frequency", "monetary")
        self.oracle.cuts |= {name: definitions().cuts.get(name) for name in scores}

    # What happens.

    @rule(random=randoms, count=st.integers(1, 4))
    def act(self, random: Any, count: int) -> None:
        """Customers do something: now, earlier, dated ahead, or a message comes twice."""
        for _ in range(count):
            self.happen(random)
        self.then(random)

    def happen(self, random: Any) -> None:
        name = random.choice((*FACTS, *FACTS, "order_paid", "coupon_issued", "message_opened"))
        properties = {key: random.choice(values) for key, values in PROPERTIES[name].items()}
        key = random.choice((self.sent, self.sent, self.sent, self.sent // 2))
        self.sent += 1
        fact = NewFact(
            name, self.moment(random), "test", f"f{key}", properties, identity=f"user:{random.randint(0, 4)}"
        )
        record([fact])

    @rule(random=randoms)
    def edit(self, random: Any) -> None:
        """Somebody edits a customer."""
        who = [random.choice(self.roots())]
        form = random.choice(("part", "part", "part", "tag", "untag", "consent", "owner", "priority", "late"))
        if form == "part":
            edits.edit_attributes(customer_ids=who, changes=dict([self.change(random)]), by=None)
        elif form == "late":
            at = self.now - timedelta(days=random.choice((1, 10)))
            changes = {"changes": dict([self.change(random)])}
            record([NewFact("attributes_changed", at, "test", f"late{self.sent}", changes, customer_id=who[0])])
            self.sent += 1
        elif form in ("tag", "untag"):
            (edits.add_tag if form == "tag" else edits.remove_tag)(
                customer_ids=who, tag=random.choice((*TAGS, "Vip")), by=None
            )
        elif form == "consent":
            channel, granted = random.choice(CHANNELS), random.choice((True, False))
            edits.set_consent(customer_ids=who, channel=channel, granted=granted, by=None)
        elif form == "owner":
            edits.assign_owner(customer_ids=who, owner=random.choice((None, *self.owners)), by=None)
        else:
            edits.set_priority(customer_ids=who, priority=random.randint(0, 3), by=None)
        self.then(random)

    def change(self, random: Any) -> tuple[str, Any]:
        part = random.choice(("region", "city", "birthday", "birthday", "birthday_calendar", "custom", "custom"))
        if part == "custom":
            name = random.choice(list(CUSTOM))
            return f"attributes.{name}", random.choice(CUSTOM[name])
        if part == "birthday":
            day = day_of(self.now, self.oracle.zone) + timedelta(days=random.randint(-3, 20))
            near = day - timedelta(days=round(365.2425 * random.choice((1, 18, 19, 38))))
            return part, random.choice((near.isoformat(), near.isoformat(), random.choice(_gone(DAYS, day)), None))
        return part, random.choice({"region": REGIONS, "city": CITIES, "birthday_calendar": ("solar", "lunar")}[part])

    def roots(self) -> list[int]:
        return sorted(set(Customer.objects.values_list("root_id", flat=True)))

    @rule(random=randoms, how=st.sampled_from(("by hand", "by hand", "by proof")))
    @precondition(lambda self: len(self.roots()) > 2)
    def merge(self, random: Any, how: str) -> None:
        """Two customers turn out to be one."""
        if how == "by proof":
            one, other = random.sample(range(5), 2)
            key = f"alias{self.sent}"
            record([NewFact("identity_aliased", self.now, "test", key, identity=f"user:{one}", also=f"user:{other}")])
            self.sent += 1
        else:
            loser, winner = random.sample(self.roots(), 2)
            resolve.merge(loser=loser, winner=winner, by=None)
        self.then(random)

    @rule(random=randoms)
    @precondition(lambda self: Redirect.objects.exists())
    def unmerge(self, random: Any) -> None:
        """They were two after all."""
        redirect = random.choice(list(Redirect.objects.order_by("pk")))
        resolve.unmerge(redirect=redirect, by=None)
        self.then(random)

    @rule(random=randoms, key=st.sampled_from(("s0", "s1", "s2", "plan")), settle=st.booleans())
    def redefine(self, random: Any, key: str, settle: bool) -> None:
        """A definition becomes another, and is built, with facts still waiting or not."""
        known = tuple(f"s{before}" for before in range(3) if f"s{before}" < key)
        if key == "plan":
            self.oracle.schemes["plan"] = self.classes(random)
        else:
            self.oracle.segments[key] = self.draw(random, segments=known, scheme=key != "s0")
        if settle or self.unpublished():
            self.run()
        if key == "plan":
            actions.edit_scheme(by=None, scheme=Scheme.objects.get(), classes=self.rows())
            actions.build(self.now, schemes=["plan"])
        else:
            segment = Segment.objects.get(key=key)
            actions.edit_segment(by=None, segment=segment, condition=self.oracle.segments[key])
            actions.build(self.now, segments=[key])
        self.know_cuts(self.unpublished())
        self.run()

    @rule()
    def republish(self) -> None:
        """The cut points of today are published; everybody is classified by them."""
        self.run()
        actions.publish_cut_points(by=None, as_of=self.now)
        self.know_cuts([one for tree in self.trees() for one in dicts(tree) if one.get("kind") == "rank"])

    @rule(random=randoms, form=st.sampled_from(WAITS), down=st.integers(0, 3))
    def wait(self, random: Any, form: str, down: int) -> None:
        """Time passes; the pipeline runs then, or (one time in four) only after a later step."""
        self.now = self.later(random, form)
        if down:
            self.run()
        else:
            self.settled = False

    def then(self, random: Any) -> None:
        """The pipeline runs at once, after a while, or is down; sometimes the lake catches up, or memory is filled."""
        form = random.choice(("run", "later", "later", "down"))
        self.now = self.later(random, random.choice(WAITS)) if form == "later" else self.now
        self.settled = False
        if form != "down":
            self.run(random.choice((1, 3, 5000)))
        if random.random() < 0.2:
            lake.drain()
        while random.random() < 0.5 and resident().refresh():
            pass

    def run(self, limit: int = 5000) -> None:
        """The pipeline works the inbox off, in batches of any size."""
        while run_once(limit, as_of=self.now):
            pass  # a fact can make another in the log (two proved to be one), which is followed in a later batch
        self.settled = True

    @rule(random=randoms)
    @precondition(lambda self: len(self.pasts) > 1)
    def look_back(self, random: Any) -> None:
        """Somebody asks how it was at an earlier moment."""
        self.run()
        moment = random.choice(sorted(self.pasts))
        compare_past(
            Oracle(self.oracle.segments, self.oracle.schemes, self.pasts[moment], str(self.oracle.zone)), moment
        )

    # What must be.

    @invariant()
    def all_agree(self) -> None:
        if self.settled:
            compare(self.oracle, self.now)
            self.pasts[self.now] = dict(self.oracle.cuts)


def _gone(days: Sequence[str], today: date) -> list[str]:
    """Those that somebody may have been born on."""
    return [one for one in days if one <= (today - timedelta(days=30)).isoformat()]
