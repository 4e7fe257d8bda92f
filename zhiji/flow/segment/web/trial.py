"""A scheme's draft held against the population: who would change class, from where to where."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.profile.queries import only_owner, roots_of
from zhiji.flow.segment import queries
from zhiji.flow.segment.catalogue.sentence import all_names
from zhiji.flow.segment.conditions import ConditionError, plain
from zhiji.flow.segment.conditions.words import Names
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.flow.segment.definitions.thresholds import Threshold, described, spreads, thresholds
from zhiji.flow.segment.figures import preview
from zhiji.flow.segment.models import Scheme
from zhiji.flow.segment.web.segments import say
from zhiji.kernel import clock

FLOWS = 8


def trial(key: str, classes: Any, user: User, *, quick: bool = False, spread: bool = False) -> dict[str, Any]:
    """Sizes before and after, the flows with samples of those `user` may see, the picture, the thresholds.

    With `quick`, estimates from a sample when customers are many.
    Raises ConditionError or ValueError.
    """
    now = clock.now()
    ids = roots_of(only_owner(user))
    refuse_hidden(classes, user)
    moves = preview.of_scheme(key, classes, now, quick=quick, ids=ids)
    population = sum(moves.matrix.values())
    names = all_names()
    asked = [one for place, row in enumerate(classes[:-1]) for one in thresholds(place, row["condition"])]
    found = {
        "population": population,
        "sampled": moves.sampled,
        "moved": sum(count for (source, target), count in moves.matrix.items() if source != target),
        "sizes": {one["key"]: moves.sizes.get(one["key"], 0) for one in classes},
        "before": _before(moves),
        "sentences": [say(row["condition"], names) for row in classes[:-1]],
        "said": [_said(one, names) for one in asked],
        "sankey": sankey(key, classes, moves),
        "shown": _shown(key, classes, moves, population, user),
    }
    if spread:
        drawn = spreads(asked, now, ids)
        found["thresholds"] = [described(one, some, _said(one, names)) for one, some in zip(asked, drawn, strict=True)]
    return found


def _said(one: Threshold, names: Names) -> str:
    return say(plain(one.leaf), names)


def _before(moves: preview.Moves) -> dict[str, int]:
    before: dict[str, int] = {}
    for (source, _target), count in moves.matrix.items():
        before[source] = before.get(source, 0) + count
    return before


def _labels(key: str, classes: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """{class key: (name, colour)} of the scheme as it is; the draft's words win."""
    found = Scheme.objects.filter(key=key).first()
    known = {one.key: (one.name, one.colour) for one in queries.classes_of(found)} if found else {}
    drafted = {one["key"]: (one.get("name") or one["key"], one.get("colour") or "blue") for one in classes}
    return _told_apart({"": (_("所有客户"), "muted"), **known, **drafted})


def _told_apart(labels: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The picture knows a class by its name: of two with the same, the key is said too."""
    names = [name for name, _colour in labels.values()]
    return {
        key: (name if names.count(name) == 1 else f"{name} ({key})", colour) for key, (name, colour) in labels.items()
    }


def _shown(
    key: str, classes: Sequence[Mapping[str, Any]], moves: preview.Moves, population: int, user: User
) -> dict[str, Any]:
    """What the list of flows beside the picture says, most people first."""
    labels = _labels(key, classes)
    order = sorted(moves.matrix.items(), key=lambda one: -one[1])
    moving = [(move, count) for move, count in order if move[0] != move[1]]
    seen = queries.names_of({one for move, _count in moving[:FLOWS] for one in moves.samples.get(move, [])}, user)
    flows = [
        {
            "source": labels.get(move[0], (move[0], "gray")),
            "target": labels.get(move[1], (move[1], "gray")),
            "count": count,
            "share": count / population,
            "sample": [
                (seen[one], reverse("customer", args=[one])) for one in moves.samples.get(move, []) if one in seen
            ][:5],
        }
        for move, count in moving
    ]
    return {
        "flows": flows[:FLOWS],
        "more": max(0, len(flows) - FLOWS),
        "rows": [
            (labels.get(move[0], ("",))[0], labels.get(move[1], ("",))[0], count, count / population)
            for move, count in order
        ],
        "moved": sum(one["count"] for one in flows),
        "share": sum(one["share"] for one in flows),
        "population": population,
        "new": "" in _before(moves),
        "sampled": moves.sampled,
    }


def sankey(key: str, classes: Sequence[Mapping[str, Any]], moves: preview.Moves) -> dict[str, Any]:
    """Before at the left, after at the right, classes in their order; a trailing blank tells the sides apart."""
    labels = _labels(key, classes)
    before, after = _before(moves), [one["key"] for one in classes if moves.sizes.get(one["key"])]
    places = {one: at for at, one in enumerate(labels)}
    left = sorted(before, key=lambda one: places.get(one, 99))
    node = [
        {"name": f"{name} ", "depth": 0, "itemStyle": {"color": f"${colour}"}}
        for name, colour in (labels.get(one, (one, "muted")) for one in left)
    ]
    node += [
        {
            "name": labels[one][0],
            "depth": 1,
            "itemStyle": {"color": f"${labels[one][1]}"},
            "label": {"position": "left"},
        }
        for one in after
    ]
    links = [
        {
            "source": f"{labels.get(source, (source,))[0]} ",
            "target": labels[target][0],
            "value": count,
            "lineStyle": {"opacity": 0.12 if source == target else 0.5},
        }
        for (source, target), count in sorted(moves.matrix.items(), key=lambda one: places.get(one[0][0], 99))
    ]
    return _drawn(node, links)


def nothing_moves() -> dict[str, Any]:
    """The picture before anything is known."""
    return _drawn([], [])


def _drawn(nodes: list[dict[str, Any]], links: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey",
                "left": 4,
                "right": 4,
                "top": 28,
                "bottom": 8,
                "nodeGap": 10,
                "nodeWidth": 14,
                "layoutIterations": 0,
                "emphasis": {"focus": "adjacency"},
                "lineStyle": {"color": "gradient", "opacity": 0.35},
                "label": {"color": "$text", "textBorderWidth": 0},
                "data": nodes,
                "links": links,
            }
        ],
    }


def place_of(error: ConditionError) -> int | None:
    """Which class the error is in."""
    found = re.match(r"\$\[(\d+)\]", error.path)
    return int(found[1]) if found else None


def told(error: ConditionError, classes: Any) -> str:
    """The error with the class's name instead of its number."""
    place = place_of(error)
    if place is None or not isinstance(classes, list) or not isinstance(classes[place], dict):
        return str(error)
    name = str(classes[place].get("name") or place + 1)
    advice = f"（{error.hint}）" if error.hint else ""
    return _("“%(name)s”的条件有误：%(reason)s%(advice)s") % {"name": name, "reason": error.reason, "advice": advice}
