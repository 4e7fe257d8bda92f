"""What can change which definitions: by fact name, attribute, tag, consent, calendar, and the log of others.

The definitions that one thing can change are compiled together when they are first asked, and kept as long as none
of them, and nothing they refer to, is edited.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from zhiji.flow.segment.conditions import Node, Reads
from zhiji.flow.segment.definitions import measures
from zhiji.flow.segment.definitions.registry import Definitions, at_revision, grouped
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.live import dirty_customers

SEEN = frozenset({"last_seen_at", "first_seen_at"})
_held = threading.local()


@dataclass
class Index:
    """The built definitions at a revision, with what touches each."""

    known: Definitions
    reads: dict[str, Reads] = field(default_factory=dict)
    facts: dict[str, frozenset[str]] = field(default_factory=dict)
    deciding: dict[str, frozenset[str] | None] = field(default_factory=dict)
    followers: dict[str, frozenset[str]] = field(default_factory=dict)
    _statements: dict[tuple[frozenset[str], bool], Statement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.known.segments:
            self.reads[f"segment:{key}"] = self.known.reads(self.known.segments[key].node)
        for key in self.known.schemes:
            self.reads[f"scheme:{key}"] = self.known.scheme_reads(key)
        self.all = frozenset(self.reads)
        self.deciding = {key: self._deciding(read) for key, read in self.reads.items()}
        self.calendar = frozenset(key for key, read in self.reads.items() if read.calendar)
        self.any_fact = frozenset(key for key, read in self.reads.items() if read.attributes & SEEN)
        for name in measures.FACTS.union(*(one.facts for one in self.reads.values())):
            self.facts[name] = frozenset(key for key, read in self.reads.items() if name in read.facts)
        for name in set().union(*(one.log for one in self.reads.values())):
            self.followers[name] = frozenset(key for key, read in self.reads.items() if name in read.log)
        self.measures = measures.statement(self.known.world)
        everything = self.statement(self.all)
        self.needs = (everything.needs, self.measures.needs)
        self.edges = dirty_customers.Edges(self.needs)

    def affected(self, reason: str) -> frozenset[str]:
        """The definitions that this can change."""
        if reason in ("merge", "new", "day"):
            return self.all
        if reason == "attribute":
            return frozenset(key for key, read in self.reads.items() if read.attributes)
        if reason == "tag":
            return frozenset(key for key, read in self.reads.items() if read.tags)
        if reason == "consent":
            return frozenset(key for key, read in self.reads.items() if read.consents)
        if reason == "seen":
            return self.any_fact
        return self.facts.get(reason.removeprefix("window:"), frozenset())

    def _deciding(self, read: Reads) -> frozenset[str] | None:
        """The names of the facts that a definition reads, what is said of customers among them; None is all."""
        if read.log or read.attributes & SEEN:
            return None
        asked = ((read.attributes, dirty_customers.ATTRIBUTE_FACTS), (read.tags, dirty_customers.TAG_FACTS))
        words = [facts for reads, facts in (*asked, (read.consents, dirty_customers.CONSENT_FACTS)) if reads]
        return dirty_customers.MERGE_FACTS.union(read.facts, *words)

    def statement(self, keys: frozenset[str], *, with_leaves: bool = False) -> Statement:
        """The statement of these definitions, from memory when it was asked before."""
        found = self._statements.get((keys, with_leaves))
        if found is None:
            segments, schemes = grouped(keys)
            trees: Mapping[str, Node] = {f"segment:{key}": self.known.segments[key].node for key in segments}
            found = self.known.statement(trees, tuple(schemes), with_leaves=with_leaves)
            self._statements[keys, with_leaves] = found
        return found


def let_go() -> None:
    """Forget this thread's index."""
    _held.__dict__.clear()


def index(revision: int) -> Index:
    """The live definitions at a revision, kept by each thread."""
    known = at_revision(revision)
    kept: tuple[Definitions, Index] | None = getattr(_held, "index", None)
    if kept is None or kept[0] is not known:
        _held.index = kept = (known, Index(known.live()))
    return kept[1]
