"""The mass proof: random trees asked about many random histories at once, by the compiler and by the oracle.

A pair is one customer's history with one tree, asked at one moment or several and compared; pairs are counted
once however often they were asked. Each scene is a zone with moments around which its histories lie: the nights
when clocks change, leap days, the lunar new year, leap months.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.test import override_settings

from zhiji.flow.segment import actions
from zhiji.flow.segment.definitions import cut_points
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine import slices
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.resident import EDITED, Resident
from zhiji.flow.segment.engine.slices import run_again
from zhiji.flow.segment.evaluate import parsed, verdicts
from zhiji.flow.segment.tests.crowd import forget_lake, settle_in, write_log
from zhiji.flow.segment.tests.histories import TICK, Histories, at_local
from zhiji.flow.segment.tests.oracle import Oracle, Person
from zhiji.flow.segment.tests.oracle.moments import back, day_of
from zhiji.flow.segment.tests.trees import Trees

SCENES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Asia/Shanghai", ("2026-02-17T09:30", "2026-02-28T23:59:59.999999", "2026-03-31T00:00")),
    ("America/New_York", ("2026-03-08T03:30", "2026-03-09T02:30", "2026-03-31T02:15")),
    ("Australia/Lord_Howe", ("2026-04-05T01:45", "2026-04-05T01:45+", "2026-04-06T01:45")),
    ("Europe/London", ("2024-02-29T12:00", "2024-03-31T02:30", "2024-04-30T01:30")),
    ("America/New_York", ("2026-11-01T01:30", "2026-11-01T01:30+", "2026-11-02T01:30")),
    ("Asia/Shanghai", ("2025-07-31T12:00", "2025-08-22T08:00", "2025-08-25T00:00")),
    ("Africa/Cairo", ("2026-04-24T01:00", "2026-04-25T00:30", "2026-05-01T00:00")),
    ("Asia/Shanghai", ("2028-02-29T10:00", "2028-06-20T10:00", "2028-06-23T10:00")),
)  # fmt: skip
AMOUNT = {"fact": "order_paid", "measure": "sum", "property": "amount"}
RANKS: tuple[dict[str, Any], ...] = (
    {"kind": "rank", "measure": "amount_365d", "op": "top", "share": 0.2},
    {"kind": "rank", "measure": "orders_90d", "op": "bottom", "share": 0.3},
    {"kind": "rank", "measure": "basket_average", "op": "top", "share": 0.5},
    {"kind": "rank", "measure": AMOUNT, "op": "between", "share": [0.2, 0.5]},
    {"kind": "rank", "measure": "amount_ever", "op": "top", "share": 0.4, "within": {"attribute": "region"}},
    {"kind": "rank", "measure": {"fact": "cart_added", "where": [{"property": "quantity", "op": "ge", "value": 2}]},
     "op": "top", "share": 0.3, "within": {"attribute": "attributes.level"}},
    {"kind": "rank", "measure": {"fact": "product_viewed", "measure": "distinct", "property": "product_id"},
     "op": "bottom", "share": 0.5, "within": {"scheme": "plan"}},
)  # fmt: skip
KEYS = ("a", "b", "c")


@dataclass
class Tally:
    """What was proven: pairs of history and tree, answers compared, and what the answers were."""

    pairs: int = 0
    trees: int = 0
    histories: int = 0
    asked: int = 0
    held: int = 0
    questions: int = 0
    mixed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Scene:
    """A house with random customers and definitions in one zone, and the oracle that knows the same."""

    def __init__(self, random: Random, zone: str, moments: Sequence[str], size: int) -> None:
        self.random, self.zone = random, zone
        self.moments = [at_local(zone, one.rstrip("+"), fold=int(one.endswith("+"))) for one in moments]
        histories = Histories(random, self.moments, zone)
        self.people = [histories.person(number) for number in range(1, size + 1)]
        self.oracle = Oracle({}, {}, {}, zone)
        settle_in(self.people, random)
        self.define()

    def define(self) -> None:
        """Segments, one of them of another, schemes, published cut points, a membership log."""
        known = {"random": self.random, "now": day_of(self.moments[0], self.zone_info)}
        simple = Trees(**known)
        plan = [(key, simple.tree()) for key in KEYS[:-1]] + [(KEYS[-1], None)]
        self.scheme("plan", plan)
        draw = Trees(**known, schemes={"plan": KEYS}, kinds=[*simple.kinds, "class"])
        for key in ("one", "two"):
            self.segment(key, draw.tree())
        self.segment("three", {"kind": "any", "of": [{"kind": "segment", "segment": "one"}, draw.leaf()]})
        self.scheme("stage", [("a", {"kind": "segment", "segment": "two"}), ("b", draw.tree()), ("c", None)])
        self.segment("ranked", {"kind": "any", "of": list(RANKS)})
        self.oracle.publish(list(RANKS), self.people, self.moments[0])
        points, population = cut_points.compute(cut_points.ranks_of(definitions()), self.moments[0])
        cut_points.publish(points, population, self.moments[0])
        self.oracle.cuts |= {name: definitions().cuts[name] for name in ("recency", "frequency", "monetary")}
        for person in self.people:
            person.log = dict(self.log())
        write_log(self.people)

    @property
    def zone_info(self) -> Any:
        return self.oracle.zone

    def segment(self, key: str, tree: dict[str, Any]) -> None:
        self.oracle.segments[key] = tree
        actions.create_segment(by=None, key=key, name=key, condition=tree)

    def scheme(self, key: str, classes: list[tuple[str, Any]]) -> None:
        self.oracle.schemes[key] = classes
        rows = [{"key": name, "name": name, "condition": tree} for name, tree in classes]
        actions.create_scheme(by=None, key=key, name=key, classes=rows)

    def log(self) -> Iterator[tuple[str, list[tuple[datetime, str | None, str | None]]]]:
        """Lines for some definitions, most of them so many days before the first moment, to the microsecond."""
        for of in ("scheme:plan", "scheme:stage", "segment:one", "segment:two"):
            lines: list[tuple[datetime, str | None, str | None]] = []
            now: str | None = None
            ats = sorted(
                back(self.moments[0], self.random.choice((0, 1, 1, 2, 3, 4, 29, 30)), "days", self.zone_info)
                - self.random.choice((timedelta(), TICK, timedelta(hours=10)))
                for _ in range(self.random.choice((0, 1, 1, 2, 3)))
            )
            for at in dict.fromkeys(ats):
                others = [one for one in ((None, "in") if of.startswith("segment") else KEYS) if one != now]
                after = self.random.choice(others) if of.startswith("scheme") else others[0]
                lines.append((at, now if of.startswith("scheme") else None, after))
                now = after
            if lines:
                yield of, lines

    def trees(self, count: int, kinds: Sequence[str] | None = None) -> list[dict[str, Any]]:
        schemes = dict.fromkeys(self.oracle.schemes, KEYS)
        today = day_of(self.random.choice(self.moments), self.zone_info)
        draw = Trees(self.random, today, list(self.oracle.segments), schemes, RANKS)
        draw.kinds = list(kinds) if kinds else draw.kinds
        return [draw.tree() for _ in range(count)]

    def ask(self, trees: Sequence[dict[str, Any]], tally: Tally, *, few: bool = False) -> None:
        """Ask every tree of everybody (or of some, read from the database, by plans that are kept) at every moment,
        and compare."""
        by_key = {str(number): tree for number, tree in enumerate(trees)}
        some = self.random.sample(self.people, len(self.people) // 3) if few else self.people
        for as_of in self.moments:
            try:
                found = again(by_key, [one.id for one in some], as_of) if few else verdicts(by_key, None, as_of)
            except Exception:
                self.refused(trees, as_of, tally)
                return
            for key, tree in by_key.items():
                right = {one.id for one in some if self.oracle.holds(tree, one, as_of)}
                tally.asked += len(some)
                tally.questions += 1
                tally.held += len(right)
                tally.mixed += 0 < len(right) < len(some)
                if right != found[key]:
                    tally.wrong.append(self.told(tree, as_of, right ^ found[key], right))

    def refused(self, trees: Sequence[dict[str, Any]], as_of: datetime, tally: Tally) -> None:
        """Which of the trees can't be asked."""
        for tree in trees:
            try:
                verdicts({"it": tree}, None, as_of)
            except Exception as error:
                tally.wrong.append(f"{error!r} of {json.dumps(tree, ensure_ascii=False)}")
        tally.wrong.append("a batch of trees was refused")

    def told(self, tree: dict[str, Any], as_of: datetime, who: set[int], right: set[int]) -> str:
        """The smallest part of the tree that differs for somebody, and of whom it says what."""
        one = next(
            person for person in self.people if person.id == min(who, key=lambda id_: len(self.people[id_ - 1].facts))
        )
        part = self.smallest(tree, one, as_of)
        names = {fact["fact"] for fact in dicts(part) if "fact" in fact}
        facts = [(fact.name, fact.at.isoformat(), fact.properties) for fact in one.facts if fact.name in names]
        expected = self.oracle.holds(part, one, as_of)
        about = {"zone": self.zone, "as_of": as_of.isoformat(), "tree": part, "expected": expected, "facts": facts,
                 "portrait": one.portrait, "attributes": one.attributes, "log": one.log, "id": one.id}  # fmt: skip
        return json.dumps(about, ensure_ascii=False, default=str)

    def smallest(self, tree: dict[str, Any], person: Person, as_of: datetime) -> dict[str, Any]:
        inner = tree.get("of") if tree["kind"] in ("all", "any", "not") else None
        for part in inner if isinstance(inner, list) else [inner] if inner else []:
            if (person.id in verdicts({"it": part}, None, as_of)["it"]) != self.oracle.holds(part, person, as_of):
                return self.smallest(part, person, as_of)
        return tree


