"""What conditions about what a customer is mean: attributes, dates, membership, standing among all."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from zhiji.flow.segment.tests.oracle.calendars import anniversary_near, whole_units
from zhiji.flow.segment.tests.oracle.moments import day_of
from zhiji.flow.segment.tests.oracle.person import Person
from zhiji.flow.segment.tests.oracle.values import as_text, compare, kind_of, one_word, ordered

Tree = dict[str, Any]
KNOWN = {
    "name": "text", "gender": "text", "region": "text", "city": "text", "birthday": "date",
    "birthday_calendar": "text", "priority": "number", "owner": "text", "registered_at": "time",
    "first_seen_at": "time", "last_seen_at": "time",
}  # fmt: skip
AREAS = {
    "华北": "北京 天津 河北 山西 内蒙古",
    "华东": "上海 江苏 浙江 安徽 福建 江西 山东",
    "华中": "河南 湖北 湖南",
    "华南": "广东 广西 海南",
    "西南": "重庆 四川 贵州 云南 西藏",
    "西北": "陕西 甘肃 青海 宁夏 新疆",
    "东北": "辽宁 吉林 黑龙江",
    "港澳台": "香港 澳门 台湾",
}
NET = {"measure": "sum", "property": "amount", "less": "order_refunded"}
NAMED = {
    f"{what}_{days}d": {"fact": "order_paid", **how, "window": {"last": days, "unit": "days"}}
    for what, how in (("orders", {}), ("amount", NET))
    for days in (30, 90, 365)
} | {
    "orders_ever": {"fact": "order_paid"},
    "amount_ever": {"fact": "order_paid", **NET},
    "basket_average": {"fact": "order_paid", "measure": "average", "property": "amount"},
}
cached_units = lru_cache(maxsize=100_000)(whole_units)
cached_near = lru_cache(maxsize=100_000)(anniversary_near)


def cut_name(measure: Any, within: Tree | None) -> str:
    """How `cuts` names the standings that a rank is held against."""
    return json.dumps([measure, within], sort_keys=True, ensure_ascii=False)


class Being:
    """The kinds of condition that read what is known of a customer."""

    zone: ZoneInfo
    segments: dict[str, Tree]
    cuts: dict[str, Any]
    holds: Callable[[Tree, Person, datetime], bool]
    class_of: Callable[[str, Person, datetime], str]
    measured: Callable[..., Any]
    chosen: Callable[..., Any]

    def _attribute(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        name, op, wanted = tree["name"], tree["op"], tree.get("value")
        if name == "place":
            return any(self._in_place(one, person) for one in wanted) == (op == "in")
        kind = KNOWN.get(name) or tree.get("type") or kind_of(wanted, op)
        return compare(self.attribute_value(name, person), op, wanted, kind, self.zone)

    @staticmethod
    def attribute_value(name: str, person: Person) -> Any:
        if name.startswith("attributes."):
            return person.attributes.get(name.removeprefix("attributes."))
        return person.portrait.get(name)

    @staticmethod
    def _in_place(place: str, person: Person) -> bool:
        region, city = person.portrait.get("region"), person.portrait.get("city")
        if place in AREAS:
            return region in AREAS[place].split()
        province, slash, town = place.partition("/")
        return region == province and (not slash or city == town)

    def _tag(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        return one_word(tree["tag"]) in map(one_word, person.tags)

    def _consent(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        granted = person.consents.get((tree["channel"], tree.get("purpose", "marketing")))
        return granted is not None and granted == tree.get("granted", True)

    def _bucket(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        drawn = int(md5(f"{tree['salt']}:{person.id}".encode()).hexdigest()[:8], 16)
        return tree.get("from", 1) <= drawn % tree.get("of", 100) + 1 <= tree.get("to", 10)

    def _offered(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        """A coupon of an offer, or a message of a rule, at least once in the window."""
        given = tree["with"]
        what = {"coupon": "offer", "message": "rule"}[tree["name"]]
        where = [{"property": what, "op": "eq", "value": given[what]}] if given.get(what) else []
        asked = {"fact": f"{tree['name']}_{given['did']}", "where": where, "window": given.get("window")}
        return bool(self.measured(asked, person, as_of) >= 1)

    # Dates.

    def _anniversary(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        born = person.day(tree["attribute"], self.zone)
        if born is None:
            return False
        calendar = tree.get("calendar", "own")
        if calendar == "own":
            own = person.portrait.get("birthday_calendar") if tree["attribute"] == "birthday" else "solar"
            calendar = own or "solar"
        today = day_of(as_of, self.zone)
        return cached_near(born, today, tree.get("before", 0), tree.get("after", 0), calendar)

    def _elapsed(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        day, today = person.day(tree["attribute"], self.zone), day_of(as_of, self.zone)
        if day is None:
            return False
        until = tree.get("direction", "since") == "until"
        units = cached_units(*((today, day) if until else (day, today)), tree.get("unit", "days"))
        return units is not None and ordered(units, tree["op"], tree["value"])

    # Membership.

    def _segment(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        if not self.holds(self.segments[tree["segment"]], person, as_of):
            return False
        line = person.entered(f"segment:{tree['segment']}", as_of)
        return self._held(tree.get("held"), line, {"in"}, as_of)

    def _class(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        current = self.class_of(tree["scheme"], person, as_of)
        if current not in tree["classes"]:
            return False
        line = person.entered(f"scheme:{tree['scheme']}", as_of)
        if tree.get("previous") is not None:
            before = None if line is None else line[1] if line[2] == current else line[2]
            if before not in tree["previous"]:
                return False
        return self._held(tree.get("held"), line, set(tree["classes"]), as_of)

    def _held(self, held: Tree | None, line: Any, fitting: set[str], as_of: datetime) -> bool:
        """Whether the log says that it entered one of the fitting so many calendar days ago."""
        if held is None:
            return True
        if line is None or line[2] not in fitting:
            return False
        days = (day_of(as_of, self.zone) - day_of(line[0], self.zone)).days
        return ordered(days, held["op"], held["value"])

    # Standing among all.

    def _score(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        score = self.score(tree["measure"], person, as_of)
        return score is not None and ordered(score, tree["op"], tree["value"])

    def score(self, measure: str, person: Person, as_of: datetime) -> int | None:
        """1 to 5, for those who ever ordered; a value on a point belongs to the lower score."""
        points, orders = self.cuts.get(measure), person.named("order_paid", as_of)
        if not points or not orders:
            return None
        if measure == "recency":
            last = orders[-1].at
            return 5 - sum(last < as_of - timedelta(minutes=round(days * 1440)) for days in points)
        value = self.measured(NAMED[{"frequency": "orders_365d", "monetary": "amount_365d"}[measure]], person, as_of)
        return 1 + sum(value > Decimal(str(point)) for point in points)

    def _rank(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        measure, within = tree["measure"], tree.get("within")
        points = self.cuts.get(cut_name(measure, within), {}).get(self.group(within, person, as_of))
        value = self.standing(measure, person, as_of)
        if points is None or value is None:
            return False
        if tree["op"] == "top":
            return value >= quantile(points, 1 - tree["share"])
        if tree["op"] == "bottom":
            return value <= quantile(points, tree["share"])
        inner, outer = tree["share"]
        return quantile(points, 1 - outer) <= value < quantile(points, 1 - inner)

    def standing(self, measure: Any, person: Person, as_of: datetime) -> float | None:
        """What a rank compares; None of those who never did the measure's fact."""
        tree = NAMED[measure] if isinstance(measure, str) else measure
        if not person.named(tree["fact"], as_of):
            return None
        value = self.measured(tree, person, as_of)
        return None if value is None else float(value)

    def group(self, within: Tree | None, person: Person, as_of: datetime) -> str:
        """The group that a rank is within: a class, an attribute's text, or everybody."""
        if within is None:
            return ""
        if within.get("scheme"):
            return self.class_of(within["scheme"], person, as_of)
        return as_text(self.attribute_value(within["attribute"], person)) or ""

    def publish(self, ranks: list[Tree], people: list[Person], as_of: datetime) -> None:
        """Take everybody's standing as of a moment for what these ranks are held against from now on.

        Where nobody stands anywhere yet, nothing is published.
        """
        for tree in ranks:
            measure, within = tree["measure"], tree.get("within")
            groups: dict[str, list[float]] = {}
            for person in people:
                value = self.standing(measure, person, as_of)
                if value is not None:
                    groups.setdefault(self.group(within, person, as_of), []).append(value)
            if groups:
                self.cuts[cut_name(measure, within)] = groups


def quantile(values: list[float], share: float) -> float:
    """The least value that at least this share of all are not above."""
    values = sorted(values)
    return next(one for at, one in enumerate(values, 1) if at >= round(share * len(values), 9))
