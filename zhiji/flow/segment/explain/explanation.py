"""Why a customer meets a condition, or doesn't, at any moment: the whole tree with what decided each part.

Every part has its verdict, since when it stands, and when it will be another by itself; a leaf its value, what it is
held against, the facts behind it and what it lacks; the whole has the smallest sets of leaves that would change it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhiji.access.models import User
from zhiji.flow.segment.conditions import All, Node, Not, parse
from zhiji.flow.segment.conditions.membership import InClass, InSegment
from zhiji.flow.segment.conditions.offered import Offered
from zhiji.flow.segment.conditions.words import Words
from zhiji.flow.segment.definitions.readable import nodes_of, refuse_untold
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.engine.statement import leaf_key
from zhiji.flow.segment.explain.counterfactuals import lacking, smallest
from zhiji.flow.segment.explain.evidence import Evidence, Witness
from zhiji.flow.segment.explain.reasons import Why, shown
from zhiji.flow.segment.explain.validity import Asked, Span

DEEPEST = 5
"""References that are followed into one another."""


@dataclass
class Part:
    """A node of the tree. `since` and `until` None: beyond what was looked through. Of a leaf that refers to a
    definition, `parts` are that definition's, `of` says which ("segment:x", "class:scheme.x")."""

    path: str
    kind: str
    sentence: str
    sentence_en: str
    holds: bool
    since: datetime | None
    until: datetime | None
    leaf: bool
    value: Any = None
    threshold: Any = None
    facts: list[Evidence] = field(default_factory=list)
    lacks: str = ""
    lacks_en: str = ""
    of: str = ""
    parts: list["Part"] = field(default_factory=list)

    def walk(self) -> Iterator["Part"]:
        yield self
        for one in self.parts:
            yield from one.walk()


@dataclass
class Explanation:
    """Whether a condition holds for a customer at `as_of`, and why. `ways`: the smallest sets of leaves that would
    change it. Everything from `looked_back` to `looked_ahead` was looked through for `since` and `until`."""

    customer_id: int
    as_of: datetime
    looked_back: datetime
    looked_ahead: datetime
    tree: Part
    ways: list[list[Part]]

    @property
    def holds(self) -> bool:
        return self.tree.holds

    @property
    def why(self) -> Why:
        """The tree's own leaves, as reasons are kept in the log."""
        return [_reason(one) for one in self.tree.walk() if one.leaf and "→" not in one.path]


@dataclass
class Step:
    """A class of a scheme: its condition (None of the last), whether the customer is in it, and, of the classes beside
    the customer's, the smallest sets of leaves that would move the customer there."""

    key: str
    name: str
    here: bool
    tree: Part | None
    ways: list[list[Part]] | None = None


@dataclass
class ClassExplanation:
    """Which class of a scheme a customer is in at `as_of`, since when, until when, into which then, and why."""

    customer_id: int
    as_of: datetime
    looked_back: datetime
    looked_ahead: datetime
    scheme: str
    found: str
    since: datetime | None
    until: datetime | None
    then: str | None
    classes: list[Step]


def explain(
    tree: Any,
    customer_id: int,
    as_of: datetime,
    user: User | None = None,
    *,
    now: datetime | None = None,
    known: Definitions | None = None,
) -> Explanation | None:
    """Explain a condition for a root, as `user` may know it (None: the house, which may know all); None for who is no
    root, or wasn't seen by then. Raises ConditionError, NotToBeTold.

    `now` is the present, if `as_of` is a past moment: what was given of the customer counts as it was known then.
    """
    known = known or definitions()
    node = tree if isinstance(tree, Node) else parse(tree)
    refuse_untold([node], user, known)
    asking = Asking(known, [node], (), customer_id, as_of, now or as_of, user)
    if asking.asked.row is None:
        return None
    part = asking.part(node, "$")
    asked = asking.asked
    return Explanation(customer_id, as_of, asked.looked_back, asked.looked_ahead, part, asking.ways(node))


def explain_scheme(
    key: str,
    customer_id: int,
    as_of: datetime,
    user: User | None = None,
    *,
    now: datetime | None = None,
    known: Definitions | None = None,
) -> ClassExplanation | None:
    """Explain the class of a root in the scheme `key`, as `explain`. Raises KeyError, NotToBeTold."""
    known = known or definitions()
    refuse_untold(nodes_of(f"scheme:{key}", known), user, known)
    classes = known.schemes[key].classes
    asking = Asking.scheme(known, key, customer_id, as_of, now or as_of, user)
    row = asking.asked.row
    if row is None:
        return None
    found, span = row[f"c:{key}"], asking.spans[f"c:{key}"]
    at = [one.key for one in classes].index(found)
    steps = []
    for number, one in enumerate(classes):
        part = None if one.node is None else asking.part(one.node, f"{key}.{one.key}")
        step = Step(one.key, known.names.classes.get((key, one.key), one.key), number == at, part)
        if abs(number - at) == 1:
            step.ways = asking.ways(_into([other.node for other in classes], number))
        steps.append(step)
    then = asking.asked.rows([span.until])[span.until][f"c:{key}"] if span.until else None
    asked = asking.asked
    return ClassExplanation(
        customer_id, as_of, asked.looked_back, asked.looked_ahead, key, found, span.since, span.until, then, steps
    )


