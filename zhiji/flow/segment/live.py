"""The classify stage: within the batch's transaction, find who is touched, ask what can have changed, settle it.

Everything runs under the pipeline's lock, so memberships have one writer. A tick without facts looks only for
passed edges, by index, twice a second. After downtime the first tick finds the edges of the whole gap and
settles them in chunks, at the moment it is now: what would have come and gone meanwhile leaves no trace.
Until the watermark `segment.paused` is taken away (a first load), nothing is classified.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zhiji.flow.segment import measures, touched
from zhiji.flow.segment.changes import Cause
from zhiji.flow.segment.conditions import Node, Reads
from zhiji.flow.segment.conditions.relative import ORDER
from zhiji.flow.segment.engine.slices import few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.settle import Settlement, settle
from zhiji.flow.segment.world import REVISION, Definitions, at_revision
from zhiji.kernel.models import Watermark
from zhiji.kernel.pipeline import Batch

TICK, PAUSED = "segment.tick", "segment.paused"
EVERY = timedelta(seconds=0.5)
CHUNK = 5_000
_held = threading.local()


@dataclass
class Live:
    """The built definitions, compiled as need be, with what touches each."""

    known: Definitions
    reads: dict[str, Reads] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)
    any_fact: bool = False

    def __post_init__(self) -> None:
        for key in self.known.segments:
            self.reads[f"segment:{key}"] = self.known.reads(self.known.segments[key].node)
        for key in self.known.schemes:
            self.reads[f"scheme:{key}"] = self.known.scheme_reads(key)
        self.facts = {ORDER}.union(*(one.facts for one in self.reads.values()))
        self.any_fact = any(one.attributes & {"last_seen_at", "first_seen_at"} for one in self.reads.values())
        self.measures = measures.statement(self.known.world)
        self.all = self.statement(frozenset(self.reads))
        self.edges = touched.Edges((self.all.needs, self.measures.needs))

    def affected(self, reasons: Iterable[str]) -> frozenset[str]:
        """The definitions that these reasons can change."""
        found: set[str] = set()
        for reason in reasons:
            fact = reason.removeprefix("window:")
            for key, read in self.reads.items():
                if (
                    reason in ("merge", "new", "day")
                    or fact in read.facts
                    or (reason == "attribute" and read.attributes)
                    or (reason == "tag" and read.tags)
                    or (self.any_fact and read.attributes)
                ):
                    found.add(key)
        return frozenset(found)

    def statement(self, keys: frozenset[str], *, with_leaves: bool = False) -> Statement:
        trees: dict[str, Node] = {
            key: self.known.segments[key.removeprefix("segment:")].node
            for key in sorted(keys)
            if key.startswith("segment:")
        }
        schemes = tuple(key.removeprefix("scheme:") for key in sorted(keys) if key.startswith("scheme:"))
        return self.known.statement(trees, schemes, with_leaves=with_leaves)


def live(revision: int) -> Live:
    """The live definitions at a revision, kept by each thread."""
    known = at_revision(revision)
    held: tuple[Definitions, Live] | None = getattr(_held, "live", None)
    if held is None or held[0] is not known:
        _held.live = held = (known, Live(known.live()))
    return held[1]


def classify(batch: Batch) -> None:
    """The stage. Leaves Change objects in `batch.changes`."""
    if batch.count:
        touched.remember_ahead(batch.as_of)
    marks = {one.name: one for one in Watermark.objects.filter(name__in=(TICK, PAUSED, REVISION))}
    if PAUSED in marks:
        return
    tick = marks[TICK].at if TICK in marks else None
    due = tick is None or batch.as_of - tick >= EVERY
    if not (batch.count or batch.touched or due):
        return
    now = live((marks[REVISION].fact_id or 0) if REVISION in marks else 0)
    found = _found(now, batch, tick if due else None)
    if due:
        Watermark.objects.update_or_create(name=TICK, defaults={"at": batch.as_of})
    if found:
        _settle_all(now, batch, found)


def _found(now: Live, batch: Batch, tick: datetime | None) -> touched.Touched:
    parts: list[touched.Touched] = [batch.touched]
    if batch.count:
        parts.append(touched.by_facts(None if now.any_fact else now.facts))
        for scheme in list(now.known.schemes.values())[:1]:
            parts.append(touched.newcomers(scheme.id))
    if tick is not None:
        parts.append(touched.crossed(now.edges.ranges(tick, batch.as_of)))
        parts.append(touched.reached(batch.as_of))
    return touched.joined(*parts)


def _settle_all(now: Live, batch: Batch, found: touched.Touched) -> None:
    """Ask each group of customers exactly the definitions that can have changed for them."""
    groups: dict[frozenset[str], list[int]] = {}
    known: dict[frozenset[str], frozenset[str]] = {}
    for root, reasons in found.items():
        same = frozenset(reasons)
        if same not in known:
            known[same] = now.affected(same)
        groups.setdefault(known[same], []).append(root)
    if len(groups) > 4:
        groups = {frozenset().union(*groups): [root for roots in groups.values() for root in roots]}
    work = Settlement(batch.as_of, now.known, causes(found), changes=batch.changes)
    for keys, roots in groups.items():
        for at in range(0, len(roots), CHUNK):
            chunk = roots[at : at + CHUNK]
            _settle(now, work, keys, chunk, any(found[root] & _ORDERED for root in chunk))


_ORDERED = frozenset({ORDER, f"window:{ORDER}", "merge"})


def _settle(now: Live, work: Settlement, keys: frozenset[str], roots: list[int], measured: bool) -> None:
    """Read one slice; ask the definitions, and compute the measures too when an order or its window moved."""
    if not (keys or measured):
        return
    statement = now.statement(keys, with_leaves=True) if keys else now.measures
    needs = statement.needs.with_tables_of(now.measures.needs) if measured else statement.needs
    tables = few(needs, roots, work.as_of)
    if keys:
        settle(work, statement, run(statement, tables, work.as_of), roots)
    if measured:
        measures.keep(run(now.measures, tables, work.as_of), work.as_of)


def causes(found: touched.Touched) -> Callable[[int], Cause]:
    """The cause that the log tells for a customer."""

    def cause(root: int) -> Cause:
        reasons = found.get(root, set())
        if "merge" in reasons:
            return "merge"
        if any(not one.startswith("window:") and one not in ("attribute", "tag", "day", "new") for one in reasons):
            return "attribute" if reasons <= touched.SPECIAL | {"attribute", "tag"} else "fact"
        if reasons & {"attribute", "tag"}:
            return "attribute"
        return "day" if "day" in reasons else "window" if any("window:" in one for one in reasons) else "fact"

    return cause
