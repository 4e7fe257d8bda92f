"""At a quiet point everything that the house shows is held against the oracle."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhiji.flow.segment.tests.oracle import Person
from zhiji.ops.tests.soak.client import Client
from zhiji.ops.tests.soak.truth import Truth

PATIENCE = 180.0  # seconds until everything that was told must be in
AGAIN = 3.0  # seconds after which what differs is looked at once more


@dataclass(frozen=True)
class Mismatch:
    """Who is where they shouldn't be: in which definition, since which quiet point it was right, how the loops were."""

    of: str
    extra: list[int]
    missing: list[int]
    right_at: datetime | None
    found_at: datetime
    lasting: bool
    tree: Any
    status: Any
    facts: list[Any]

    def __str__(self) -> str:
        since = f"right until {self.right_at:%H:%M:%S}" if self.right_at else "never right before"
        kind = "still so" if self.lasting else f"gone {AGAIN:.0f} s later"
        told = {"tree": self.tree, "status": self.status, "facts": self.facts}
        return (
            f"{self.of}: {self.extra} too many, {self.missing} missing at {self.found_at:%H:%M:%S} ({since}; {kind})\n"
            + json.dumps(told, ensure_ascii=False, default=str)
        )


@dataclass
class Comparing:
    """`compared` counts memberships; `right_at` is when each definition was last found right."""

    client: Client
    truth: Truth
    compared: int = 0
    points: int = 0
    right_at: dict[str, datetime] = field(default_factory=dict)
    found: list[Mismatch] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def quiet(self, told_at: datetime) -> Any:
        """Wait until everything that was told before is in, and every build is done. Returns the status then."""
        began = time.monotonic()
        while True:
            status = self.client.ask("GET", "/status")
            at = status["live"]["caught_up_to"]
            builds = status["builds"]["waiting"] + status["builds"]["running"]
            if at and datetime.fromisoformat(at) >= told_at and not builds:
                self.waited.append(time.monotonic() - began)
                return status
            assert time.monotonic() - began < PATIENCE, f"no quiet for {PATIENCE:.0f} s: {json.dumps(status)}"
            time.sleep(0.1)

    def compare(self, told_at: datetime) -> list[Mismatch]:
        """What differs now; nobody may do anything meanwhile."""
        status = self.quiet(told_at)
        self.points += 1
        aside = [Mismatch(f"{one['kind']}:{one['key']} is set aside", [], [], None, told_at, True, None, one, [])
                 for one in status["set_aside"]]  # fmt: skip
        roots = self._roots()
        differing = self._differ(roots, status)
        found = [*aside]
        if differing:
            time.sleep(AGAIN)
            lasting = self._differ(roots, self.client.ask("GET", "/status"))
            for of, one in differing.items():
                found.append(self._mismatch(of, one, lasting=of in lasting, status=status, roots=roots))
        self.found += found
        return found

    def _roots(self) -> dict[int, int]:
        """Each customer's root as the house says it; who is one with whom must be as was told."""
        roots = {one: self.client.ask("GET", f"/customers/{one}")["id"] for one in self.truth.ids.values()}
        groups = self.truth.groups()
        theirs, ours = _parts(roots), _parts(groups)
        assert theirs == ours, f"who is one with whom differs: {theirs ^ ours}"
        return roots

    def _differ(self, roots: Mapping[int, int], status: Any) -> dict[str, tuple[set[int], set[int]]]:
        """{definition: (too many, missing)}: those of whom it is sure, as their answer is the same before and after."""
        before = datetime.fromisoformat(status["live"]["caught_up_to"])
        seen = self._seen()
        after = datetime.fromisoformat(self.client.ask("GET", "/status")["now"])
        people = self.truth.people(roots)
        earlier, later = self._right(people, before), self._right(people, after)
        wrong = {}
        for of, members in seen.items():
            sure = {one for one in people if (one in earlier[of]) == (one in later[of])}
            extra, missing = (members - earlier[of]) & (sure | members - set(people)), (earlier[of] - members) & sure
            self.compared += len(people)
            if extra or missing:
                wrong[of] = (extra, missing)
            else:
                self.right_at[of] = after
        return wrong

    def _seen(self) -> dict[str, set[int]]:
        found = {f"segment:{key}": self.client.members(f"/segments/{key}") for key in self.truth.segments}
        for key, classes in self.truth.schemes.items():
            for one, _ in classes:
                found[f"scheme:{key}:{one}"] = self.client.members(f"/schemes/{key}/classes/{one}")
        for row in self.client.ask("GET", "/segments")["rows"]:
            if row["size"] != len(found.get(f"segment:{row['key']}", ())):
                found[f"segment:{row['key']}"].add(
                    -row["size"]
                )  # a size that isn't that of the list is a member too many
        return found

    def _right(self, people: Mapping[int, Person], at: datetime) -> dict[str, set[int]]:
        oracle = self.truth.oracle()
        right = {
            f"segment:{key}": {one for one, person in people.items() if oracle.holds(tree, person, at)}
            for key, tree in self.truth.segments.items()
        }
        for key, classes in self.truth.schemes.items():
            placed = {one: oracle.class_of(key, person, at) for one, person in people.items()}
            right |= {f"scheme:{key}:{name}": {one for one in placed if placed[one] == name} for name, _ in classes}
        return right

    def _mismatch(
        self, of: str, wrong: tuple[set[int], set[int]], *, lasting: bool, status: Any, roots: Mapping[int, int]
    ) -> Mismatch:
        extra, missing = wrong
        kind, key = of.split(":")[:2]
        tree = self.truth.segments.get(key) if kind == "segment" else self.truth.schemes[key]
        people = self.truth.people(roots)
        some = [one for one in [*extra, *missing] if one in people][:2]
        facts = [[one, people[one].facts, people[one].portrait, people[one].attributes] for one in some]
        now = datetime.fromisoformat(status["now"])
        return Mismatch(of, sorted(extra), sorted(missing), self.right_at.get(of), now, lasting, tree, status, facts)


def _parts(of: Mapping[int, int]) -> set[frozenset[int]]:
    parts: dict[int, set[int]] = {}
    for one, top in of.items():
        parts.setdefault(top, set()).add(one)
    return {frozenset(part) for part in parts.values()}
