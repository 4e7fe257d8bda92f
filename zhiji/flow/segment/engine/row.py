"""The joined row of a slice: every customer with one column for each attribute, aggregate and mark.

An Ibis expression over tables that are left as names: customers, tags, consents, and one for each fact name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from zhiji.flow.segment.conditions.comparison import micros
from zhiji.flow.segment.conditions.where import passes
from zhiji.flow.segment.conditions.window import Anchor
from zhiji.flow.segment.engine.scans import ENGINE_TYPES, PROPERTY_TYPES, Scan, digest, kept
from zhiji.kernel.engine import TIME, moment

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

ROW = "row"


def joined(needs: Needs) -> Any:
    """All in one expression."""
    row, several = _customers(needs), parts(needs)
    keys = [f"of {at}" for at in range(len(several))]
    for key, part in zip(keys, several, strict=True):
        row = row.left_join(part.rename({key: "customer_id"}), [("id", key)])
    return _filled(needs, row.drop(*keys) if keys else row)


def laid(needs: Needs, several: Iterable[Any]) -> Any:
    """The same over a table ROW, in which these parts lie beside the customers."""
    columns = dict(_customers(needs).schema().items())
    for part in several:
        columns |= {name: type_ for name, type_ in part.schema().items() if name != "customer_id"}
    return _filled(needs, ibis.table(columns, name=ROW))


def parts(needs: Needs) -> list[Any]:
    """What is derived of facts, tags and consents: tables by customer_id, each customer at most once."""
    found = [_measured(needs, name) for name in sorted(needs.facts) if needs.facts[name].main.aggregates]
    found += [_anchored(needs, *needs.anchors[key]) for key in sorted(needs.anchors)]
    found += [needs.derived[column](needs) for column in sorted(needs.derived)]
    found += [_marked(needs)] if needs.marks else []
    found += [_tagged(needs)] if needs.tags else []
    found += [_consented(needs)] if needs.consents else []
    return found


def _customers(needs: Needs) -> Any:
    columns = {"id": "int64", **{name: ENGINE_TYPES[type_] for name, (_, type_) in needs.attributes.items()}}
    return ibis.table(columns | {name: made.type for name, made in needs.made.items()}, name="customers")


def _filled(needs: Needs, row: Any) -> Any:
    yes_or_no = [*needs.marks, *(f"tag:{tag}" for tag in needs.tags)]
    return row.mutate({name: row[name].fill_null(False) for name in sorted(yes_or_no)})


def table(needs: Needs, name: str, starts: Iterable[str] = (), flags: Iterable[str | None] = ()) -> Any:
    """The facts of a name up to the moment asked about, after the earliest of `starts` (none: of all time), with a
    column for each of these filters."""
    need = needs.facts[name]
    columns = {column: PROPERTY_TYPES[column.partition(":")[0]] for column in sorted(need.columns)}
    facts = ibis.table({"customer_id": "int64", "occurred_at": TIME, **columns}, name=f"fact:{name}")
    wanted = facts.occurred_at <= moment("as_of")
    if keys := sorted(starts):
        wanted &= facts.occurred_at > _oldest(needs, keys)
    facts = facts.filter(wanted)
    asked = sorted({flag for flag in flags if flag is not None})
    return facts.mutate(**{flag: passes(facts, name, need.flags[flag], needs) for flag in asked}) if asked else facts


def _oldest(needs: Needs, keys: Sequence[str]) -> Any:
    """The earliest of some moments."""
    if len(keys) == 1:
        return moment(keys[0])
    name = f"oldest_{digest(keys)}"
    computed = [needs.moments[key] for key in keys]
    needs.moments[name] = lambda as_of: min(compute(as_of) for compute in computed)
    return moment(name)


def _measured(needs: Needs, name: str) -> Any:
    scan = needs.facts[name].main
    return _aggregated(scan, table(needs, name, () if scan.ever else scan.starts, scan.flags))


def _aggregated(scan: Scan, facts: Any) -> Any:
    built = {column: build(facts) for column, build in sorted(scan.aggregates.items())}
    return facts.group_by("customer_id").aggregate(**built)


def _anchored(needs: Needs, name: str, anchor: Anchor, scan: Scan) -> Any:
    flag = needs.flag(anchor.fact, anchor.where)
    anchors = table(needs, anchor.fact, flags=[flag])
    outermost = anchors.occurred_at.min if anchor.which == "first" else anchors.occurred_at.max
    anchors = anchors.group_by("customer_id").aggregate(anchor=micros(outermost(where=kept(anchors, flag))))
    return _aggregated(scan, table(needs, name, flags=scan.flags).join(anchors, "customer_id"))


def _marked(needs: Needs) -> Any:
    """All marks in one table: one union and one pass, instead of a join for each."""
    names = sorted(needs.marks)
    parts = [
        needs.marks[name](needs).select("customer_id", mark=ibis.literal(at, type="int32"))
        for at, name in enumerate(names)
    ]
    marked = parts[0] if len(parts) == 1 else ibis.union(*parts)
    return marked.group_by("customer_id").aggregate(
        **{name: (marked.mark == at).any() for at, name in enumerate(names)}
    )


def _tagged(needs: Needs) -> Any:
    tags = ibis.table({"customer_id": "int64", "tag": "string"}, name="tags")
    built = {f"tag:{tag}": (tags.tag == tag).any() for tag in sorted(needs.tags)}
    return tags.group_by("customer_id").aggregate(**built)


def _consented(needs: Needs) -> Any:
    columns = {"customer_id": "int64", "channel": "string", "purpose": "string", "granted": "boolean"}
    words = ibis.table(columns, name="consents")
    built = {
        needs.consent(channel, purpose): words.granted.any(
            where=(words.channel == channel) & (words.purpose == purpose)
        )
        for channel, purpose in sorted(needs.consents)
    }
    return words.group_by("customer_id").aggregate(**built)
