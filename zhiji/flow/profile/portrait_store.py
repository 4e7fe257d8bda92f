"""Portraits in bulk: read the states of many roots, write back those that changed, or make them anew from facts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import orjson
from django.db import connection
from psycopg.types.json import Jsonb

from zhiji.access.models import User
from zhiji.flow.profile import past, search_index
from zhiji.flow.profile.models import Consent, Portrait, Tag, Tagging
from zhiji.flow.profile.names import sorting_key
from zhiji.flow.profile.portrait import PARTS, TELLING, Put, State, Word, tell
from zhiji.kernel.facts import internal_names


def load(roots: Collection[int], *, lock: bool = True) -> dict[int, State]:
    """The states of these roots as they stand; to be changed, their rows are locked in the order of their ids."""
    rows = Portrait.objects.filter(customer_id__in=roots).order_by("customer_id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    states = {row.customer_id: _state(row) for row in rows}
    for tagging in Tagging.objects.filter(customer_id__in=states).select_related("tag"):
        states[tagging.customer_id].tags[tagging.tag.key] = Put(tagging.by, tagging.at, tagging.tag.name)
    for word in Consent.objects.filter(customer_id__in=states):
        states[word.customer_id].consents[word.channel, word.purpose] = Word(word.granted, word.at, word.proof)
    return states


def _state(row: Portrait) -> State:
    return State(
        parts={name: getattr(row, name) for name in PARTS},
        attributes=dict(row.attributes),
        owner_id=row.owner_id,
        priority=row.priority,
        registered_at=row.registered_at,
        stamps=dict(row.stamps),
        since=dict(row.since),
    )


def save(states: Mapping[int, State], as_of: datetime) -> None:
    """Write the states that changed, with their tags, consents and search keys."""
    changed = {root: state for root, state in sorted(states.items()) if state.changed}
    if changed:
        _save_rows(changed, as_of)
        _save_tags(changed)
        _save_consents(changed)
        past.keep(changed)
        search_index.keep({root: state.parts["name"] for root, state in changed.items()})


def _save_rows(states: Mapping[int, State], as_of: datetime) -> None:
    owners = set(User.objects.filter(pk__in={one.owner_id for one in states.values()}).values_list("id", flat=True))
    rows = [
        (
            root,
            *state.parts.values(),
            sorting_key(state.parts["name"]),
            Jsonb(state.attributes),
            state.owner_id if state.owner_id in owners else None,
            state.priority,
            state.registered_at,
            Jsonb(state.stamps),
            Jsonb(state.since),
        )
        for root, state in states.items()
    ]
    names = (*PARTS, "name_key", "attributes", "owner_id", "priority", "registered_at", "stamps", "since")
    types = ("bigint", "text", "text", "date", "text", "text", "text", "text", "jsonb", "bigint", "smallint",
             "timestamptz", "jsonb", "jsonb")  # fmt: skip
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE profile_portrait AS portrait SET updated_at = %s,"
            f" {', '.join(f'{name} = fresh.{name}' for name in names)}"
            f" FROM unnest({arrays}) AS fresh(root, {', '.join(names)}) WHERE portrait.customer_id = fresh.root",
            [as_of, *(list(column) for column in zip(*rows, strict=True))],
        )


def _save_tags(states: Mapping[int, State]) -> None:
    wanted = {(root, tag): put for root, state in states.items() for tag, put in state.tags.items()}
    there = {
        (row.customer_id, row.tag.key): row
        for row in Tagging.objects.filter(customer_id__in=states).select_related("tag")
    }
    gone = [row.pk for key, row in there.items() if key not in wanted]
    if gone:
        Tagging.objects.filter(pk__in=gone).delete()
    fresh = {key: put for key, put in wanted.items() if key not in there or Put(there[key].by, there[key].at) != put}
    if fresh:
        tags = tag_ids({tag: put.name for (_, tag), put in fresh.items()})
        Tagging.objects.bulk_create(
            [Tagging(customer_id=root, tag_id=tags[tag], by=put.by, at=put.at) for (root, tag), put in fresh.items()],
            update_conflicts=True,
            unique_fields=["customer", "tag"],
            update_fields=["by", "at"],
        )


def tag_ids(names: Mapping[str, str]) -> dict[str, int]:
    """The ids of these tags ({key: name}), made where they are new; those that are here keep their first spelling."""
    Tag.objects.bulk_create([Tag(name=names[key]) for key in sorted(names)], ignore_conflicts=True)
    return dict(Tag.objects.filter(key__in=names).values_list("key", "id"))


def _save_consents(states: Mapping[int, State]) -> None:
    rows = [
        Consent(customer_id=root, channel=channel, purpose=purpose, granted=word.granted, at=word.at, proof=word.proof)
        for root, state in states.items()
        for (channel, purpose), word in state.consents.items()
    ]
    Consent.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["customer", "channel", "purpose"],
        update_fields=["granted", "at", "proof"],
    )


def recompute(roots: Iterable[int], as_of: datetime) -> None:
    """Make the portraits of these roots anew from the facts of all customers under them, and hide the merged ones."""
    wanted = sorted(set(roots))
    members = _members(wanted)
    hidden = [one for one, root in members if one != root]
    Tagging.objects.filter(customer_id__in=[one for one, _ in members]).delete()
    Consent.objects.filter(customer_id__in=[one for one, _ in members]).delete()
    past.forget([one for one, _ in members])
    search_index.drop(hidden)
    load(wanted)
    save(_replayed(wanted), as_of)
    _seen_anew(wanted, hidden)


def _replayed(roots: Sequence[int]) -> dict[int, State]:
    """The states of these roots made anew from the facts of all customers under them."""
    states = {root: State(changed=True) for root in roots}
    for root, name, at, properties in _told(roots):
        tell(states[root], name, at, orjson.loads(properties))
    return states


def retell_past(standing: Mapping[int, State]) -> None:
    """Make the past of these roots anew: something was told that belongs between older words."""
    if not standing:
        return
    replayed = {root: past.retold(one, standing[root]) for root, one in _replayed(list(standing)).items()}
    past.forget(list(replayed))
    past.keep(replayed)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE profile_portrait AS portrait SET since = fresh.since"
            " FROM unnest(%s::bigint[], %s::jsonb[]) AS fresh(root, since) WHERE portrait.customer_id = fresh.root",
            [list(replayed), [Jsonb(one.since) for one in replayed.values()]],
        )


def _members(roots: Sequence[int]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, root_id FROM resolve_customer WHERE root_id = ANY (%s)", [list(roots)])
        return list(cursor.fetchall())


def _told(roots: Sequence[int]) -> list[tuple[int, str, datetime, str]]:
    """The facts that say something of these roots, in the order in which they were told: those of the log, and those
    of the inbox whose customer is known, as an action's word holds from the moment it is said.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT root_id, name, occurred_at, properties FROM (
                SELECT customer.root_id, fact.name, fact.occurred_at, fact.properties::text, FALSE AS waits, fact.id
                FROM resolve_customer AS customer
                JOIN kernel_fact AS fact ON fact.customer_id = customer.id AND fact.name = ANY (%(telling)s)
                WHERE customer.root_id = ANY (%(roots)s)
                UNION ALL
                SELECT customer.root_id, fact.name, fact.occurred_at, fact.properties, TRUE, fact.id
                FROM resolve_customer AS customer
                JOIN kernel_accepted AS fact ON fact.customer_id = customer.id AND fact.name = ANY (%(telling)s)
                WHERE customer.root_id = ANY (%(roots)s)
            ) AS told ORDER BY occurred_at, waits, id
            """,
            {"telling": list(TELLING), "roots": list(roots)},
        )
        return list(cursor.fetchall())


def _seen_anew(roots: Sequence[int], hidden: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE profile_portrait SET merged = TRUE WHERE customer_id = ANY (%s) AND NOT merged", [list(hidden)]
        )
        cursor.execute(
            """
            WITH moved AS (
                UPDATE profile_portrait AS portrait
                SET merged = FALSE, first_seen_at = seen.first, last_seen_at = seen.last
                FROM (
                    SELECT customer.root_id, date_trunc('minute', min(fact.occurred_at)) AS first,
                           date_trunc('minute', max(fact.occurred_at)) AS last
                    FROM resolve_customer AS customer
                    LEFT JOIN kernel_fact AS fact ON fact.customer_id = customer.id AND fact.name <> ALL (%s)
                    WHERE customer.root_id = ANY (%s) GROUP BY customer.root_id
                ) AS seen
                WHERE portrait.customer_id = seen.root_id RETURNING portrait.customer_id, portrait.last_seen_at
            )
            UPDATE profile_sight AS sight SET at = moved.last_seen_at FROM moved
            WHERE sight.customer_id = moved.customer_id AND sight.at IS DISTINCT FROM moved.last_seen_at
            """,
            [list(internal_names()), list(roots)],
        )
