"""Named writes: segments and schemes are made, edited, archived and built; cut points are published."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.segment.builds import build_queue, full_build
from zhiji.flow.segment.builds.full_build import BUILDING, Built, Cancelled, How
from zhiji.flow.segment.conditions import parse, plain
from zhiji.flow.segment.definitions import cut_points
from zhiji.flow.segment.definitions.classes import checked_classes, named, write_classes
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.definitions.registry import Definitions, advance, check, definitions
from zhiji.flow.segment.live import membership_bitmap
from zhiji.flow.segment.live.batch_changes import Cause
from zhiji.flow.segment.live.classify_stage import PAUSED
from zhiji.flow.segment.models import Build, Scheme, Segment, Trouble
from zhiji.kernel import clock
from zhiji.kernel.alone import alone
from zhiji.kernel.listing import listed
from zhiji.kernel.models import Watermark

AGAIN = 5  # times that a definition may be edited while it is built by itself


class InUse(ValueError):
    """Something else refers to it; change that first."""


def create_segment(*, by: User | None, key: str, name: str, condition: Any, description: str = "") -> Segment:
    """Make a segment; `build` (or the job that the page starts) gives it its members.

    Raises ConditionError, or ValueError for a key that is taken or no slug.
    """
    require(by, "segments:write")
    node = parse(condition)
    refuse_hidden(condition, by)
    with transaction.atomic():
        _fresh_key(Segment, key)
        check(node, definitions(), own_key=f"segment:{key}")
        segment = Segment.objects.create(key=key, name=named(name), condition=plain(node), description=description)
        advance()
        audit("segment created", segment, by=by, name=name, condition=segment.condition)
    return segment


def edit_segment(
    *,
    by: User | None,
    segment: Segment,
    name: str | None = None,
    condition: Any = None,
    description: str | None = None,
) -> Segment:
    """Change a segment. Another condition is a new version: the members stay until it is built.

    Raises ConditionError or ValueError.
    """
    require(by, "segments:write")
    with transaction.atomic():
        segment = Segment.objects.select_for_update().get(pk=segment.pk)
        before = {"name": segment.name, "condition": segment.condition}
        if condition is not None and (tree := plain(parse(condition))) != segment.condition:
            check(parse(tree), definitions(), own_key=f"segment:{segment.key}")
            refuse_hidden(tree, by)
            segment.condition, segment.version, segment.built_at = tree, segment.version + 1, None
            Trouble.objects.filter(of=f"segment:{segment.key}").delete()
        segment.name = segment.name if name is None else named(name)
        segment.description = segment.description if description is None else description
        segment.save()
        advance()
        after = {"name": segment.name, "condition": segment.condition}
        audit("segment edited", segment, by=by, before=before, after=after)
    return segment


def archive_segment(*, by: User | None, segment: Segment) -> None:
    """Take a segment out of use: its members leave the list, its log stays. Raises InUse."""
    require(by, "segments:write")
    with transaction.atomic():
        if users := used_by(definitions(), segment.key):
            raise InUse(
                _("“%(name)s” 被引用于：%(users)s。请先修改它们。") % {"name": segment.name, "users": listed(users)}
            )
        membership_bitmap.forget(segment.pk)  # waits for who may be about to write the segment's size
        Segment.objects.filter(pk=segment.pk).update(archived_at=clock.now(), built_at=None, size=0)
        Trouble.objects.filter(of=f"segment:{segment.key}").delete()
        build_queue.of_archived(segment.key)
        advance()
        audit("segment archived", segment, by=by)


def create_scheme(
    *, by: User | None, key: str, name: str, classes: Sequence[Mapping[str, Any]], description: str = ""
) -> Scheme:
    """Make a scheme. `classes` in order: {key, name, colour?, condition}, the last without a condition.

    Raises ConditionError with the class in its path, or ValueError.
    """
    require(by, "segments:write")
    with transaction.atomic():
        _fresh_key(Scheme, key)
        wanted = checked_classes(definitions(), key, classes)
        refuse_hidden(wanted, by)
        scheme = Scheme.objects.create(key=key, name=named(name), description=description)
        write_classes(scheme, wanted)
        advance()
        audit("scheme created", scheme, by=by, name=name, classes=wanted)
    return scheme


def edit_scheme(
    *,
    by: User | None,
    scheme: Scheme,
    name: str | None = None,
    classes: Sequence[Mapping[str, Any]] | None = None,
    description: str | None = None,
) -> Scheme:
    """Change a scheme. Other classes are a new version; everyone keeps their class until it is built."""
    require(by, "segments:write")
    with transaction.atomic():
        scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
        if classes is not None:
            wanted = checked_classes(definitions(), scheme.key, classes)
            if wanted != described(scheme):
                refuse_hidden(wanted, by)
                audit("scheme classes edited", scheme, by=by, before=described(scheme), after=wanted)
                write_classes(scheme, wanted)
                scheme.version, scheme.built_at = scheme.version + 1, None
                Trouble.objects.filter(of=f"scheme:{scheme.key}").delete()
        scheme.name = scheme.name if name is None else named(name)
        scheme.description = scheme.description if description is None else description
        scheme.save()
        advance()
        audit("scheme edited", scheme, by=by, name=scheme.name)
    return scheme


def described(scheme: Scheme) -> list[dict[str, Any]]:
    """A scheme's classes as `create_scheme` takes them."""
    return [
        {"key": one.key, "name": one.name, "colour": one.colour, "condition": one.condition}
        for one in scheme.classes.filter(position__gte=0)
    ]