def _into(nodes: Sequence[Node | None], number: int) -> Node:
    """The condition of being in the class at this place: its own holds, none before it does."""
    parts: list[Any] = [Not(one) for one in nodes[:number] if one is not None]  # type: ignore[arg-type]
    if (own := nodes[number]) is not None:
        parts.append(own)
    return All(parts)


def _reason(one: Part) -> dict[str, Any]:
    return {
        "sentence": one.sentence,
        "sentence_en": one.sentence_en,
        "value": one.value,
        "threshold": one.threshold,
        "holds": one.holds,
    }


def referred(leaf: Node, known: Definitions) -> list[tuple[str, Node]]:
    """What a leaf refers to: (which, condition)."""
    if isinstance(leaf, InSegment) and leaf.segment in known.segments:
        return [(f"segment:{leaf.segment}", known.segments[leaf.segment].node)]
    if isinstance(leaf, InClass) and leaf.scheme in known.schemes:
        classes = known.schemes[leaf.scheme].classes
        return [(f"class:{leaf.scheme}.{one.key}", one.node) for one in classes if one.node is not None]
    if isinstance(leaf, Offered):
        return [(f"offered:{leaf.name}", leaf.expansion)]
    return []


class Asking:
    """Trees with all they refer to, asked about one customer."""

    def __init__(
        self,
        known: Definitions,
        nodes: Sequence[Node],
        schemes: tuple[str, ...],
        root: int,
        as_of: datetime,
        now: datetime,
        user: User | None = None,
    ) -> None:
        self.known, self.witness = known, Witness(root, as_of, user)
        self.chinese, self.english = Words(True, known.names), Words(False, known.names)
        self.numbers: dict[bytes, str] = {}
        every: dict[str, Node] = {}
        for node in nodes:
            self._collect(node, every, 0)
        self.asked = Asked(known, every, schemes, root, as_of, now)
        self.spans = self.asked.spans()
        self.leaves: dict[bytes, Part] = {}

    @classmethod
    def scheme(
        cls, known: Definitions, key: str, root: int, as_of: datetime, now: datetime, user: User | None = None
    ) -> "Asking":
        """About the classes of a scheme. Raises KeyError."""
        nodes = [one.node for one in known.schemes[key].classes if one.node is not None]
        return cls(known, nodes, (key,), root, as_of, now, user)

    def span(self, node: Node) -> Span:
        """Since when and until when one of the trees is answered as it is."""
        return self.spans[f"v:{self.numbers[leaf_key(node)]}"]

    def _collect(self, node: Node, every: dict[str, Node], depth: int) -> None:
        key = leaf_key(node)
        if key in self.numbers:
            return
        self.numbers[key] = number = str(len(every))
        every[number] = node
        for child in node.children():
            self._collect(child, every, depth)
        if depth < DEEPEST and not node.children():
            for _which, one in referred(node, self.known):
                self._collect(one, every, depth + 1)

    def part(self, node: Node, path: str, depth: int = 0, of: str = "") -> Part:
        """The node's part with all below it."""
        children = node.children()
        assert self.asked.row is not None  # noqa: S101 - whoever asks has looked
        column = f"v:{self.numbers[leaf_key(node)]}"
        span = self.span(node)
        part = Part(
            path=path,
            kind=str(node.__struct_config__.tag),
            sentence=node.said(self.chinese),
            sentence_en=node.said(self.english),
            holds=bool(self.asked.row[column]),
            since=span.since,
            until=span.until,
            leaf=not children,
            of=of,
        )
        if children:
            for index, child in enumerate(children):
                step = f"{path}.of" if isinstance(node, Not) else f"{path}.of[{index}]"
                part.parts.append(self.part(child, step, depth))
            return part
        self._leaf(part, node)
        if depth < DEEPEST:
            part.parts = [
                self.part(one, f"{path}→{which}", depth + 1, which)
                for which, one in referred(node, self.known)
                if leaf_key(one) in self.numbers
            ]
        return part

    def _leaf(self, part: Part, leaf: Node) -> None:
        """Fill what only leaves have."""
        assert self.asked.row is not None  # noqa: S101
        number = self.asked.statement.leaf_names[leaf_key(leaf)]
        raw = self.asked.row[f"l:{number}"]
        part.value, part.threshold = shown(raw), leaf.threshold()
        part.facts = self.witness.of(leaf)
        part.lacks = lacking(leaf, raw, part.holds, self.chinese)
        part.lacks_en = lacking(leaf, raw, part.holds, self.english)
        self.leaves.setdefault(leaf_key(leaf), part)

    def ways(self, node: Node) -> list[list[Part]]:
        """The smallest sets of leaves that would change the tree; their parts were made before."""
        verdicts = {key: one.holds for key, one in self.leaves.items()}
        return [[self.leaves[leaf_key(one)] for one in chosen] for chosen in smallest(node, verdicts)]
