"""Random conditions about facts."""

from datetime import date, timedelta
from random import Random
from typing import Any

from zhiji.flow.segment.tests.vocabulary import AMOUNTS, CATEGORIES, FACTS, PRODUCTS

Tree = dict[str, Any]
NUMBER_OPS = ("eq", "ne", "gt", "ge", "lt", "le")
ORDERLY = ("ge", "gt", "le", "lt", "ge", "le", "eq", "ne")
NUMERIC = {
    "order_paid": ("amount", "items"),
    "product_viewed": ("price",),
    "cart_added": ("price", "quantity"),
    "登录": ("n",),
}
TEXTS = {"order_paid": ("category", "coupon", "product_id", "it's"), "product_viewed": ("category", "product_id"),
         "cart_added": ("product_id", "category"), "登录": ("设备",)}  # fmt: skip


class Doing:
    """Draws conditions about facts; `now` is about the moment that will be asked."""

    random: Random
    now: date

    def some(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def length(self) -> Tree:
        unit = self.some("days", "days", "days", "weeks", "months", "hours", "minutes", "years")
        most = {"days": 40, "weeks": 8, "months": 13, "hours": 72, "minutes": 3000, "years": 2}[unit]
        return {"last": self.random.randint(1, most), "unit": unit}

    def span(self) -> Tree:
        unit = self.some("days", "days", "hours", "minutes", "weeks")
        most = {"days": 30, "weeks": 6, "hours": 72, "minutes": 180}[unit]
        return {"last": self.random.randint(1, most), "unit": unit}

    def window(self, *, anchored: bool = False) -> Tree | None:
        """Any form; `anchored` allows those around another fact."""
        form = self.some("ever", "last", "last", "last", "ending", "this", "previous", "between", "anchor")
        if form == "last":
            return self.length()
        if form == "ending":
            return self.length() | {"ending": self.random.randint(1, 12)}
        if form == "this":
            return {"this": self.some("day", "week", "month", "quarter", "year")}
        if form == "previous":
            return {
                "previous": self.random.randint(1, 6),
                "unit": self.some("days", "weeks", "months", "quarters", "years"),
            }
        if form == "between":
            return self.days()
        if form == "anchor" and anchored:
            anchor = {"fact": self.some(*FACTS), "which": self.some("first", "last"), "where": []}
            anchor["where"] = self.wheres(anchor["fact"])
            within = {"within": self.span()} if self.maybe(0.6) else {}
            return {self.some("after", "before"): anchor} | within
        return None

    def days(self) -> Tree:
        first = self.now - timedelta(days=self.random.randint(-3, 60))
        last = first + timedelta(days=self.random.randint(0, 40))
        form = self.some("both", "since", "until")
        return (
            {}
            | ({"since": first.isoformat()} if form != "until" else {})
            | ({"until": last.isoformat()} if form != "since" else {})
        )

    # Filters.

    def wheres(self, fact: str) -> list[Tree]:
        return [self.where(fact) for _ in range(self.some(0, 0, 0, 1, 1, 2))]

    def where(self, fact: str, depth: int = 1) -> Tree:
        if depth < 4 and self.maybe(0.15):
            group = self.some("any", "all", "not")
            if group == "not":
                return {"not": self.where(fact, depth + 1)}
            return {group: [self.where(fact, depth + 1) for _ in range(self.random.randint(1, 3))]}
        form = self.some("number", "text", "text", "odd")
        if form == "number":
            return {"property": self.some(*NUMERIC[fact]), **self.about_number()}
        if form == "odd" and fact == "order_paid":
            return self.odd_where()
        return {"property": self.some(*TEXTS[fact]), **self.about_text()}

    def about_number(self) -> Tree:
        op = self.some(*ORDERLY, "in", "not_in", "between", "empty", "not_empty")
        if op in ("empty", "not_empty"):
            return {"op": op}
        values = [self.some(*AMOUNTS, 1, 2, 3) for _ in range(2)]
        return {"op": op, "value": sorted(values) if op in ("in", "not_in", "between") else values[0]}

    def about_text(self) -> Tree:
        op = self.some("eq", "ne", "in", "not_in", "contains", "starts", "empty", "not_empty")
        if op in ("empty", "not_empty"):
            return {"op": op}
        word = self.some(*CATEGORIES, *PRODUCTS, "A1", "手机", "a", "生", "p")
        return {"op": op, "value": [word, self.some(*CATEGORIES, *PRODUCTS)] if op in ("in", "not_in") else word}

    def odd_where(self) -> Tree:
        lists = [self.some(*CATEGORIES) for _ in range(self.random.randint(1, 2))]
        return self.some(
            {"property": "categories", "op": "has_any", "value": lists},
            {"property": "categories", "op": "has_all", "value": lists},
            {"property": "categories", "op": "contains", "value": lists[0]},
            {"property": "categories", "op": self.some("empty", "not_empty")},
            {"property": "gift", "op": self.some("eq", "ne"), "value": self.some(True, False)},
            {"property": "due", "op": self.some("ge", "lt", "gt", "le"), "value": "2026-01-15"},
            {"property": "due", "op": "between", "value": ["2025-12-31", "2026-02-01"]},
        )

    # Kinds.

    def measure(self) -> Tree:
        fact = self.some("order_paid", *FACTS)
        name = self.some("count", "count", "sum", "average", "min", "max", "distinct", "first", "last")
        tree: Tree = {"fact": fact, "measure": name, "window": self.window(anchored=True), "where": self.wheres(fact)}
        if name != "count":
            tree["property"] = self.some(*(TEXTS if name == "distinct" else NUMERIC)[fact])
        if name == "sum" and self.maybe(0.4):
            tree |= {"where": [], "less": self.some("order_refunded", *FACTS)}
        return tree

    def behaviour(self) -> Tree:
        tree: Tree = {"kind": "behaviour", **self.measure()}
        form = self.some("number", "number", "number", "text", "other")
        if form == "other":
            other = self.measure() | {"times": self.some(0.5, 1, 2, 1.1), "per": self.some(1, 2, 6)}
            if self.maybe(0.5):
                other = {**tree, "window": self.window(anchored=True), "times": 0.5, "per": self.some(1, 3)}
                del other["kind"]
            return tree | {"op": self.some(*ORDERLY), "value": other}
        if form == "text" and tree["measure"] in ("first", "last"):
            return tree | {"property": self.some(*TEXTS[tree["fact"]])} | self.about_text()
        if tree["measure"] in ("first", "last"):
            return tree | self.about_number()
        return tree | {"op": self.some(*ORDERLY), "value": self.threshold(tree["measure"])}

    def threshold(self, measure: str) -> float:
        if measure in ("count", "distinct"):
            return self.some(0, 1, 1, 2, 3, 5)
        return self.some(*AMOUNTS, 40.5)

    def recency(self) -> Tree:
        fact, length = self.some(*FACTS), self.length()
        return {
            "kind": "recency", "fact": fact, "where": self.wheres(fact), "op": self.some(*NUMBER_OPS),
            "value": length["last"] - self.some(0, 0, 1), "unit": length["unit"],
        }  # fmt: skip

    def step(self, names: tuple[str, ...] = FACTS) -> Tree:
        fact = self.some(*names)
        return {"fact": fact, "where": self.wheres(fact) if self.maybe(0.5) else []}

    def sequence(self) -> Tree:
        names = tuple(self.random.sample(FACTS, 2)) if self.maybe(0.7) else FACTS
        return {
            "kind": "sequence",
            "steps": [self.step(names) for _ in range(self.some(2, 2, 2, 3, 3, 4, 5))],
            "within": self.span() if self.maybe(0.7) else None,
            "same": "product_id" if self.maybe(0.4) else None,
            "window": self.window(),
        }

    def absence(self) -> Tree:
        return {
            "kind": "absence", **self.step(), "without": self.step(), "within": self.span(),
            "same": "product_id" if self.maybe(0.4) else None, "window": self.window(),
        }  # fmt: skip

    def nth(self) -> Tree:
        return {"kind": "nth", **self.step(), "n": self.some(1, 1, 2, 3, 5), "window": self.window()}

    def regular(self) -> Tree:
        of = self.random.randint(1, 8)
        most = max(1, of // 2) if self.maybe(0.8) else of
        unit = self.some("days", "weeks", "weeks", "months")
        return {"kind": "regular", **self.step(), "at_least": self.random.randint(1, most), "of": of, "unit": unit}

    def stopped(self) -> Tree:
        return {
            "kind": "stopped", **self.step(), "times": self.some(1, 1, 2, 3),
            "before": self.length(), "quiet": self.length(),
        }  # fmt: skip

    def resumed(self) -> Tree:
        return {"kind": "resumed", **self.step(), "recent": self.length(), "quiet": self.length()}