def build(
    as_of: datetime,
    fire: bool = False,
    *,
    by: User | None = None,
    segments: Iterable[str] | None = None,
    schemes: Iterable[str] | None = None,
    cause: Cause = "build",
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> Built:
    """Classify everyone as of a moment and write what differs; both lists None is everything, measures too.

    `fire` lets entrants and leavers set rules off. Cut points that were never published are published first.
    Ends the pause of a first load. See builds/full_build.py for how it gets on with the live pipeline. Raises what
    kept a definition from being built, after all others were.
    """
    require(by, "segments:write")
    with alone(BUILDING, wait=True):
        whole = segments is None and schemes is None
        asked = build_queue.publish_missing(as_of)
        if whole and not definitions().cuts:
            asked += cut_points.publish_now(as_of, cut_points.names(definitions()), by=by)[1]
        built = full_build.build(How(fire, cause, progress), as_of, segments=segments, schemes=schemes, again=AGAIN)
        if whole:
            Build.objects.filter(pk__in=[one.pk for one in asked]).delete()  # everything was built just now
        else:
            build_queue.run(asked, as_of)
    for error in built.failed.values():
        raise error
    if built.left:
        raise Cancelled(f"{', '.join(sorted(built.left))}: edited again and again while it was built; try once more")
    return built


def ask_build(
    *,
    by: User | None,
    segments: Iterable[str] | None = None,
    schemes: Iterable[str] | None = None,
    fire: bool = False,
    cause: Cause = "definition",
) -> Build:
    """Have a worker build these (both None: everything), after the caller's transaction."""
    require(by, "segments:write")
    with transaction.atomic():
        asked = Build.objects.create(
            by=by,
            segments=None if segments is None else sorted(segments),
            schemes=None if schemes is None else sorted(schemes),
            fire=fire,
            cause=cause,
        )
        audit("build asked for", asked, by=by, segments=asked.segments, schemes=asked.schemes, fire=fire)
    return asked


@transaction.atomic
def cancel_build(*, by: User | None, build: Build) -> bool:
    """Call a build off; answers False when it had finished. A running one stops before it writes."""
    require(by, "segments:write")
    under_way = Build.objects.filter(pk=build.pk, finished_at=None)
    cancelled = under_way.update(state=Build.State.CANCELLED, finished_at=clock.now()) > 0
    if cancelled:
        audit("build cancelled", build, by=by)
    return cancelled


def publish_cut_points(*, by: User | None, as_of: datetime, fire: bool = False) -> list[str]:
    """Compute all cut points anew and publish those that moved; if some did, build everything. Returns their names."""
    require(by, "segments:write")
    with alone(BUILDING, wait=True):
        moved, asked = cut_points.publish_now(as_of, cut_points.names(definitions()), by=by, fire=fire)
        build_queue.run(asked, as_of)
    return moved


def pause() -> None:
    """Classify nothing until the next full `build`: for a first load."""
    Watermark.objects.get_or_create(name=PAUSED)


def used_by(known: Definitions, key: str) -> list[str]:
    """The names of segments and schemes that refer to a segment."""
    users = [
        known.names.segments.get(one.key, one.key)
        for one in known.segments.values()
        if key in known.reads(one.node).segments and one.key != key
    ]
    return users + [known.names.schemes[one] for one in known.schemes if key in known.scheme_reads(one).segments]


def _fresh_key(model: Any, key: str) -> None:
    if not key or slugify(key) != key:
        raise ValueError(_("标识“%(key)s”只能含小写字母、数字、下划线和连字符。") % {"key": key})
    if model.objects.filter(key=key).exists():
        raise ValueError(_("标识“%(key)s”已被使用，请换一个。") % {"key": key})
