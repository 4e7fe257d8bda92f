"""200 conditions as a shop of some size has them, each with its hand-written SQL: the same answers, by another way.

Of a hundred: 60 count, add up or average what was done in a window, most with filters; 10 ask how long ago; 9 are of
attributes and tags alone; 6 of scores and ranks; 11 mix these; 4 refer to a class or another segment. The SQL is one
pass for each fact name with an aggregate for each measure, one join for each fact name: nobody would write it better
by hand, only shorter.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Tree = dict[str, Any]
CATEGORIES = ("牛肉", "鸡肉", "苹果", "莓果", "日化", "酒水", "零食", "乳品")


@dataclass
class Hand:
    """The hand-written SQL as it grows: aggregates by fact name, verdicts by name."""

    measures: dict[str, dict[str, str]] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    days: set[int] = field(default_factory=set)

    def measure(self, fact: str, sql: str) -> str:
        """The column of an aggregate over one fact name."""
        known = self.measures.setdefault(fact, {})
        return known.setdefault(sql, f"{fact}_{len(known)}")

    def since(self, days: int | None) -> str:
        if days is None:
            return ""
        self.days.add(days)
        return f"occurred_at > $d{days}"

    def add(self, key: str, tree: Tree, verdict: str) -> None:
        self.trees[key], self.verdicts[key] = tree, verdict

    def last(self, fact: str) -> str:
        return self.measure(fact, "max(occurred_at)")


@dataclass(frozen=True)
class Part:
    """A condition both ways."""

    tree: Tree
    sql: str


def did(
    hand: Hand, fact: str, op: str, value: float, days: int | None = None, where: tuple[str, str, Any] | None = None,
    measure: str = "count", name: str = "amount",
) -> Part:  # fmt: skip
    """A behaviour; `where` is (property, op, value)."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "eq": "="}
    tests = [hand.since(days)] if days else []
    filters = []
    if where:
        prop, how, wanted = where
        filters = [{"property": prop, "op": how, "value": wanted}]
        kind = "number" if isinstance(wanted, int | float) else "text"
        against = f"IN ({_texts(wanted)})" if how == "in" else f"{signs[how]} {_literal(wanted)}"
        tests.append(f'"{kind}:{prop}" {against}')
    kept = f" FILTER ({' AND '.join(tests)})" if tests else ""
    number, text = f'"number:{name}"', f'"text:{name}"'
    aggregate = {
        "count": "count(*)", "sum": f"sum({number})", "min": f"min({number})", "max": f"max({number})",
        "distinct": f"count(DISTINCT {text})", "average": f"sum({number})",
    }[measure]  # fmt: skip
    column = hand.measure(fact, aggregate + kept)
    if measure in ("count", "sum", "distinct"):
        column = f"coalesce({column}, 0)"
    if measure == "average":
        column = f"{column}::DOUBLE / nullif({hand.measure(fact, f'count({number}){kept}')}, 0)"
    window = {"last": days, "unit": "days"} if days else None
    tree = {
        "kind": "behaviour", "fact": fact, "measure": measure, "property": None if measure == "count" else name,
        "window": window, "where": filters, "op": op, "value": value,
    }  # fmt: skip
    threshold = f"{value}::DOUBLE" if measure == "average" else str(value)
    return Part(tree, f"coalesce({column} {signs[op]} {threshold}, false)")


def _texts(words: Any) -> str:
    return ", ".join(f"'{one}'" for one in words)


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def ago(hand: Hand, fact: str, op: str, days: int) -> Part:
    turned = {"gt": "<", "ge": "<=", "lt": ">", "le": ">="}[op]
    hand.days.add(days)
    tree = {"kind": "recency", "fact": fact, "op": op, "value": days, "unit": "days"}
    return Part(tree, f"coalesce({hand.last(fact)} {turned} $d{days}, false)")


def given(name: str, op: str, value: Any, sql: str) -> Part:
    return Part({"kind": "attribute", "name": name, "op": op, "value": value}, f"coalesce({sql}, false)")


def both(*parts: Part) -> Part:
    return Part({"kind": "all", "of": [one.tree for one in parts]}, " AND ".join(f"({one.sql})" for one in parts))


