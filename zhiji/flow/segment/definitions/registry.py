"""The definitions as they are now: parsed, with what each reads, and what changes it.

Kept in memory until their revision moves; the revision is a row that every edit and publication advances.
"""

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec
from django.db import connection
from django.db.models import QuerySet

from zhiji.flow.segment.conditions import ConditionError, Node, Reads, parse, reads
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.engine.needs import Needs, Points, World
from zhiji.flow.segment.engine.statement import Statement, compiled
from zhiji.flow.segment.models import CutPoints, Scheme, SchemeClass, Segment, Trouble
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark
from zhiji.kernel.written import written_once

REVISION = "segment.definitions"
KEPT = 500  # compiled statements; one of 200 conditions takes half a megabyte
_held = threading.local()
_compiling = threading.Lock()
_compiled: dict[object, Statement] = {}


@dataclass(frozen=True)
class SegmentNow:
    id: int
    key: str
    version: int
    node: Node
    live: bool


@dataclass(frozen=True)
class ClassNow:
    id: int
    key: str
    node: Node | None


@dataclass(frozen=True)
class SchemeNow:
    id: int
    key: str
    version: int
    classes: tuple[ClassNow, ...]
    live: bool

    @property
    def class_ids(self) -> dict[str, int]:
        return {one.key: one.id for one in self.classes}


@dataclass(frozen=True)
class Definitions:
    """Every definition that isn't archived, by key; `names` to say them; `revision` to know them by.

    `broken` are those that can't even be read, by name ("segment:x", "scheme:y"): what was accepted once may be refused
    by another release.
    """

    revision: int
    segments: Mapping[str, SegmentNow]
    schemes: Mapping[str, SchemeNow]
    cuts: Mapping[str, Points]
    names: Names
    referable: World | None = None
    broken: Mapping[str, ConditionError] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """What conditions may refer to, live or not."""
        return self.referable or World(
            {key: one.node for key, one in self.segments.items()},
            {key: tuple((c.key, c.node) for c in one.classes) for key, one in self.schemes.items()},
            self.cuts,
        )

    def live(self) -> "Definitions":
        """Only those that are kept up: built, so that a touched customer's change is a change, and not set aside."""
        segments, schemes = grouped(self.keys())
        return self.only(
            [
                *(f"segment:{key}" for key in segments if self.segments[key].live),
                *(f"scheme:{key}" for key in schemes if self.schemes[key].live),
            ]
        )

    def only(self, names: Collection[str]) -> "Definitions":
        """Only these ("segment:x", "scheme:y"), which still may refer to all others."""
        return replace(
            self,
            segments={key: one for key, one in self.segments.items() if f"segment:{key}" in names},
            schemes={key: one for key, one in self.schemes.items() if f"scheme:{key}" in names},
            referable=self.world,
        )

    def keys(self) -> list[str]:
        """Every definition's name."""
        return [*(f"segment:{key}" for key in self.segments), *(f"scheme:{key}" for key in self.schemes)]

    def said(self, name: str) -> bytes | None:
        """All that a definition says and refers to: equal when it means the same; None when it isn't there."""
        kind, _, key = name.partition(":")
        if key not in (self.segments if kind == "segment" else self.schemes):
            return None
        if kind == "segment":
            node = self.segments[key].node
            return msgspec.json.encode(node) + self._referred({name: node}, ())
        return self._referred({}, (key,))

    def statement(
        self, trees: Mapping[str, Node], schemes: tuple[str, ...] = (), *, with_leaves: bool = False
    ) -> Statement:
        """The compiled statement of these conditions and schemes, from memory when it was asked before.

        It is known again, in every thread and after edits of others, by all that it says and refers to.
        """
        key = (msgspec.json.encode(trees), schemes, with_leaves, self._referred(trees, schemes), str(clock.zone()))
        with _compiling:
            found = _compiled.pop(key, None)
            if found is not None:
                _compiled[key] = found
        if found is None:
            found = compiled(trees, schemes, self.world, with_leaves=with_leaves)
            with _compiling:
                _compiled[key] = found
                while len(_compiled) > KEPT:
                    _compiled.pop(next(iter(_compiled)))
        return found

    def _referred(self, trees: Mapping[str, Node], schemes: tuple[str, ...]) -> bytes:
        """What these refer to: the conditions of segments and classes, and cut points."""
        total = Reads()
        for node in trees.values():
            total |= self.reads(node)
        for key in schemes:
            total |= self.scheme_reads(key) | Reads(schemes={key})
        segments = {key: self.world.segments.get(key) for key in sorted(total.segments)}
        classes = {key: self.world.schemes.get(key) for key in sorted(total.schemes)}
        return msgspec.json.encode((segments, classes, {name: self.cuts.get(name) for name in sorted(total.cuts)}))

    def reads(self, node: Node, seen: frozenset[str] = frozenset()) -> Reads:
        """What a tree reads, through the segments and schemes it refers to."""
        total = reads(node)
        for key in total.segments - {name[2:] for name in seen if name.startswith("s:")}:
            if key in self.world.segments:
                total |= self.reads(self.world.segments[key], seen | {f"s:{key}"})
        for key in total.schemes - {name[2:] for name in seen if name.startswith("c:")}:
            for _, part in self.world.schemes.get(key, ()):
                if part is not None:
                    total |= self.reads(part, seen | {f"c:{key}"})
        return total

    def scheme_reads(self, key: str) -> Reads:
        total = Reads()
        for _, node in self.world.schemes.get(key, ()):
            if node is not None:
                total |= self.reads(node)
        return total


