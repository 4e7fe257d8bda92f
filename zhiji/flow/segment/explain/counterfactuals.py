"""What would change a verdict: the smallest sets of leaves that must become others, and what each of them lacks."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from functools import singledispatch
from itertools import product
from typing import Any

from zhiji.flow.segment.conditions import All, Node, Not, Some
from zhiji.flow.segment.conditions.attribute import Attribute
from zhiji.flow.segment.conditions.behaviour import Behaviour, Recency
from zhiji.flow.segment.conditions.bucket import Bucket
from zhiji.flow.segment.conditions.habit import Regular, Stopped
from zhiji.flow.segment.conditions.measure import Other
from zhiji.flow.segment.conditions.membership import Consented, InClass, InSegment, Tagged
from zhiji.flow.segment.conditions.words import Words
from zhiji.flow.segment.engine.statement import leaf_key
from zhiji.kernel.facts import fact_types

MOST = 6
"""Sets that are told."""
Leaf = bytes
Verdicts = Mapping[Leaf, bool]
Choice = dict[Leaf, Node]
NOT = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge", "eq": "ne", "ne": "eq"}


def holds(node: Node, verdicts: Verdicts) -> bool:
    """A tree's verdict from those of its leaves."""
    if isinstance(node, All):
        return all(holds(one, verdicts) for one in node.of)
    if isinstance(node, Some):
        return any(holds(one, verdicts) for one in node.of)
    if isinstance(node, Not):
        return not holds(node.of, verdicts)
    return verdicts[leaf_key(node)]


def smallest(node: Node, verdicts: Verdicts) -> list[list[Node]]:
    """The smallest sets of leaves that, each becoming the other, change the tree's verdict; at most six."""
    before = holds(node, verdicts)
    found: list[Choice] = []
    for chosen in _turned(node, verdicts):
        after = {key: value != (key in chosen) for key, value in verdicts.items()}
        if holds(node, after) != before and chosen.keys() not in [one.keys() for one in found]:
            found.append(chosen)
    least = min((len(one) for one in found), default=0)
    return [list(one.values()) for one in found if len(one) == least][:MOST]


def _turned(node: Node, verdicts: Verdicts) -> list[Choice]:
    """Sets that change this node, smallest first; none when nothing can."""
    if isinstance(node, Not):
        return _turned(node.of, verdicts)
    if isinstance(node, All | Some):
        standing = isinstance(node, All)
        wrong = [one for one in node.of if holds(one, verdicts) != standing]
        if wrong:
            return _together([_turned(one, verdicts) for one in wrong])
        return _least(choice for one in node.of for choice in _turned(one, verdicts))
    return [] if isinstance(node, Bucket) else [{leaf_key(node): node}]


def _together(parts: list[list[Choice]]) -> list[Choice]:
    """One choice of each part, all at once."""
    several: list[Choice] = [{}]
    for part in parts:
        several = _least({**one, **other} for one, other in product(several, part))
    return several


def _least(choices: Iterable[Choice]) -> list[Choice]:
    return sorted(choices, key=len)[: 2 * MOST]


def lacking(leaf: Node, value: Any, verdict: bool, words: Words) -> str:
    """What must happen for a leaf to become the other, as a sentence; "" where nothing can."""
    return _lacking(leaf, value, verdict, words)


@singledispatch
def _lacking(leaf: Node, value: Any, verdict: bool, words: Words) -> str:
    said = leaf.said(words)
    if words.chinese:
        return f"“{said}”变为{'不' if verdict else ''}成立"
    return f"“{said}” {'no longer holds' if verdict else 'comes to hold'}"


@_lacking.register
def _(leaf: Bucket, value: Any, verdict: bool, words: Words) -> str:
    return ""


@_lacking.register
def _(leaf: Tagged, value: Any, verdict: bool, words: Words) -> str:
    if words.chinese:
        return f"去掉标签“{leaf.tag}”" if verdict else f"打上标签“{leaf.tag}”"
    return f"{'take off' if verdict else 'put on'} the tag “{leaf.tag}”"


@_lacking.register
def _(leaf: Consented, value: Any, verdict: bool, words: Words) -> str:
    granted = leaf.granted != verdict
    if words.chinese:
        return f"{'同意' if granted else '拒绝'} {leaf.channel}（{leaf.purpose}）"
    return f"{'grant' if granted else 'withdraw'} {leaf.channel} ({leaf.purpose})"


@_lacking.register
def _(leaf: InSegment, value: Any, verdict: bool, words: Words) -> str:
    name = words.names.segments.get(leaf.segment, leaf.segment)
    if words.chinese:
        return f"{'离开' if verdict else '进入'}客群“{name}”"
    return f"{'leave' if verdict else 'enter'} the segment “{name}”"