def either(*parts: Part) -> Part:
    tree = {"kind": "any", "of": [one.tree for one in parts]}
    return Part(tree, "(" + " OR ".join(f"({one.sql})" for one in parts) + ")")


def never(part: Part) -> Part:
    return Part({"kind": "not", "of": part.tree}, f"NOT ({part.sql})")


def _orders(hand: Hand) -> list[Part]:
    found = []
    for days in (7, 14, 30, 60, 90, 180, 365):
        found += [did(hand, "order_paid", "ge", n, days) for n in (1, 3)]
        found.append(did(hand, "order_paid", "ge", 3.0 * days, days, measure="sum"))
    for at, category in enumerate(CATEGORIES):
        days = (30, 90, 180, 365)[at % 4]
        found.append(did(hand, "order_paid", "ge", 1 + at % 3, days, ("category", "eq", category)))
        found.append(did(hand, "order_paid", "ge", 50, (365, 180)[at % 2], ("category", "eq", category), "sum"))
    for days, least in ((30, 80), (90, 90), (180, 70), (365, 60)):
        found.append(did(hand, "order_paid", "ge", least, days, measure="average"))
        found.append(did(hand, "order_paid", "ge", 190, days, measure="max"))
        found.append(did(hand, "order_paid", "lt", 8, days, measure="min"))
        found.append(did(hand, "order_paid", "ge", 2, days, ("amount", "gt", 120)))
        found.append(did(hand, "order_paid", "eq", 0, days))
    for days, kinds in ((90, 3), (180, 4), (365, 5)):
        found.append(did(hand, "order_paid", "ge", kinds, days, measure="distinct", name="category"))
        found.append(did(hand, "order_paid", "ge", 1, days, ("category", "in", ["苹果", "莓果"])))
        found.append(did(hand, "order_paid", "ge", 2, days, ("store", "eq", f"店{days % 20}")))
    return found


