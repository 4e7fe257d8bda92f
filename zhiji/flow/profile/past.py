"""What was known of customers at a past moment: portraits, tags and consents as relations of SQL.

A word counts from the moment that its fact tells, however late it came in. Who is who is as known today: a root's
past is that of all customers merged into it. What is told once stands in the portrait alone; `Past` keeps what was
replaced.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson
from django.db import connection

from zhiji.flow.profile.portrait import EMPTY, State, Was, micros
from zhiji.kernel.facts import internal_names

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COVERS = "(h.since IS NULL OR h.since <= '{at}') AND h.until > '{at}'"


def keep(states: Mapping[int, State]) -> None:
    """Write down what these states replaced."""
    rows = [(root, was) for root, state in states.items() for was in state.past]
    if not rows:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY profile_past (customer_id, part, was, since, until) FROM STDIN") as copy,
    ):
        for root, was in rows:
            copy.write_row((root, was.part, orjson.dumps(was.value).decode(), _moment(was.since), _moment(was.until)))


def forget(customer_ids: Sequence[int]) -> None:
    """Nothing is known of their past any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM profile_past WHERE customer_id = ANY (%s)", [list(customer_ids)])


def retold(replayed: State, standing: State) -> State:
    """The past of a replay of logged facts, and of the words that the portrait took in before their fact was logged."""
    for part, stamp in standing.stamps.items():
        known = replayed.stamps.get(part)
        if known is not None and known < stamp:
            was, value = replayed.told(part), standing.told(part)
            since = replayed.since.get(part, known)
            if was is None:
                continue
            if was == value and type(was) is type(value):
                replayed.since[part] = since
            else:
                replayed.past.append(Was(part, was, since, stamp))
                replayed.since.pop(part, None)
    return replayed


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else _EPOCH + timedelta(microseconds=stamp)


def portraits(as_of: datetime, roots: Sequence[int] | None) -> str:
    """A relation with the columns of `profile_portrait` as they were; of customers not seen by then, no row.

    `roots` None is everybody. `registered_at` counts from that moment itself, first sight to the minute.
    """
    at, stamp = as_of.astimezone(UTC).isoformat(), micros(as_of)
    columns = ", ".join(f"{_part(name, stamp)} AS {name}" for name in EMPTY)
    return (
        f"(SELECT q.customer_id, q.merged, {columns}, {_owner(stamp)} AS owner_id, {_priority(stamp)} AS priority,"
        f" {_attributes(stamp)} AS attributes, CASE WHEN q.registered_at <= '{at}' THEN q.registered_at END AS"
        f" registered_at, q.first_seen_at, {_last_seen(at)} AS last_seen_at"
        f" FROM profile_portrait q LEFT JOIN {_replaced(at, roots)} h ON h.customer_id = q.customer_id"
        f" WHERE (q.first_seen_at IS NULL OR q.first_seen_at <= '{at}'){_among('q.customer_id', roots)})"
    )


def tags(as_of: datetime, roots: Sequence[int] | None) -> str:
    """A relation (customer_id, tag) of the keys of the tags that roots bore."""
    at, stamp = as_of.astimezone(UTC).isoformat(), micros(as_of)
    told = _told("'tag:' || t.key")
    return (
        "(SELECT g.customer_id, t.key AS tag FROM profile_tagging g JOIN profile_tag t ON t.id = g.tag_id"
        " JOIN profile_portrait q ON q.customer_id = g.customer_id"
        f" WHERE coalesce({told} <= {stamp}, g.at <= '{at}'){_among('g.customer_id', roots)}"
        " UNION SELECT h.customer_id, substr(h.part, 5) FROM profile_past h"
        f" WHERE starts_with(h.part, 'tag:') AND {_COVERS.format(at=at)}{_among('h.customer_id', roots)})"
    )


def consents(as_of: datetime, roots: Sequence[int] | None) -> str:
    """A relation (customer_id, channel, purpose, granted) of the words that stood."""
    at, stamp = as_of.astimezone(UTC).isoformat(), micros(as_of)
    told = _told("'consent:' || k.channel || ':' || k.purpose")
    return (
        "(SELECT k.customer_id, k.channel, k.purpose, k.granted FROM profile_consent k"
        " JOIN profile_portrait q ON q.customer_id = k.customer_id"
        f" WHERE coalesce({told} <= {stamp}, k.at <= '{at}'){_among('k.customer_id', roots)}"
        " UNION ALL SELECT h.customer_id, split_part(h.part, ':', 2), split_part(h.part, ':', 3), h.was::boolean"
        " FROM profile_past h"
        f" WHERE starts_with(h.part, 'consent:') AND {_COVERS.format(at=at)}{_among('h.customer_id', roots)})"
    )


