"""The parts of a segment's page that come after the page is there: history, composition, overlap, members, changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.roles import may, require
from zhiji.flow.profile.queries import only_owner
from zhiji.flow.segment import queries
from zhiji.flow.segment.explain import presentation
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.figures import composition
from zhiji.flow.segment.figures.kept_figures import figure
from zhiji.flow.segment.models import SchemeClass, Segment
from zhiji.flow.segment.web import pictures
from zhiji.flow.segment.web.segments import user_of
from zhiji.kernel import clock
from zhiji.kernel.keyset import page


def _segment(request: HttpRequest, key: str) -> tuple[Segment, int | None]:
    """The segment, sized for who asks, and the owner whose customers alone are counted."""
    user = user_of(request)
    require(user, "segments:read")
    owner = only_owner(user)
    (found,) = queries.sized([get_object_or_404(Segment, key=key)], owner)
    return found, owner


def pending(request: HttpRequest, height: int = 120) -> HttpResponse:
    """Said until a worker has computed it; asks again by itself."""
    return render(request, "segment/_pending.html", {"again": request.get_full_path(), "height": height})


@require_safe
def history(request: HttpRequest, key: str) -> HttpResponse:
    """Size over time, who came and who went."""
    found, owner = _segment(request, key)
    kept = figure("history", key, clock.now(), owner)
    if kept is None:
        return pending(request)
    days = kept.data["days"]
    context = {
        "segment": found,
        "began": kept.data["began"],
        "sizes": pictures.sizes(kept.data),
        "sizes_rows": [
            (_("日期"), _("人数")),
            *((day, size) for day, size in kept.data["before"]),
            *((one["day"], one["size"]) for one in days),
        ],
        "passages": pictures.passages(kept.data),
        "passages_rows": [
            (_("日期"), _("进入"), _("离开"), _("定义变化带来的进入"), _("定义变化带来的离开")),
            *((one["day"], one["entered"], one["left"], one["built_in"], one["built_out"]) for one in days[-30:]),
        ],
        "entered": sum(one["entered"] for one in days[-30:]),
        "left": sum(one["left"] for one in days[-30:]),
        "as_of": kept.as_of,
    }
    return render(request, "segment/_history.html", context)


@require_safe
def composed(request: HttpRequest, key: str) -> HttpResponse:
    """Of whom the segment consists, beside everybody."""
    (found, owner), now = _segment(request, key), clock.now()
    own, everyone = figure("composition", key, now, owner), figure("composition", "", now, owner)
    if own is None or everyone is None:
        return pending(request)
    context = {"segment": found, "groups": groups(key, own.data, everyone.data), "as_of": own.as_of}
    return render(request, "segment/_composition.html", context)


def groups(key: str, own: Mapping[str, Any], everyone: Mapping[str, Any]) -> list[tuple[str, list[pictures.Bar]]]:
    """(what, bars): by each scheme's classes, region, age, what was spent in a year."""
    total, whole = own["total"], everyone["total"]
    found = []
    schemes: dict[str, list[tuple[Any, int, int, str]]] = {}
    for one in SchemeClass.objects.filter(position__gte=0).select_related("scheme").order_by("scheme_id", "position"):
        pk, url = str(one.pk), pictures.members_url(key, **{"class": f"{one.scheme.key}:{one.key}"})
        row = (one.name, own["classes"].get(pk, 0), everyone["classes"].get(pk, 0), url)
        schemes.setdefault(one.scheme.name, []).append(row)
    found += [(name, pictures.bars(rows, total, whole)) for name, rows in schemes.items()]
    regions = sorted(own["regions"].items(), key=lambda one: (one[0] == "", -one[1]))[:10]
    urls = {name: pictures.members_url(key, region=name) if name else "" for name, _count in regions}
    named = [(name or _("未知"), count, everyone["regions"].get(name, 0), urls[name]) for name, count in regions]
    found.append((_("地区"), pictures.bars(named, total, whole)))
    found.append((_("年龄"), pictures.bars(_ages(own["ages"], everyone["ages"]), total, whole)))
    spent = _spent(key, own, everyone) if own["bounds"] == everyone["bounds"] else []
    found.append((_("近一年消费"), pictures.bars(spent, total, whole)))
    return [(name, rows) for name, rows in found if rows]


