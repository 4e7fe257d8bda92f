"""What segments and schemes look like in requests and answers."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from zhiji.kernel.shapes import Given

Tree = dict[str, Any]


class WarningOut(Schema):
    """Something that was never seen here; `take` has what may be meant: {label, path, value}."""

    path: str
    text: str
    take: list[dict[str, Any]]


class LiveOut(Schema):
    """Members are right as of `up_to`; when that is `behind` (by more than five seconds), `reason` says why."""

    up_to: datetime | None
    behind: bool
    reason: str


class BuildOut(Schema):
    """A build: `state` is waiting, running, done, failed, cancelled or archived; `reason` says why it waits, or why it
    ended so; `share` is how far it is."""

    id: int
    segments: list[str] | None
    schemes: list[str] | None
    state: str
    reason: str
    share: float
    asked_at: datetime
    finished_at: datetime | None


class Builds(Schema):
    rows: list[BuildOut]
    next: str
    previous: str


class SegmentOut(Schema):
    """`sentence` says the condition; `built_at` null: its members are still being computed, `build` says how far that
    is and why it waits; `live` up to when its members are right. `condition` null: it speaks of a field that you may
    not read."""

    key: str
    name: str
    description: str
    condition: Tree | None
    sentence: str
    sentence_en: str
    version: int
    size: int
    built_at: datetime | None
    archived_at: datetime | None
    live: LiveOut | None
    build: BuildOut | None


class SegmentKept(SegmentOut):
    """A segment as it was just made or edited, with what its condition speaks of that was never seen."""

    warnings: list[WarningOut]


class Segments(Schema):
    rows: list[SegmentOut]


class SegmentIn(Given):
    key: str = Field(max_length=50)
    name: str = Field(max_length=80)
    condition: Tree
    description: str = Field("", max_length=2000)


class SegmentChange(Given):
    """Only what is given changes; `fire` lets entrants and leavers of the new condition set rules off."""

    name: str | None = Field(None, max_length=80)
    condition: Tree | None = None
    description: str | None = Field(None, max_length=2000)
    fire: bool = False


class ClassOut(Schema):
    key: str
    name: str
    colour: str
    condition: Tree | None
    sentence: str | None
    size: int


class SchemeOut(Schema):
    """See `SegmentOut`."""

    key: str
    name: str
    description: str
    version: int
    built_at: datetime | None
    live: LiveOut
    build: BuildOut | None
    classes: list[ClassOut]


class Schemes(Schema):
    rows: list[SchemeOut]


class ClassIn(Given):
    key: str = Field(max_length=50)
    name: str = Field(max_length=40)
    colour: str = Field("", max_length=20)
    condition: Tree | None = None


class SchemeIn(Given):
    """The first class whose condition holds takes the customer; the last has none and takes everyone left."""

    key: str = Field(max_length=50)
    name: str = Field(max_length=80)
    classes: list[ClassIn] = Field(max_length=50)
    description: str = Field("", max_length=2000)


class SchemeChange(Given):
    name: str | None = Field(None, max_length=80)
    classes: list[ClassIn] | None = Field(None, max_length=50)
    description: str | None = Field(None, max_length=2000)
    fire: bool = False


class MemberOut(Schema):
    """`since` is when the log of memberships noted it; since when the condition has held tells the explanation."""

    customer_id: int
    since: datetime
    why: list[dict[str, Any]]


class Members(Schema):
    rows: list[MemberOut]
    live: LiveOut
    next: str
    previous: str


class ClassOfOut(Schema):
    scheme: str
    class_key: str
    since: datetime
    live: LiveOut


class SegmentOfOut(Schema):
    segment: str
    since: datetime
    live: LiveOut


class MembershipsOut(Schema):
    """The classes and segments that a customer is in."""

    classes: list[ClassOfOut]
    segments: list[SegmentOfOut]


class Asked(Given):
    condition: Tree


class PreviewOut(Schema):
    """`sample`: ids of the newest customers for whom it holds, of those this user may see."""

    sentence: str
    warnings: list[WarningOut]
    count: int
    population: int
    sample: list[int]