@_lacking.register
def _(leaf: InClass, value: Any, verdict: bool, words: Words) -> str:
    if leaf.held or leaf.previous:
        return _lacking.dispatch(Node)(leaf, value, verdict, words)
    scheme = words.names.schemes.get(leaf.scheme, leaf.scheme)
    names = words("list").join(words.names.classes.get((leaf.scheme, one), one) for one in leaf.classes)
    if words.chinese:
        return f"“{scheme}”{'不再是' if verdict else '变为'}{names}"
    return f"“{scheme}” {'is no longer' if verdict else 'becomes'} {names}"


@_lacking.register
def _(leaf: Attribute, value: Any, verdict: bool, words: Words) -> str:
    said = leaf.said(words)
    if words.chinese:
        return f"资料改为{'不' if verdict else ''}满足“{said}”"
    return f"the profile {'no longer meets' if verdict else 'comes to meet'} “{said}”"


@_lacking.register
def _(leaf: Recency, value: Any, verdict: bool, words: Words) -> str:
    fact = words.fact(leaf.fact)
    longer = (leaf.op in ("gt", "ge")) != verdict
    if leaf.op in ("eq", "ne") or (value is not None and longer) or (value is None and verdict):
        span = f"{leaf.value} {words(leaf.unit)}"
        if leaf.op in ("eq", "ne"):
            return _lacking.dispatch(Node)(leaf, value, verdict, words)
        return f"距上次{fact}超过 {span}" if words.chinese else f"the last {fact} lies more than {span} back"
    return f"再有 1 次{fact}" if words.chinese else f"1 more {fact}"


@_lacking.register
def _(leaf: Behaviour, value: Any, verdict: bool, words: Words) -> str:
    op = NOT.get(leaf.op, "") if verdict else leaf.op
    against = leaf.value
    whole = leaf.measure in ("count", "distinct")
    if isinstance(against, Other) or leaf.measure not in ("count", "distinct", "sum") or not _number(against):
        return _lacking.dispatch(Node)(leaf, value, verdict, words)
    more, strict = _difference(op, Decimal(str(value or 0)), Decimal(str(against)), whole=whole)
    if leaf.measure == "sum":
        return _amount(leaf, more, strict, words)
    what = words.fact(leaf.fact) if leaf.measure == "count" else words.property(leaf.fact, str(leaf.property))
    filtered = ("符合筛选的" if words.chinese else "matching ") if leaf.where else ""
    number = f"{abs(more).normalize():f}"
    if words.chinese:
        unit = "次" if leaf.measure == "count" else "种"
        return f"{'再有' if more > 0 else '减少'} {number} {unit}{filtered}{what}"
    return f"{number} {'more' if more > 0 else 'fewer'} {filtered}{what}"


@_lacking.register
def _(leaf: Regular, value: Any, verdict: bool, words: Words) -> str:
    return _periods(words.fact(leaf.fact), leaf.at_least - int(value or 0), words(leaf.unit), words)


@_lacking.register
def _(leaf: Stopped, value: Any, verdict: bool, words: Words) -> str:
    if verdict:
        fact = words.fact(leaf.fact)
        return f"再有 1 次{fact}" if words.chinese else f"1 more {fact}"
    return _lacking.dispatch(Node)(leaf, value, verdict, words)


def _periods(fact: str, missing: int, unit: str, words: Words) -> str:
    count = missing if missing > 0 else 1 - missing
    if words.chinese:
        return f"再有 {count} {unit}里有{fact}" if missing > 0 else f"有{fact}的{unit}减少 {count}"
    return f"{fact} in {count} {'more' if missing > 0 else 'fewer'} {unit}"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _difference(op: str, value: Decimal, against: Decimal, *, whole: bool) -> tuple[Decimal, bool]:
    """How much must be added (below 0: taken away), and whether a little more than that."""
    away = against - value
    if not whole:
        return away, op in ("gt", "lt", "ne")
    floor = against.to_integral_value(ROUND_FLOOR)
    target = {
        "ge": floor if floor == against else floor + 1,
        "gt": floor + 1,
        "le": floor,
        "lt": floor - 1 if floor == against else floor,
        "eq": against,
        "ne": value + 1,
    }[op]
    return target - value, False


def _amount(leaf: Behaviour, more: Decimal, strict: bool, words: Words) -> str:
    money = any(
        one.name == leaf.property and one.type == "money"
        for kind in [fact_types().get(leaf.fact)]
        if kind
        for one in kind.properties
    )
    number = f"{'¥' if money else ''}{abs(more):,.2f}".removesuffix(".00")
    label = words.property(leaf.fact, str(leaf.property))
    if words.chinese:
        if more == 0:
            return f"{label}变动一点"
        return f"{label}{'再多' if more > 0 else '减少'}{'超过 ' if strict else ' '}{number}"
    if more == 0:
        return f"{label} changes a little"
    return f"{label} {'more' if more > 0 else 'less'} by {'over ' if strict else ''}{number}"
