"""How segments, schemes, their members and builds are told by API."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from zhiji.flow.segment import builds, queries
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.models import Build, Classification, Scheme, Segment, SegmentMembership
from zhiji.flow.segment.recall import recall
from zhiji.flow.segment.seen import warnings
from zhiji.flow.segment.sentence import all_names, said
from zhiji.flow.segment.upto import Standing, UpTo, up_to
from zhiji.kernel import clock
from zhiji.kernel.keyset import Page


@dataclass(frozen=True)
class Known:
    """What several answers need: names for sentences, up to when members are right, builds by definition."""

    names: Names
    upto: UpTo
    builds: Mapping[str, dict[str, Any]]

    @classmethod
    def of(cls, names: Collection[str]) -> "Known":
        """Of these definitions ("segment:x", "scheme:y")."""
        latest = builds.latest(names)
        shown = {one["id"]: one for one in told(list({one.pk: one for one in latest.values()}.values()))}
        return cls(all_names(), up_to(), {name: shown[one.pk] for name, one in latest.items()})


def live(standing: Standing) -> dict[str, Any]:
    return {"up_to": standing.at, "behind": standing.behind, "reason": standing.reason}


def told(several: list[Build]) -> list[dict[str, Any]]:
    """Builds, with why each waits or how it ended."""
    kept, progress = ("segments", "schemes", "asked_at", "finished_at"), builds.progress_of(several)
    return [
        {
            "id": one.pk,
            **{name: getattr(one, name) for name in kept},
            "state": progress[one.pk].state,
            "reason": progress[one.pk].reason,
            "share": progress[one.pk].share,
        }
        for one in several
    ]


def segment(one: Segment, known: Known | None = None) -> dict[str, Any]:
    name = f"segment:{one.key}"
    known = known or Known.of([name])
    kept = ("key", "name", "description", "condition", "version", "size", "built_at", "archived_at")
    return {
        **{field: getattr(one, field) for field in kept},
        "sentence": said(one.condition, "zh-hans", known.names),
        "sentence_en": said(one.condition, "en", known.names),
        "live": None if one.archived_at else live(known.upto.of(name)),
        "build": known.builds.get(name),
    }


def kept(one: Segment, owner: int | None) -> dict[str, Any]:
    """A segment as it was just made or edited."""
    return {**segment(one), "warnings": warnings(parse(one.condition), owner)}


def scheme(one: Scheme, owner: int | None, known: Known | None = None) -> dict[str, Any]:
    """A scheme with its classes, sized over everybody or one owner's customers."""
    name = f"scheme:{one.key}"
    known = known or Known.of([name])
    classes = [
        {
            **{field: getattr(row, field) for field in ("key", "name", "colour", "condition", "size")},
            "sentence": None if row.condition is None else said(row.condition, "zh-hans", known.names),
        }
        for row in queries.classes_of(one, owner)
    ]
    return {
        **{field: getattr(one, field) for field in ("key", "name", "description", "version", "built_at")},
        "classes": classes,
        "live": live(known.upto.of(name)),
        "build": known.builds.get(name),
    }


def members(shown: Page[SegmentMembership] | Page[Classification], of: str) -> dict[str, Any]:
    """A page of the members of a definition, or of a class of it."""
    rows: list[SegmentMembership | Classification] = [*shown.rows]
    recall(rows, clock.now())
    return {
        "rows": [{"customer_id": one.customer_id, "since": one.since, "why": one.why} for one in rows],
        "live": live(up_to().of(of)),
        "next": shown.next,
        "previous": shown.previous,
    }


def memberships(customer: int) -> dict[str, Any]:
    """What a customer (a root) is in now."""
    classes, segments = queries.of_customer(customer)
    now = up_to()
    return {
        "classes": [
            {
                "scheme": one.scheme.key,
                "class_key": one.scheme_class.key,
                "since": one.since,
                "live": live(now.of(f"scheme:{one.scheme.key}")),
            }
            for one in classes
        ],
        "segments": [
            {"segment": one.segment.key, "since": one.since, "live": live(now.of(f"segment:{one.segment.key}"))}
            for one in segments
        ],
    }
