"""Random trees over the whole language, drawn from any `random.Random`: a seeded one, or one of Hypothesis'."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from zhiji.flow.segment.tests.oracle.moments import span
from zhiji.flow.segment.tests.trees.being import Being
from zhiji.flow.segment.tests.trees.doing import Tree

KINDS = (
    "behaviour", "recency", "sequence", "absence", "nth", "regular", "stopped", "resumed", "attribute", "anniversary",
    "elapsed", "score", "rank", "class", "segment", "tag", "consent", "bucket", "offered",
)  # fmt: skip
WEIGHTS = {"behaviour": 8, "attribute": 3, "recency": 2, "sequence": 3, "absence": 3, "anniversary": 2, "class": 2}


class Trees(Being):
    """Draws trees that may refer to these segments and schemes (key → class keys), and rank as one of `ranks`."""

    def __init__(
        self,
        random: Random,
        now: date,
        segments: Sequence[str] = (),
        schemes: Mapping[str, Sequence[str]] | None = None,
        ranks: Sequence[Tree] = (),
        kinds: Sequence[str] = KINDS,
    ) -> None:
        self.random, self.now, self.segments, self.schemes, self.ranks = random, now, segments, schemes or {}, ranks
        missing = {"segment": segments, "class": schemes, "rank": ranks}
        self.kinds = [one for one in kinds if one not in missing or missing[one]]

    def tree(self, depth: int = 0) -> Tree:
        form = self.some("leaf", "leaf", "leaf", "leaf", "all", "any", "not") if depth < 4 else "leaf"
        if form == "leaf":
            return self.leaf()
        if form == "not":
            return {"kind": "not", "of": self.tree(depth + 1)}
        return {"kind": form, "of": [self.tree(depth + 1) for _ in range(self.random.randint(1, 3))]}

    def leaf(self) -> Tree:
        return self.of_kind(self.random.choices(self.kinds, [WEIGHTS.get(one, 1) for one in self.kinds])[0])

    def of_kind(self, kind: str) -> Tree:
        draw = getattr(self, {"segment": "member", "class": "in_class"}.get(kind, kind))
        return draw()


def trees(now: date, **known: Any) -> st.SearchStrategy[Tree]:
    """Trees as a Hypothesis strategy; `known` as of Trees."""
    return st.builds(lambda random: Trees(random, now, **known).tree(), st.randoms(use_true_random=False))


def lengths(tree: Any) -> list[timedelta]:
    """The lengths of time in a tree, months and years left out."""
    if isinstance(tree, list):
        return [length for one in tree for length in lengths(one)]
    if not isinstance(tree, dict):
        return []
    found = [length for one in tree.values() for length in lengths(one)]
    if isinstance(tree.get("last"), int) and tree.get("unit") not in ("months", "years"):
        found += [span(tree), span({**tree, "last": tree["last"] + tree.get("ending", 0)})]
    return found
