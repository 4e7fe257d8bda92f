"""How segments, schemes, their members and builds are told by API."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import override

from zhiji.access.models import User
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment import queries
from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.catalogue.observed_names import warnings
from zhiji.flow.segment.catalogue.sentence import all_names, said
from zhiji.flow.segment.conditions import parse
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.definitions.readable import hides, untold_words
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.live.up_to import Standing, UpTo, up_to
from zhiji.flow.segment.models import Build, Classification, Scheme, Segment, SegmentMembership
from zhiji.kernel import clock
from zhiji.kernel.keyset import Page

SENTENCES = {"sentence": "zh-hans", "sentence_en": "en"}


@dataclass(frozen=True)
class Known:
    """What several answers need: names for sentences, up to when members are right, builds by definition."""

    names: Names
    upto: UpTo
    builds: Mapping[str, dict[str, Any]]

    @classmethod
    def of(cls, names: Collection[str]) -> "Known":
        """Of these definitions ("segment:x", "scheme:y")."""
        latest = build_queue.latest(names)
        shown = {one["id"]: one for one in told(list({one.pk: one for one in latest.values()}.values()))}
        return cls(all_names(), up_to(), {name: shown[one.pk] for name, one in latest.items()})


def live(standing: Standing) -> dict[str, Any]:
    return {"up_to": standing.at, "behind": standing.behind, "reason": standing.reason}


def told(several: list[Build]) -> list[dict[str, Any]]:
    """Builds, with why each waits or how it ended."""
    kept, progress = ("segments", "schemes", "asked_at", "finished_at"), build_queue.progress_of(several)
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


def condition(tree: Any, user: User, names: Names) -> dict[str, Any]:
    """A condition and its sentences; one that speaks of a field hidden from the user isn't told."""
    if hides(tree, user):
        told: dict[str, Any] = {"condition": None}
        for field, language in SENTENCES.items():
            with override(language):
                told[field] = untold_words()
        return told
    return {"condition": tree, **{field: said(tree, language, names) for field, language in SENTENCES.items()}}


def segment(one: Segment, user: User, known: Known | None = None) -> dict[str, Any]:
    name = f"segment:{one.key}"
    known = known or Known.of([name])
    kept = ("key", "name", "description", "version", "size", "built_at", "archived_at")
    return {
        **{field: getattr(one, field) for field in kept},
        **condition(one.condition, user, known.names),
        "live": None if one.archived_at else live(known.upto.of(name)),
        "build": known.builds.get(name),
    }


def kept(one: Segment, user: User) -> dict[str, Any]:
    """A segment as it was just made or edited."""
    return {**segment(one, user), "warnings": warnings(parse(one.condition), only_owner(user))}


def scheme(one: Scheme, user: User, known: Known | None = None) -> dict[str, Any]:
    """A scheme with its classes, sized over everybody, or over their own customers for who sees only those."""
    name = f"scheme:{one.key}"
    known = known or Known.of([name])
    classes = []
    for row in queries.classes_of(one, only_owner(user)):
        last = {"condition": None, "sentence": None}
        told = last if row.condition is None else condition(row.condition, user, known.names)
        classes.append({**{field: getattr(row, field) for field in ("key", "name", "colour", "size")}, **told})
    return {
        **{field: getattr(one, field) for field in ("key", "name", "description", "version", "built_at")},
        "classes": classes,
        "live": live(known.upto.of(name)),
        "build": known.builds.get(name),
    }


def members(shown: Page[SegmentMembership] | Page[Classification], of: str, user: User) -> dict[str, Any]:
    """A page of the members of a definition, or of a class of it, as `user` may know them."""
    rows: list[SegmentMembership | Classification] = [*shown.rows]
    recall(rows, clock.now(), user)
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
