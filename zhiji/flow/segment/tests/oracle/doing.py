"""What conditions about facts mean."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from zhiji.flow.segment.tests.oracle.moments import Inside, around, back, inside, span
from zhiji.flow.segment.tests.oracle.person import Fact, Person
from zhiji.flow.segment.tests.oracle.values import PLACES, as_number, as_text, compare, kind_of, ordered, property_kind

Tree = dict[str, Any]


class Doing:
    """The kinds of condition that read facts."""

    zone: ZoneInfo

    def passes(self, fact: Fact, where: Any) -> bool:
        """Whether a fact passes a filter, or every one of a list."""
        if isinstance(where, list):
            return all(self.passes(fact, one) for one in where)
        if where.get("all") is not None:
            return all(self.passes(fact, one) for one in where["all"])
        if where.get("any") is not None:
            return any(self.passes(fact, one) for one in where["any"])
        if where.get("not") is not None:
            return not self.passes(fact, where["not"])
        name, op, wanted = where["property"], where["op"], where.get("value")
        kind = property_kind(fact.name, name, wanted, op)
        return compare(fact.properties.get(name), op, wanted, kind, self.zone)

    def chosen(self, tree: Tree, person: Person, as_of: datetime) -> list[Fact]:
        """The facts of the tree's name up to as_of that pass its filters, oldest first, in whatever window."""
        return [one for one in person.named(tree["fact"], as_of) if self.passes(one, tree.get("where") or [])]

    def window(self, tree: Tree, person: Person, as_of: datetime) -> Inside:
        window = tree.get("window")
        for side in ("after", "before"):
            if window and window.get(side) is not None:
                anchors = [one.at for one in self.chosen(window[side], person, as_of)]
                which = window[side].get("which", "last")
                anchor = None if not anchors else min(anchors) if which == "first" else max(anchors)
                return around(window, anchor, as_of)
        return inside(window, as_of, self.zone)

    # Measures.

    def measured(self, tree: Tree, person: Person, as_of: datetime, text: bool = False) -> Any:
        """The measure's value, or None where it is missing. `text`: the first or last value is read as a text."""
        within = self.window(tree, person, as_of)
        facts = [one for one in self.chosen(tree, person, as_of) if within(one.at)]
        measure = tree.get("measure", "count")
        if measure == "count":
            return Decimal(len(facts))
        given = [one.properties.get(tree["property"]) for one in facts]
        if measure == "distinct":
            return Decimal(len({as_text(one) for one in given if one is not None}))
        if measure in ("first", "last"):
            return self._end(tree, facts, as_text if text else as_number)
        numbers = [one for one in map(as_number, given) if one is not None]
        if measure == "sum":
            taken_off = tree.get("less") and tree | {"fact": tree["less"], "less": None}
            return sum(numbers, Decimal(0)) - (self.measured(taken_off, person, as_of) if taken_off else 0)
        if not numbers:
            return None
        if measure == "average":
            return (sum(numbers) / len(numbers)).quantize(PLACES, ROUND_HALF_UP)
        return min(numbers) if measure == "min" else max(numbers)

    @staticmethod
    def _end(tree: Tree, facts: list[Fact], read: Any) -> Any:
        valued = [(one.at, value) for one in facts if (value := read(one.properties.get(tree["property"]))) is not None]
        if not valued:
            return None
        moment = (min if tree["measure"] == "first" else max)(at for at, _ in valued)
        return max(value for at, value in valued if at == moment)

    def _behaviour(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        op, wanted = tree["op"], tree.get("value")
        if isinstance(wanted, dict):
            return self._against(tree, op, wanted, person, as_of)
        if tree.get("measure") in ("first", "last"):
            kind = property_kind(tree["fact"], tree["property"], wanted, op)
            value = self.measured(tree, person, as_of, text=kind == "text")
            if value is None and op not in ("empty", "not_empty"):
                return False
            return compare(value, op, wanted, kind, self.zone)
        value = self.measured(tree, person, as_of)
        if value is None:
            return False
        return compare(value, op, wanted, kind_of(wanted, op), self.zone)

    def _against(self, tree: Tree, op: str, other: Tree, person: Person, as_of: datetime) -> bool:
        """Against another measure times something per something, in double precision."""
        one, two = self.measured(tree, person, as_of), self.measured(other, person, as_of)
        if one is None or two is None:
            return False
        times, per = other.get("times"), other.get("per")
        against = float(two) * float(1 if times is None else times) / float(1 if per is None else per)
        return ordered(float(one), op, against)

    def _recency(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        facts = self.chosen(tree, person, as_of)
        if not facts:
            return False
        last, unit, value = facts[-1].at, tree.get("unit", "days"), tree["value"]
        start, further = back(as_of, value, unit, self.zone), back(as_of, value + 1, unit, self.zone)
        within = further < last <= start
        return {
            "gt": last < start, "ge": last <= start, "lt": last > start, "le": last >= start,
            "eq": within, "ne": not within,
        }[tree["op"]]  # fmt: skip

    # Orders of facts.

    def _sequence(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        within = self.window(tree, person, as_of)
        steps = [self.chosen(step, person, as_of) for step in tree["steps"]]
        same = tree.get("same")
        longest = span(tree["within"]) if tree.get("within") else None
        for first in steps[0]:
            value = as_text(first.properties.get(same)) if same else None
            if not within(first.at) or (same and value is None):
                continue
            at: datetime | None = first.at
            for facts in steps[1:]:
                fitting = (one for one in facts if not same or as_text(one.properties.get(same)) == value)
                at = min((one.at for one in fitting if at is not None and one.at > at), default=None)
            if at is not None and (longest is None or at - first.at <= longest):
                return True
        return False

    def _absence(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        inside_window = self.window(tree, person, as_of)
        within, same = span(tree["within"]), tree.get("same")
        others = self.chosen(tree["without"], person, as_of)
        for fact in self.chosen(tree, person, as_of):
            value = as_text(fact.properties.get(same)) if same else None
            if not inside_window(fact.at) or fact.at + within > as_of or (same and value is None):
                continue
            if not any(
                fact.at < one.at <= fact.at + within and (not same or as_text(one.properties.get(same)) == value)
                for one in others
            ):
                return True
        return False

    def _nth(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        facts, n = self.chosen(tree, person, as_of), tree["n"]
        return len(facts) >= n and self.window(tree, person, as_of)(facts[n - 1].at)

    # Habits.

    def _regular(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        moments = [one.at for one in self.chosen(tree, person, as_of)]
        edges = [back(as_of, number, tree["unit"], self.zone) for number in range(tree["of"] + 1)]
        busy = [any(start < at <= end for at in moments) for end, start in pairwise(edges)]
        return sum(busy) >= tree["at_least"]

    def _stopped(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        moments = [one.at for one in self.chosen(tree, person, as_of)]
        quiet = back(as_of, tree["quiet"]["last"], tree["quiet"].get("unit", "days"), self.zone)
        start = back(quiet, tree["before"]["last"], tree["before"].get("unit", "days"), self.zone)
        busy = sum(start < at <= quiet for at in moments)
        return not any(at > quiet for at in moments) and busy >= tree.get("times", 1)

    def _resumed(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        moments = [one.at for one in self.chosen(tree, person, as_of)]
        recent = back(as_of, tree["recent"]["last"], tree["recent"].get("unit", "days"), self.zone)
        silent = back(recent, tree["quiet"]["last"], tree["quiet"].get("unit", "days"), self.zone)
        return (
            any(at > recent for at in moments)
            and not any(silent < at <= recent for at in moments)
            and any(at <= silent for at in moments)
        )