def again(trees: Mapping[str, Any], ids: Sequence[int], as_of: datetime) -> dict[str, set[int]]:
    """The verdicts as a statement gives them that is asked again and again, in pieces and with its leaves, of facts
    that are in memory."""
    statement = definitions().statement(parsed(trees), with_leaves=True)
    tables = slices.few(statement.needs, ids, as_of, resident=loaded(statement.needs, as_of))
    answer = run_again(statement, tables, as_of).arrow()
    found = answer.column("id")
    return {key: set(found.filter(answer.column(f"v:{key}")).to_pylist()) for key in trees}


def loaded(needs: Needs, as_of: datetime) -> Resident:
    """What these needs ask for, in memory."""
    found = Resident()
    found.want((needs,), as_of)
    while found.refresh():
        pass
    assert found.facts.keys() == needs.facts.keys() - EDITED
    return found


def dicts(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    for one in tree if isinstance(tree, list) else ():
        yield from dicts(one)


def prove(
    seed: int, scenes: Sequence[int], size: int, trees: int, tally: Tally, kinds: Sequence[str] | None = None
) -> None:
    """Prove so many trees in each of these scenes with `size` histories; nothing is left behind."""
    for number in scenes:
        zone, moments = SCENES[number % len(SCENES)]
        with override_settings(TIME_ZONE=zone), transaction.atomic():
            forget_lake()
            scene = Scene(Random(f"{seed}.{number}"), zone, moments, size)
            histories = {repr(replace(one, id=0)) for one in scene.people}
            drawn = scene.trees(trees, kinds)
            for at in range(0, len(drawn), BATCH):
                scene.ask(drawn[at : at + BATCH], tally)
            scene.ask(drawn[:BATCH], tally, few=True)
            distinct = {json.dumps(tree, sort_keys=True, ensure_ascii=False) for tree in drawn}
            tally.pairs += len(distinct) * len(histories)
            tally.trees += len(distinct)
            tally.histories += len(histories)
            tally.kinds.update(part["kind"] for tree in drawn for part in dicts(tree) if "kind" in part)
            transaction.set_rollback(True)
            forget_lake()


BATCH = 40