def definitions() -> Definitions:
    """The definitions at the newest revision."""
    return at_revision(revision())


def revision() -> int:
    return next(iter(_revision()), None) or 0


@written_once
def _revision() -> QuerySet[Watermark, int | None]:
    return Watermark.objects.filter(name=REVISION).values_list("fact_id", flat=True)


def at_revision(wanted: int) -> Definitions:
    """The definitions, read again only when the revision or the database is another than last time."""
    held: tuple[object, Definitions] | None = getattr(_held, "definitions", None)
    mark = (connection.settings_dict["NAME"], wanted)
    if held is None or held[0] != mark or (wanted == 0 and _any_definition()):
        _held.definitions = held = (mark, _read(wanted))
    return held[1]


def _any_definition() -> bool:
    """Whether there are definitions although none was ever made by an action: restored or written by a test."""
    return Segment.objects.exists() or Scheme.objects.exists()


def advance() -> None:
    """Say that a definition or the cut points changed, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_watermark (name, fact_id)"
            " VALUES (%s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
            " ON CONFLICT (name) DO UPDATE SET fact_id = greatest(EXCLUDED.fact_id, kernel_watermark.fact_id + 1)",
            [REVISION],
        )


def let_go() -> None:
    """Let go of what this process has compiled, and this thread has read."""
    _held.__dict__.clear()
    with _compiling:
        _compiled.clear()


def _read(wanted: int) -> Definitions:
    segments, schemes, broken = dict[str, SegmentNow](), dict[str, SchemeNow](), dict[str, ConditionError]()
    aside = set(Trouble.objects.values_list("of", flat=True))
    names = Names(segments=dict(Segment.objects.values_list("key", "name")))
    for one in Segment.objects.filter(archived_at=None).order_by("pk"):
        live = one.built_at is not None and f"segment:{one.key}" not in aside
        try:
            segments[one.key] = SegmentNow(one.pk, one.key, one.version, parse(one.condition), live)
        except ConditionError as error:
            broken[f"segment:{one.key}"] = error
    for scheme in Scheme.objects.prefetch_related("classes").order_by("pk"):
        names.schemes[scheme.key] = scheme.name
        names.classes.update({(scheme.key, one.key): one.name for one in scheme.classes.all()})
        live = scheme.built_at is not None and f"scheme:{scheme.key}" not in aside
        try:
            classes = tuple(_class(one) for one in scheme.classes.all() if one.position >= 0)
        except ConditionError as error:
            broken[f"scheme:{scheme.key}"] = error
            continue
        if classes:
            schemes[scheme.key] = SchemeNow(scheme.pk, scheme.key, scheme.version, classes, live)
    return Definitions(wanted, segments, schemes, cut_points(), names, broken=broken)


def _class(one: SchemeClass) -> ClassNow:
    return ClassNow(one.pk, one.key, None if one.condition is None else parse(one.condition))


def cut_points() -> dict[str, Points]:
    """The newest published points of every measure; of ranks within groups, by group."""
    newest = CutPoints.objects.order_by("measure", "-version").distinct("measure")
    return {one.measure: one.points for one in newest}


def check(node: Node, known: Definitions, *, own_key: str = "", path: str = "$") -> None:
    """Refuse a tree that refers to nothing, or back to the definition `own_key` ("segment:x", "scheme:y").

    Raises ConditionError with the way the reference takes.
    """
    needs = Needs(known.world)
    if own_key:
        needs.define(own_key, {path: node})
        return
    try:
        needs.add(node)
    except ConditionError as error:
        raise error.at(path) from None


def grouped(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """The segments and the schemes of definitions' names."""
    segments = sorted(key.removeprefix("segment:") for key in keys if key.startswith("segment:"))
    return segments, sorted(key.removeprefix("scheme:") for key in keys if key.startswith("scheme:"))
