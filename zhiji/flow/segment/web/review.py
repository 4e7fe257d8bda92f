"""分类回顾: how a scheme's classes moved month by month, which are too big or too empty, who is near a border."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment import queries
from zhiji.flow.segment.catalogue.sentence import all_names
from zhiji.flow.segment.catalogue.terms import words
from zhiji.flow.segment.conditions import plain
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.definitions.thresholds import DAYS, Threshold
from zhiji.flow.segment.explain.presentation import shown_value
from zhiji.flow.segment.figures import sensitivity
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.models import Scheme, SchemeClass
from zhiji.flow.segment.web import pictures
from zhiji.flow.segment.web.segment_parts import pending
from zhiji.flow.segment.web.segments import say_to, user_of
from zhiji.kernel import clock
from zhiji.kernel.given import whole

BIG, SMALL = 0.6, 0.01
NAMES = 6


@require_safe
def review(request: HttpRequest, key: str) -> HttpResponse:
    """The page: classes with advice; months and borders come when it is there."""
    user = user_of(request)
    require(user, "segments:read")
    found = get_object_or_404(Scheme, key=key)
    context = {
        "scheme": found,
        "month": request.GET.get("month", ""),
        "schemes": [(one.name, reverse("scheme_review", args=[one.key]), one.key == key) for one in queries.schemes()],
        "may_write": may(user, "segments:write"),
    }
    return render(request, "segment/review.html", context)


@require_safe
def months(request: HttpRequest, key: str) -> HttpResponse:
    """Sizes at the end of each month, and the flows of one of them."""
    user = user_of(request)
    require(user, "segments:read")
    found = get_object_or_404(Scheme, key=key)
    kept = figure("review", key, clock.now(), only_owner(user))
    if kept is None:
        return pending(request)
    told: Sequence[Mapping[str, Any]] = kept.data["months"]
    names, classes = pictures.month_names(told), queries.classes_of(found)
    at = whole(request.GET.get("month"), len(told) - 1) or len(told) - 1
    every = {one.key: (one.name, one.colour) for one in found.classes.order_by("position")}
    moved = told[at]["flows"]
    context = {
        "scheme": found,
        "chart": pictures.months(told, classes, reverse("scheme_review", args=[key])),
        "chart_rows": [
            (_("月末"), *(one.name for one in classes)),
            *(
                (name, *(month["sizes"].get(one.key, 0) for one in classes))
                for name, month in zip(names, told, strict=True)
            ),
        ],
        "asked": [name for name, month in zip(names, told, strict=True) if not month["told"]],
        "choices": [(place, names[place - 1], names[place], place == at) for place in range(1, len(told))][::-1],
        "flows": pictures.flows(moved, every, _("那时还不是客户"), _("不再是客户")) if moved else None,
        "flow_rows": [
            (_("从"), _("到"), _("人数")),
            *((_name(every, a), _name(every, b), count) for a, b, count in moved),
        ],
        "total": sum(count for *_pair, count in moved),
        "was": names[at - 1],
        "month": names[at],
        "as_of": kept.as_of,
    }
    return render(request, "segment/_months.html", context)


def _name(labels: Mapping[str, tuple[str, str]], key: str) -> str:
    return labels[key][0] if key in labels else "–"


@require_safe
def borders(request: HttpRequest, key: str) -> HttpResponse:
    """Advice about the classes, and the customers near each threshold whom the user may see."""
    user, now = user_of(request), clock.now()
    require(user, "segments:read")
    found = get_object_or_404(Scheme, key=key)
    owner = only_owner(user)
    kept = figure("border", key, now, owner)
    if kept is None:
        return pending(request)
    context = {
        "scheme": found,
        "advice": [
            {**one, "of": f"{key}:{one['row'].key}"}
            for one in advice(queries.classes_of(found, owner), kept.data["alone"])
        ],
        "borders": near(found, kept.data, user),
        "may_write": may(user, "segments:write"),
        "as_of": kept.as_of,
    }
    return render(request, "segment/_borders.html", context)


def near(found: Scheme, data: Mapping[str, Any], user: User) -> list[dict[str, Any]]:
    """Each threshold with the people on both sides of it, named where `user` may see them."""
    known, said, say_fact = definitions(), all_names(), words().fact
    asked = {(one.place, one.path): one for one in sensitivity.borders_of(known, found.key)}
    classes = {one.key: one for one in found.classes.all()}
    seen = queries.names_of(
        {pk for one in data["borders"] for side in one["sides"] for pk, _value in side["sample"]}, user
    )
    rows = []
    for one in data["borders"]:
        threshold = asked.get((one["place"], tuple(one["path"])))
        if threshold is None:
            continue
        sides = [
            {
                "source": classes.get(side["from"]),
                "target": classes.get(side["to"]),
                "act": say_fact(side["act"]) if side["act"] else "",
                "count": side["count"],
                "people": [(pk, seen[pk], _value(value, threshold)) for pk, value in side["sample"] if pk in seen][
                    :NAMES
                ],
            }
            for side in one["sides"]
        ]
        rows.append(
            {
                "sentence": say_to(user, plain(threshold.leaf), said),
                "in": classes.get(known.schemes[found.key].classes[threshold.place].key),
                "margin": _margin(threshold, one["margin"]),
                "count": sum(side["count"] for side in sides),
                "sides": sides,
            }
        )
    return sorted(rows, key=lambda row: -row["count"])


def _value(value: Any, threshold: Threshold) -> str:
    """The leaf's value as the threshold counts: of a moment, how long ago."""
    unit = threshold.unit if threshold.unit in DAYS else "days"
    if isinstance(value, str) and "T" in value:
        ago = (clock.now() - datetime.fromisoformat(value)).total_seconds() / 86400 / DAYS[unit]
        return f"{ago:.0f} {_units()[unit]}"
    return shown_value(value)


def _units() -> dict[str, str]:
    return {
        "minutes": _("分钟"),
        "hours": _("小时"),
        "days": _("天"),
        "weeks": _("周"),
        "months": _("个月"),
        "years": _("年"),
    }


def _margin(threshold: Threshold, margin: float) -> str:
    """How near is near, in words."""
    if threshold.unit == "share" or threshold.leaf.__struct_config__.tag == "score":
        return _("分界点 ±5%")
    return f"±{margin:g} {_units().get(threshold.unit, '')}".strip()


def advice(classes: Sequence[SchemeClass], alone: Mapping[str, int]) -> list[dict[str, Any]]:
    """What to do about classes that hold too many or too few."""
    total = sum(one.size for one in classes) or 1
    found = []
    for place, one in enumerate(classes):
        share, last = one.size / total, place == len(classes) - 1
        if share > BIG and len(classes) > 1:
            text = (
                _("其余所有客户都落在这里。在它前面再加一个类别，把最值得分开的人先分出来。")
                if last
                else _("超过六成的客户都在这一类，分不出轻重。把它的阈值调严，或把它拆成两类。")
            )
        elif share < SMALL and alone.get(one.key, 0) > max(10, one.size * 5):
            text = _(
                "满足它的条件的有 %(count)s 人，但几乎都先被前面的类别收走了。把它往前移，或把前面的条件收窄。"
            ) % {"count": f"{alone[one.key]:,}"}
        elif share < SMALL:
            text = _("几乎没有人。放宽它的阈值，或把它并入相邻的类别。")
        else:
            continue
        found.append({"row": one, "share": share, "text": text, "big": share > BIG})
    return found
