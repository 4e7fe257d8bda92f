"""What conditions mean, in plain Python: clear, slow, and without a line of the compiler's.

A customer here is {"facts": [{"name", "at", "properties"}], "portrait": {...}, "attributes": {...}, "tags": set()},
all of the root's: whoever calls has followed the merges.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

PLACES = Decimal("0.0001")


class Oracle:
    def __init__(self, segments: dict[str, Any], schemes: dict[str, Any], cuts: dict[str, list[float]], zone: str):
        self.segments, self.schemes, self.cuts, self.zone = segments, schemes, cuts, ZoneInfo(zone)

    def holds(self, tree: dict[str, Any], customer: dict[str, Any], as_of: datetime) -> bool:
        return bool(getattr(self, "_" + tree["kind"])(tree, customer, as_of))

    def class_of(self, scheme: str, customer: dict[str, Any], as_of: datetime) -> str:
        for key, tree in self.schemes[scheme]:
            if tree is None or self.holds(tree, customer, as_of):
                return key
        raise AssertionError("the last class takes everyone")

    def _all(self, tree, customer, as_of):
        return all(self.holds(one, customer, as_of) for one in tree["of"])

    def _any(self, tree, customer, as_of):
        return any(self.holds(one, customer, as_of) for one in tree["of"])

    def _not(self, tree, customer, as_of):
        return not self.holds(tree["of"], customer, as_of)

    def _segment(self, tree, customer, as_of):
        return self.holds(self.segments[tree["segment"]], customer, as_of)

    def _class(self, tree, customer, as_of):
        return self.class_of(tree["scheme"], customer, as_of) in tree["classes"]

    def _tag(self, tree, customer, as_of):
        return tree["tag"] in customer["tags"]

    def _attribute(self, tree, customer, as_of):
        name = tree["name"]
        if name.startswith("attributes."):
            return matches(customer["attributes"].get(name.split(".", 1)[1]), tree["op"], tree.get("value"))
        value = customer["portrait"].get(name)
        if isinstance(value, datetime):
            wanted = tree.get("value")
            many = wanted if isinstance(wanted, list) else [wanted]
            moments = [datetime.fromisoformat(one).replace(tzinfo=self.zone) for one in many if one]
            return ordered(value, tree["op"], moments if isinstance(wanted, list) else moments[0] if moments else None)
        if isinstance(value, date):
            wanted = tree.get("value")
            days = [date.fromisoformat(one) for one in (wanted if isinstance(wanted, list) else [wanted]) if one]
            return ordered(value, tree["op"], days if isinstance(wanted, list) else days[0] if days else None)
        if value is None and name in ("birthday", "registered_at"):
            return tree["op"] in ("empty", "ne")
        return matches(value, tree["op"], tree.get("value"))

    def _behaviour(self, tree, customer, as_of):
        value = self.measured(tree, customer, as_of)
        if value is None:
            return False
        if tree.get("measure") == "average":
            return ordered(float(value), tree["op"], float(tree["value"]))
        return ordered(Decimal(value), tree["op"], Decimal(str(tree["value"])))

    def measured(self, tree, customer, as_of):
        window = tree.get("window")
        start = self.back(as_of, window["last"], window.get("unit", "days")) if window else None
        chosen = [
            fact["properties"]
            for fact in customer["facts"]
            if fact["name"] == tree["fact"]
            and fact["at"] <= as_of
            and (start is None or fact["at"] > start)
            and all(
                matches(fact["properties"].get(one["property"]), one["op"], one.get("value"))
                for one in tree.get("where", [])
            )
        ]
        measure = tree.get("measure", "count")
        if measure == "count":
            return len(chosen)
        given = [one.get(tree["property"]) for one in chosen]
        if measure == "distinct":
            return len({as_text(one) for one in given if one is not None})
        numbers = [one for one in map(as_number, given) if one is not None]
        if measure == "sum":
            return sum(numbers, Decimal(0))
        if not numbers:
            return None
        if measure == "average":
            return float(sum(numbers)) / len(numbers)
        return min(numbers) if measure == "min" else max(numbers)

    def last(self, fact, customer, as_of):
        return max((one["at"] for one in customer["facts"] if one["name"] == fact and one["at"] <= as_of), default=None)

    def _recency(self, tree, customer, as_of):
        last = self.last(tree["fact"], customer, as_of)
        if last is None:
            return False
        unit, value = tree.get("unit", "days"), tree["value"]
        start = self.back(as_of, value, unit)
        within_day = self.back(as_of, value + 1, unit) < last <= start
        return {
            "gt": last < start, "ge": last <= start, "lt": last > start, "le": last >= start,
            "eq": within_day, "ne": not within_day,
        }[tree["op"]]  # fmt: skip

    def _score(self, tree, customer, as_of):
        score = self.score(tree["measure"], customer, as_of)
        return score is not None and ordered(score, tree["op"], tree["value"])

    def score(self, measure, customer, as_of):
        points, last = self.cuts.get(measure), self.last("order_paid", customer, as_of)
        if not points or last is None:
            return None
        if measure == "recency":
            return 5 - sum(last < as_of - timedelta(minutes=round(days * 1440)) for days in points)
        value = self.kept({"frequency": "orders_365d", "monetary": "amount_365d"}[measure], customer, as_of)
        return 1 + sum(value > Decimal(str(point)) for point in points)

    def kept(self, measure, customer, as_of):
        what, span = measure.split("_")
        tree: dict[str, Any] = {"fact": "order_paid"}
        if span != "ever":
            tree["window"] = {"last": {"30d": 30, "90d": 90, "365d": 365}.get(span, 0), "unit": "days"}
        if what == "amount":
            tree |= {"measure": "sum", "property": "amount"}
        return Decimal(self.measured(tree, customer, as_of))

    def _rank(self, tree, customer, as_of):
        points = self.cuts.get(f"{tree['op']} {tree['share']:g} {tree['measure']}")
        if not points or self.last("order_paid", customer, as_of) is None:
            return False
        value, point = self.kept(tree["measure"], customer, as_of), Decimal(str(points[0]))
        return value >= point if tree["op"] == "top" else value <= point

    def back(self, as_of, count, unit):
        if unit in ("minutes", "hours"):
            return as_of - timedelta(**{unit: count})
        wall = as_of.astimezone(self.zone).replace(tzinfo=None)
        if unit == "months":
            month0 = wall.year * 12 + wall.month - 1 - count
            year, month = month0 // 12, month0 % 12 + 1
            if wall.day > monthrange(year, month)[1]:
                wall = datetime.combine(date(year, month, monthrange(year, month)[1]), time()) + timedelta(days=1)
            else:
                wall = wall.replace(year=year, month=month)
        else:
            wall -= timedelta(days=count * (7 if unit == "weeks" else 1))
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def as_text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def as_number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool | list):
        return None
    try:
        return Decimal(str(value)).quantize(PLACES, ROUND_HALF_UP)
    except InvalidOperation:
        return None


def matches(value: Any, op: str, wanted: Any) -> bool:
    """A property or text attribute against a value, missing ones included."""
    if op == "ne":
        return not matches(value, "eq", wanted)
    if op == "not_in":
        return not matches(value, "in", wanted)
    if op in ("empty", "not_empty"):
        return (value is None or value in ("", [])) == (op == "empty")
    if value is None:
        return False
    if op == "in":
        return any(matches(value, "eq", one) for one in wanted)
    if op == "contains":
        return wanted in value
    if op == "starts":
        return as_text(value).startswith(wanted)
    if isinstance(wanted, bool | str):
        return ordered(as_text(value), op, as_text(wanted))
    number = as_number(value)
    if number is None:
        return False
    return ordered(number, op, [as_number(one) for one in wanted] if isinstance(wanted, list) else as_number(wanted))


def ordered(value: Any, op: str, wanted: Any) -> bool:
    if op == "between":
        return wanted[0] <= value <= wanted[1]
    return {
        "eq": lambda: value == wanted, "ne": lambda: value != wanted, "gt": lambda: value > wanted,
        "ge": lambda: value >= wanted, "lt": lambda: value < wanted, "le": lambda: value <= wanted,
        "empty": lambda: value is None, "not_empty": lambda: value is not None,
    }[op]()  # fmt: skip
