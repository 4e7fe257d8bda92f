"""A turn's questions: who is touched is asked what can have changed, and the answers are settled."""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.segment.definitions import measures
from zhiji.flow.segment.definitions.dependency_index import Index
from zhiji.flow.segment.engine.resident import resident
from zhiji.flow.segment.engine.slices import everyone, few, run, run_again
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.live import dirty_customers, log_blocks
from zhiji.flow.segment.live.leaves_asked import leafed
from zhiji.flow.segment.live.membership_update import Settlement, settle
from zhiji.kernel.columnar.frame import Frame

CHUNK = 10_000
APART = 1_000  # customers from whom on they are asked in parts
FEW = 250  # customers up to whom all definitions are asked together
MANY = 40_000  # touched customers from whom on reading everybody's history from the lake is quicker
ROUNDS = 5  # of definitions that read the log of others
_pool = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="classify")
_ORDERED = frozenset({"merge", *measures.FACTS, *(f"window:{name}" for name in measures.FACTS)})


def settle_all(now: Index, work: Settlement, found: dirty_customers.Touched) -> None:
    """Ask, for each thing that touched, the definitions that it can have changed, about those it touched."""
    measured = {root for root, reasons in found.items() if reasons & _ORDERED}
    groups = _few_together(now, _grouped(now, found))
    left = _settle(now, work, [(keys, sorted(roots)) for keys, roots in groups.items()], measured)
    for part in _asked(now.measures, sorted(left), work.as_of):
        measures.keep(part, work.as_of)


def _grouped(now: Index, found: dirty_customers.Touched) -> dict[frozenset[str], set[int]]:
    """The roots by the definitions to ask; all of them where two reasons ask for different ones: a slice is dearer."""
    affected = {reason: now.affected(reason) for reason in set().union(*found.values())}
    asked: dict[frozenset[str], frozenset[str]] = {}
    groups: dict[frozenset[str], set[int]] = {}
    for root, reasons in found.items():
        told = frozenset(reasons)
        if told not in asked:
            several = [affected[reason] for reason in told]
            union = frozenset[str]().union(*several)
            asked[told] = union if union in several else now.all
        if asked[told]:
            groups.setdefault(asked[told], set()).add(root)
    return groups


def _few_together(now: Index, groups: Mapping[frozenset[str], set[int]]) -> dict[frozenset[str], set[int]]:
    """The groups, all of few customers as one: a slice and a statement of everything instead of one for each. Likewise
    all there are, where so many are asked everything that everybody is.
    """
    if len(groups.get(now.all, ())) > MANY:
        return {now.all: set().union(*groups.values())}
    small = {keys: roots for keys, roots in groups.items() if len(roots) <= FEW}
    if len(small) < 2:
        return dict(groups)
    many = {keys: roots for keys, roots in groups.items() if keys not in small}
    return {now.all: many.pop(now.all, set()).union(*small.values()), **many}


def _settle(
    now: Index,
    work: Settlement,
    groups: Iterable[tuple[frozenset[str], list[int]]],
    measured: Collection[int] = (),
) -> set[int]:
    """Ask each set of definitions about its customers, settle the answers and write what changed; keep the measures of
    those `measured` from the same slices. Returns those of them who were in no slice.

    While one of several slices is evaluated by threads of their own, the next is read, and the one before is settled.
    """
    left, asked = set(measured), deque[_Asked]()
    for keys, roots in groups:
        if len(roots) > MANY:
            _settle_many(now, work, keys, roots)
            continue
        statement = now.statement(keys, with_leaves=True)
        chunks = _chunks(roots)
        begin = _pool.submit if len(chunks) > 1 else _at_once
        for chunk in chunks:
            also = left.intersection(chunk)
            left -= also
            needs = statement.needs.with_tables_of(now.measures.needs) if also else statement.needs
            tables = few(needs, chunk, work.as_of, resident=resident())
            measuring = _pool.submit(run_again, now.measures, tables, work.as_of) if also else None
            answer = begin(run_again, statement, tables, work.as_of)
            asked.append(_Asked(chunk, statement, answer, sorted(also), measuring))
            if len(asked) > 1:
                _settle_asked(work, asked.popleft())
    for one in asked:
        _settle_asked(work, one)
    return left


def _at_once(act: Callable[..., Frame], *given: Any) -> Future[Frame]:
    done = Future[Frame]()
    done.set_result(act(*given))
    return done


def _chunks(roots: list[int]) -> list[list[int]]:
    """The customers in two halves, or in more parts of CHUNK; few of them in one."""
    size = min(CHUNK, max(APART, -(-len(roots) // 2)))
    return [roots[at : at + size] for at in range(0, len(roots), size)]


@dataclass(frozen=True)
class _Asked:
    """A slice that is being evaluated: whom about, by what, and whose measures along with it."""

    chunk: list[int]
    statement: Statement
    answer: Future[Frame]
    also: list[int]
    measuring: Future[Frame] | None


def _settle_asked(work: Settlement, one: _Asked) -> None:
    settle(work, one.statement, one.answer.result(), one.chunk)
    if one.measuring is not None:
        measures.keep(_of(one.measuring.result().arrow(), one.also), work.as_of)
    work.save()


def _settle_many(now: Index, work: Settlement, keys: frozenset[str], roots: list[int] | None) -> None:
    """Ask a set of definitions about so many (None: everybody) that everybody's history is read from the lake."""
    statement = now.statement(keys)
    answer = run(statement, everyone(statement.needs, work.as_of), work.as_of)
    work.single = min(work.single, log_blocks.MOST)
    work.leafed = lambda wanted: leafed(work.known, wanted, work.as_of, lambda: now.statement(keys, with_leaves=True))
    settle(work, statement, answer if roots is None else _of(answer, roots), roots)


def _of(answer: pa.Table, roots: list[int]) -> pa.Table:
    return answer.filter(pc.is_in(answer.column("id"), pa.array(roots, pa.int64())))


def _asked(statement: Statement, roots: list[int], as_of: datetime) -> Iterable[pa.Table]:
    """The statement's answers about these roots, in parts of CHUNK; of very many, all at once, from the lake."""
    if len(roots) > MANY:
        yield _of(run(statement, everyone(statement.needs, as_of), as_of), roots)
        return
    for at in range(0, len(roots), CHUNK):
        tables = few(statement.needs, roots[at : at + CHUNK], as_of, resident=resident())
        yield run_again(statement, tables, as_of).arrow()


def day_began(now: Index, work: Settlement) -> None:
    """Ask the definitions that read a calendar about everyone."""
    of_others, work.cause = work.cause, lambda _: "day"
    _settle_many(now, work, now.calendar, None)
    work.cause = of_others


def follow(now: Index, work: Settlement) -> None:
    """Ask the definitions that read the log of others about those whose membership in these has just changed."""
    asked = 0
    for _ in range(ROUNDS):
        groups: dict[frozenset[str], set[int]] = {}
        for change in work.changes[asked:] if now.followers else ():
            key = f"segment:{change.segment_key}" if change.segment_key else f"scheme:{change.scheme_key}"
            if keys := now.followers.get(key):
                groups.setdefault(keys, set()).add(change.customer_id)
        if not groups:
            return
        asked = len(work.changes)
        _settle(now, work, [(keys, sorted(roots)) for keys, roots in groups.items()])
        work.save()