def _looks(hand: Hand) -> list[Part]:
    found = []
    for fact in ("product_viewed", "cart_added"):
        for days in (3, 7, 14, 30, 90):
            found.append(did(hand, fact, "ge", 1 + days // 10, days))
            found.append(did(hand, fact, "ge", 1, days, ("category", "eq", CATEGORIES[days % 8])))
        found.append(did(hand, fact, "ge", 2, 30, ("price", "ge", 60)))
        found.append(did(hand, fact, "ge", 3, 90, measure="distinct", name="category"))
    for days in (3, 7, 30):
        found.append(did(hand, "page_viewed", "ge", 1 + days // 5, days))
        found.append(did(hand, "page_viewed", "ge", 1, days, ("name", "eq", f"页{days % 20}")))
    for fact in ("message_opened", "coupon_redeemed", "order_refunded"):
        found += [did(hand, fact, "ge", n, days) for n, days in ((1, 30), (2, 90), (3, 365))]
        found.append(did(hand, fact, "eq", 0, 180))
    found.append(did(hand, "message_opened", "ge", 1, 90, ("template", "eq", "信2")))
    found.append(did(hand, "coupon_redeemed", "ge", 2, 365, ("offer", "eq", "券1")))
    return found


def _times(hand: Hand) -> list[Part]:
    found = [ago(hand, "order_paid", op, days) for days in (15, 30, 60, 120, 200) for op in ("gt", "le")]
    found += [ago(hand, fact, "gt", days) for fact in ("product_viewed", "page_viewed") for days in (14, 45, 100)]
    found += [ago(hand, "message_opened", "le", 60), ago(hand, "cart_added", "le", 5)]
    found += [ago(hand, "coupon_redeemed", "gt", 90), ago(hand, "customer_registered", "le", 30)]
    return found


def _given() -> list[Part]:
    return [
        given("region", "in", ["浙江", "上海", "江苏"], "region IN ('浙江', '上海', '江苏')"),
        given("region", "eq", "广东", "region = '广东'"),
        given("city", "eq", "杭州", "city = '杭州'"),
        given("gender", "eq", "female", "gender = 'female'"),
        given("priority", "ge", 2, "priority >= 2"),
        given("birthday", "between", ["1980-01-01", "1989-12-31"], "birthday BETWEEN '1980-01-01' AND '1989-12-31'"),
        given("birthday", "ge", "2000-01-01", "birthday >= '2000-01-01'"),
        given("attributes.level", "eq", "金", "level = '金'"),
        given("attributes.points", "ge", 4000, "points >= 4000"),
        given("attributes.points", "lt", 100, "points < 100"),
        given("registered_at", "ge", "2026-09-01", "registered_at >= TIMESTAMPTZ '2026-09-01 00:00:00+08'"),
        *(Part({"kind": "tag", "tag": f"标签{n}"}, f"tag_{n}") for n in (1, 2, 3, 5, 8, 13)),
    ]


def _mixed(hand: Hand) -> list[Part]:
    regions = _given()
    found = []
    for at, days in enumerate((7, 14, 30, 60, 90, 180)):
        found.append(both(did(hand, "order_paid", "ge", 1, days), regions[at % 11]))
        found.append(both(did(hand, "product_viewed", "ge", 2, days), never(did(hand, "order_paid", "ge", 1, days))))
        found.append(both(did(hand, "cart_added", "ge", 1, days), did(hand, "order_paid", "eq", 0, days), regions[11]))
        found.append(either(did(hand, "order_paid", "ge", 500, days, measure="sum"), ago(hand, "order_paid", "le", 3)))
    return found


def _referring(hand: Hand, names: list[str]) -> list[Part]:
    found = [
        both(Part({"kind": "segment", "segment": one}, hand.verdicts[one]), did(hand, "message_opened", "ge", 1, 60))
        for one in names[3:40:6]
    ]
    return found


def two_hundred() -> Hand:
    """193 segments; with the two schemes' seven classes that have a condition, 200. Ranks and classes come by SQL in
    `statement`."""
    hand = Hand()
    parts = [*_orders(hand), *_looks(hand), *_times(hand), *_given(), *_mixed(hand)]
    for at, part in enumerate(parts):
        hand.add(f"s{at:03}", part.tree, part.sql)
    for part in _referring(hand, list(hand.trees)):
        hand.add(f"s{len(hand.trees):03}", part.tree, part.sql)
    for measure in ("recency", "frequency", "monetary"):
        for least in (2, 4, 5):
            tree = {"kind": "score", "measure": measure, "op": "ge", "value": least}
            hand.add(f"s{len(hand.trees):03}", tree, f"coalesce({measure[0]} >= {least}, false)")
    for share in (0.05, 0.1, 0.25):
        tree = {"kind": "rank", "measure": "amount_365d", "op": "top", "share": share}
        hand.add(f"s{len(hand.trees):03}", tree, f"coalesce(m365, 0) >= {{top_{share:g}}} AND ever > 0")
    for scheme, classes in (("value", ["high"]), ("value", ["high", "medium"]), ("lifecycle", ["dormant"])):
        part = did(hand, "page_viewed", "ge", 1, 30 if len(classes) == 1 else 90)
        tree = {"kind": "all", "of": [{"kind": "class", "scheme": scheme, "classes": classes}, part.tree]}
        hand.add(f"s{len(hand.trees):03}", tree, f'"c:{scheme}" IN ({_texts(classes)}) AND ({part.sql})')
    at = 0
    while len(hand.trees) < 193:
        days, category = (10, 20, 45, 75, 120)[at % 5], CATEGORIES[at % 8]
        part = did(hand, ("order_paid", "product_viewed")[at % 2], "ge", 1 + at % 4, days, ("category", "eq", category))
        hand.add(f"s{len(hand.trees):03}", part.tree, part.sql)
        at += 1
    return hand


SCHEMES = """
    CASE WHEN r >= 3 AND f >= 4 AND m >= 4 THEN 'high'
        WHEN (r >= 2 AND m >= 3) OR (r >= 3 AND f >= 3) THEN 'medium' ELSE 'low' END AS "c:value",
    CASE WHEN coalesce(ever, 0) = 0 THEN 'potential' WHEN last_order >= $d60 AND ever < 2 THEN 'first_purchase'
        WHEN last_order >= $d60 AND coalesce(n90, 0) < 15 THEN 'repeat' WHEN last_order >= $d60 THEN 'loyal'
        WHEN last_order >= $d150 THEN 'dormant' ELSE 'lost' END AS "c:lifecycle"
"""


def statement(hand: Hand, scans: dict[str, str], cuts: dict[str, Any]) -> str:
    """The whole hand-written statement over tables `customers` and `tags`. `scans` is the FROM part of a fact name."""
    named = {
        "last_order": hand.last("order_paid"),
        "ever": hand.measure("order_paid", "count(*)"),
        "n90": hand.measure("order_paid", f"count(*) FILTER ({hand.since(90)})"),
        "n365": hand.measure("order_paid", f"count(*) FILTER ({hand.since(365)})"),
        "m365": hand.measure("order_paid", f'sum("number:amount") FILTER ({hand.since(365)})'),
    }
    hand.days |= {60, 150}
    ctes = [
        f"{fact} AS (SELECT customer_id, {', '.join(f'{sql} AS {name}' for sql, name in one.items())}"
        f" FROM {scans[fact]} WHERE occurred_at <= $now GROUP BY customer_id)"
        for fact, one in sorted(hand.measures.items())
    ]
    tags = sorted({int(text.split("_")[1]) for text in hand.verdicts.values() if text.startswith("tag_")} | {1})
    marked = ", ".join(f"bool_or(tag = '标签{n}') AS tag_{n}" for n in tags)
    ctes.append(f"tagged AS (SELECT customer_id, {marked} FROM tags GROUP BY customer_id)")
    joins = " ".join(f"LEFT JOIN {fact} ON {fact}.customer_id = customers.id" for fact in sorted(hand.measures))
    over = {name: [f"{float(one):.4f}::DECIMAL(18, 4)" for one in cuts[name]] for name in ("frequency", "monetary")}
    last, ever = named["last_order"], named["ever"]
    older = " + ".join(f"({last} < $r{at})::INT" for at in range(4))
    scores = (
        f"5 - ({older}) AS r,"
        f" CASE WHEN {ever} > 0 THEN 1 + {_over(named['n365'], over['frequency'])} END AS f,"
        f" CASE WHEN {ever} > 0 THEN 1 + {_over(named['m365'], over['monetary'])} END AS m"
    )
    ctes.append(
        "joined AS (SELECT customers.*,"
        f" {', '.join(f'coalesce(tag_{n}, false) AS tag_{n}' for n in tags)},"
        f" {', '.join(f'{fact}.* EXCLUDE (customer_id)' for fact in sorted(hand.measures))},"
        f" {', '.join(f'{column} AS {name}' for name, column in named.items())}, {scores}"
        f" FROM customers LEFT JOIN tagged ON tagged.customer_id = customers.id {joins})"
    )
    ctes.append(f"classed AS (SELECT *, {SCHEMES} FROM joined)")
    tops = {f"top_{share:g}": f"{float(cuts[f'top {share:g} amount_365d'][0]):.4f}" for share in (0.05, 0.1, 0.25)}
    verdicts = ", ".join(f'({_filled(sql, tops)}) AS "v:segment:{key}"' for key, sql in hand.verdicts.items())
    return f'WITH {", ".join(ctes)} SELECT id, "c:value", "c:lifecycle", {verdicts} FROM classed'


def _filled(sql: str, tops: dict[str, str]) -> str:
    for name, value in tops.items():
        sql = sql.replace(f"{{{name}}}", value)
    return f"coalesce({sql}, false)"


def _over(column: str, points: list[str]) -> str:
    return " + ".join(f"(coalesce({column}, 0) > {point})::INT" for point in points)


def moments(hand: Hand, now: datetime, cuts: dict[str, Any]) -> dict[str, datetime]:
    """Every parameter of the statement."""
    from zhiji.flow.segment.conditions.window import back

    found = {f"d{days}": back(now, days, "days") for days in hand.days}
    found |= {f"r{at}": back(now, round(days * 1440), "minutes") for at, days in enumerate(cuts["recency"])}
    return {"now": now, **found}