def _ages(own: Sequence[int], everyone: Sequence[int]) -> list[tuple[Any, int, int, str]]:
    labels = [
        (_("%(to)s 岁以下") if low is None else _("%(low)s 岁及以上") if to is None else _("%(low)s–%(to)s 岁"))
        % {"low": low, "to": to if low is None or to is None else to - 1}
        for low, to in composition.age_labels()
    ]
    pairs = zip(own, everyone, strict=True)
    return [(label, mine, all_, "") for label, (mine, all_) in zip([*labels, _("未知")], pairs, strict=True)]


def _spent(key: str, own: Mapping[str, Any], everyone: Mapping[str, Any]) -> list[tuple[Any, int, int, str]]:
    """Each from an amount to an amount, which the page writes as money."""
    bounds = own["bounds"]
    labels: list[tuple[Any, str]] = [(_("没有消费"), "")]
    for low, high in zip([0.0, *bounds], [*bounds, None], strict=True):
        asked = {"amount_365d_min": f"{low or 0.01:g}", **({"amount_365d_max": f"{high:g}"} if high else {})}
        labels.append(((low, high), pictures.members_url(key, **asked)))
    counts = zip(own["spent"], everyone["spent"], strict=True)
    return [(label, *pair, url) for (label, url), pair in zip(labels, counts, strict=True)]


@require_safe
def overlapped(request: HttpRequest, key: str) -> HttpResponse:
    """Which other segments its members are in."""
    found, owner = _segment(request, key)
    kept = figure("overlap", key, clock.now(), owner)
    if kept is None:
        return pending(request)
    names = dict(Segment.objects.values_list("key", "name"))
    others = [
        {
            **one,
            "name": names.get(one["key"], one["key"]),
            "share": one["shared"] / (kept.data["size"] or 1),
            "percent": round(one["shared"] / (kept.data["size"] or 1) * 100),
            "url": reverse("segment", args=[one["key"]]),
        }
        for one in kept.data["others"]
    ]
    columns = pictures.combinations(kept.data, [one["name"] for one in others])
    rows = [(one, [column.dot(at) for column in columns]) for at, one in enumerate(others)]
    context = {"segment": found, "rows": rows, "columns": columns, "rest": kept.data["rest"], "as_of": kept.as_of}
    context["may_write"] = may(user_of(request), "segments:write")
    return render(request, "segment/_overlap.html", context)


@require_safe
def members(request: HttpRequest, key: str) -> HttpResponse:
    """A page of the members that the user may see, by name and since when."""
    (found, _owner), user = _segment(request, key), user_of(request)
    text, since = request.GET.get("q", ""), request.GET.get("since", "")
    wanted = queries.members_found(found, user, text, since)
    shown = page(wanted, order=("-customer_id",), size=15, cursor=request.GET.get("cursor", ""))
    recall(shown.rows, clock.now(), user)
    names = queries.names_of([one.customer_id for one in shown.rows], user)
    rows = [
        {"row": one, "name": names.get(one.customer_id, ""), "reasons": presentation.reasons(one.why)}
        for one in shown.rows
    ]
    context = {"segment": found, "page": shown, "members": rows, "narrowed": bool(text or since)}
    return render(request, "segment/_members.html", context)


@require_safe
def changes(request: HttpRequest, key: str) -> HttpResponse:
    """Who came and went last, with the reason."""
    (found, _owner), user = _segment(request, key), user_of(request)
    recent = list(queries.changes(user, segment=found)[:8])
    names = queries.names_of([one.customer_id for one in recent], user)
    rows = [{**one, "name": names.get(one["customer_id"], "")} for one in presentation.changes(recent, user)]
    return render(request, "segment/_changes.html", {"changes": rows})
