"""Figures of segments and schemes by API: history, composition, overlap, a trial of classes, months, borders.

All are over the customers that who asks may see.

What takes long is computed by a worker: until it is there the answer is 202, ask again.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from zhiji.access.tokens import scoped
from zhiji.flow.profile.queries import only_owner, roots_of
from zhiji.flow.segment.api.shapes import ClassIn
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.figures import composition, preview
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.models import Scheme, SchemeClass, Segment
from zhiji.kernel import clock
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["segments"])
Key = Annotated[str, Field(max_length=50)]


class Day(Schema):
    """`built_in` and `built_out` are what a new definition or a full build moved; `size` is at the day's end."""

    day: str
    entered: int
    left: int
    built_in: int
    built_out: int
    size: int


class History(Schema):
    """`days` are as the log tells; `before` it began, sizes are by the condition as it is, as of those days."""

    days: list[Day]
    before: list[tuple[str, int]]
    began: str | None


class Age(Schema):
    """From `low` years to below `below`; both null is unknown."""

    low: int | None
    below: int | None
    count: int


class Spent(Schema):
    """Of `above` (null: nothing spent) up to `to` (null: without end) in 365 days."""

    above: float | None
    to: float | None
    count: int


class Composition(Schema):
    """`classes` is {scheme: {class: count}}; `regions` are at most forty."""

    total: int
    classes: dict[str, dict[str, int]]
    regions: dict[str, int]
    ages: list[Age]
    spent: list[Spent]


class Other(Schema):
    key: str
    size: int
    shared: int


class Combination(Schema):
    """How many members are in exactly these of the others."""

    segments: list[str]
    count: int


class Overlap(Schema):
    size: int
    others: list[Other]
    combinations: list[Combination]
    rest: int


class Trial(Given):
    """Classes in order, the last without a condition."""

    classes: list[ClassIn] = Field(max_length=50)


class Move(Schema):
    """`sample`: ids of customers who would move and whom this user may see."""

    source: str
    target: str
    count: int
    sample: list[int]


class Moves(Schema):
    """`moves` has those who stay, too; `sizes` are afterwards."""

    moves: list[Move]
    sizes: dict[str, int]


class Month(Schema):
    """Sizes at a month's end (the last one is now); `told` by the log, else asked by the definition as it is now.
    `flows` are (from, to, count) since the month before; "" is nowhere."""

    at: str
    told: bool
    sizes: dict[str, int]
    flows: list[tuple[str, str, int]]


class Review(Schema):
    months: list[Month]


class Side(Schema):
    """Who is in class `source` within `margin` of the threshold, and is led to `target` by one more fact named
    `act`; of `act` "", by time."""

    source: str
    target: str
    act: str
    count: int
    sample: list[int]


class Border(Schema):
    """`path` names the threshold in the condition of the scheme's class at `place`."""

    place: int
    path: list[str | int]
    margin: float
    sides: list[Side]


class Borders(Schema):
    borders: list[Border]


def _kept(request: HttpRequest, kind: str, model: type[Segment] | type[Scheme], key: str) -> Any:
    """The figure over the customers that who asks may see; None while it is being computed."""
    user = scoped(request, "segments:read")
    get_object_or_404(model, key=key)
    found = figure(kind, key, clock.now(), only_owner(user))
    return found.data if found else None


def _later() -> Status[Any]:
    """Not computed yet."""
    return Status(202, {"detail": _("正在计算，请稍后再问")})


ANSWERS = {202: Problem, 404: Problem}


@router.get("/segments/{key}/history", response={200: History, **ANSWERS}, operation_id="segment_history")
def segment_history(request: HttpRequest, key: Key) -> Any:
    """Size, entries and exits of the last 90 days."""
    return _kept(request, "history", Segment, key) or _later()


@router.get("/segments/{key}/composition", response={200: Composition, **ANSWERS}, operation_id="segment_composition")
def segment_composition(request: HttpRequest, key: Key) -> Any:
    """Of whom it consists: by class, region, age and what they spent in a year."""
    data = _kept(request, "composition", Segment, key)
    if data is None:
        return _later()
    classes: dict[str, dict[str, int]] = {}
    for one in SchemeClass.objects.filter(position__gte=0).select_related("scheme"):
        classes.setdefault(one.scheme.key, {})[one.key] = data["classes"].get(str(one.pk), 0)
    ages = [*composition.age_labels(), (None, None)]
    edges = [None, 0.0, *data["bounds"]]
    return {
        "total": data["total"],
        "classes": classes,
        "regions": data["regions"],
        "ages": [{"low": low, "below": to, "count": n} for (low, to), n in zip(ages, data["ages"], strict=True)],
        "spent": [
            {"above": low, "to": to, "count": n}
            for low, to, n in zip(edges, [*edges[1:], None], data["spent"], strict=True)
        ],
    }


@router.get("/segments/{key}/overlap", response={200: Overlap, **ANSWERS}, operation_id="segment_overlap")
def segment_overlap(request: HttpRequest, key: Key) -> Any:
    """The six segments that share most members with it, and how many are in which combination of them."""
    data = _kept(request, "overlap", Segment, key)
    if data is None:
        return _later()
    names = [one["key"] for one in data["others"]]
    told = [{"segments": [names[at] for at in one["in"]], "count": one["count"]} for one in data["combinations"]]
    return {**data, "combinations": told}


@router.post("/schemes/{key}/trial", response={200: Moves, 404: Problem, 422: Problem}, operation_id="try_scheme")
def try_scheme(request: HttpRequest, key: Key, body: Trial) -> dict[str, Any]:
    """Who would change class if the scheme had these classes; nothing is changed."""
    user = scoped(request, "segments:read")
    refuse_hidden([one.condition for one in body.classes], user)
    ids = roots_of(only_owner(user))
    get_object_or_404(Scheme, key=key)
    found = preview.of_scheme(key, [one.dict() for one in body.classes], clock.now(), ids=ids)
    moves = [
        {
            "source": source,
            "target": target,
            "count": count,
            "sample": found.samples.get((source, target), []),
        }
        for (source, target), count in sorted(found.matrix.items(), key=lambda one: -one[1])
    ]
    return {"moves": moves, "sizes": found.sizes}


@router.get("/schemes/{key}/review", response={200: Review, **ANSWERS}, operation_id="scheme_review")
def scheme_review(request: HttpRequest, key: Key) -> Any:
    """Sizes at the end of each of the last twelve months, and who went from where to where."""
    return _kept(request, "review", Scheme, key) or _later()


@router.get("/schemes/{key}/borders", response={200: Borders, **ANSWERS}, operation_id="scheme_borders")
def scheme_borders(request: HttpRequest, key: Key) -> Any:
    """Who is near a threshold, and which class one more act, or time, leads them to."""
    data = _kept(request, "border", Scheme, key)
    if data is None:
        return _later()
    for one in data["borders"]:
        for side in one["sides"]:
            side.update(source=side["from"], target=side["to"], sample=[pk for pk, _value in side["sample"]])
    return data