def moments(root: int, parts: Sequence[str] | None = None) -> list[datetime]:
    """When something that is known of a root became another, ascending; of these parts only, if given.

    Parts: name …, `attributes.x`, owner, priority, `tag:x`, `consent:channel:purpose`, registered_at, first_seen_at.
    """
    chosen = "" if parts is None else " AND part = ANY (%(parts)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT at FROM (SELECT unnest(ARRAY[since, until]) AS at, part FROM profile_past"
            " WHERE customer_id = %(root)s UNION ALL SELECT to_timestamp(0) + told.value::bigint * interval"
            " '1 microsecond', told.key FROM profile_portrait q, LATERAL jsonb_each_text(q.stamps || q.since) AS told"
            " WHERE q.customer_id = %(root)s UNION ALL SELECT unnest(ARRAY[registered_at, first_seen_at]),"
            " unnest(ARRAY['registered_at', 'first_seen_at']) FROM profile_portrait WHERE customer_id = %(root)s) AS m"
            f" WHERE at IS NOT NULL{chosen} ORDER BY at",
            {"root": root, "parts": None if parts is None else list(parts)},
        )
        return [at for (at,) in cursor.fetchall()]


def _told(part: str) -> str:
    """The stamp from which a part has the value that it has now."""
    return f"coalesce(q.since->>({part}), q.stamps->>({part}))::bigint"


def _among(column: str, roots: Sequence[int] | None) -> str:
    if roots is None:
        return ""
    return f" AND {column} = ANY ('{{{','.join(str(int(one)) for one in roots)}}}'::bigint[])"


def _replaced(at: str, roots: Sequence[int] | None) -> str:
    """(customer_id, was): the parts that were another, as one object of JSON."""
    return (
        "(SELECT h.customer_id, jsonb_object_agg(h.part, h.was) AS was FROM profile_past h"
        f" WHERE {_COVERS.format(at=at)}{_among('h.customer_id', roots)} GROUP BY h.customer_id)"
    )


def _then(part: str, stamp: int, was: str, empty: str, now: str) -> str:
    return f"CASE WHEN h.was ? '{part}' THEN {was} WHEN {_told(repr(part))} > {stamp} THEN {empty} ELSE {now} END"


def _part(name: str, stamp: int) -> str:
    kind, empty = ("date", "NULL") if EMPTY[name] is None else ("text", f"'{EMPTY[name]}'")
    return _then(name, stamp, f"(h.was->>'{name}')::{kind}", empty, f"q.{name}")


def _owner(stamp: int) -> str:
    return _then("owner", stamp, "(h.was->>'owner')::bigint", "NULL", "q.owner_id")


def _priority(stamp: int) -> str:
    return _then("priority", stamp, "(h.was->>'priority')::smallint", "0", "q.priority")


def _attributes(stamp: int) -> str:
    """The custom fields as one object: those that stand now and stood then, and those that were another."""
    standing = _told("'attributes.' || field.key")
    return (
        "(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM (SELECT field.key, field.value"
        f" FROM jsonb_each(q.attributes) AS field WHERE coalesce({standing} <= {stamp}, TRUE)"
        " AND NOT coalesce(h.was ? ('attributes.' || field.key), FALSE)"
        " UNION ALL SELECT substr(field.key, 12), field.value FROM jsonb_each(h.was) AS field"
        " WHERE starts_with(field.key, 'attributes.')) AS fields)"
    )


def _last_seen(at: str) -> str:
    house = ", ".join(f"'{name}'" for name in sorted(internal_names()))
    return (
        f"CASE WHEN q.last_seen_at <= '{at}' THEN q.last_seen_at ELSE (SELECT date_trunc('minute', max(f.occurred_at))"
        " FROM resolve_customer m JOIN kernel_fact f ON f.customer_id = m.id"
        f" WHERE m.root_id = q.customer_id AND f.occurred_at <= '{at}' AND f.name NOT IN ({house})) END"
    )
