"""The pictures of segments and schemes: ECharts options, and what the bars and dots of the fragments are drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _


def sizes(history: Mapping[str, Any]) -> dict[str, Any]:
    """A segment's size: as the log tells, and before that by the condition as of those days."""
    told = [[one["day"], one["size"]] for one in history["days"]]
    line = {"type": "line", "showSymbol": False, "areaStyle": {"opacity": 0.1}}
    series = [{**line, "name": _("人数"), "data": told, "itemStyle": {"color": "$c1"}}]
    if history["before"]:
        data = [*history["before"], *told[:1]]
        dashed = {**line, "lineStyle": {"type": "dashed"}, "itemStyle": {"color": "$muted"}}
        series.append({**dashed, "name": _("按现在的条件回溯"), "data": data})
    return {
        **({"legend": {"type": "scroll", "right": 36}} if history["before"] else {}),
        "xAxis": {
            "type": "time",
            "splitLine": {"show": False},
            "axisLabel": {"formatter": "{MM}-{dd}", "hideOverlap": True},
        },
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"formatter": "$big"}},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


def passages(history: Mapping[str, Any]) -> dict[str, Any]:
    """Who came (up) and went (down) on each day; what a new definition moved stands apart."""
    days = history["days"][-30:]
    bars = (
        (_("进入"), "entered", 1, "$green"),
        (_("离开"), "left", -1, "$orange"),
        (_("定义变化带来的进入"), "built_in", 1, "$c7"),
        (_("定义变化带来的离开"), "built_out", -1, "$muted"),
    )
    series = [
        {
            "type": "bar",
            "stack": "moved",
            "name": name,
            "data": [way * one[what] for one in days],
            "itemStyle": {"color": colour},
            "barMaxWidth": 14,
        }
        for name, what, way, colour in bars
        if what in ("entered", "left") or any(one[what] for one in days)
    ]
    return {
        "legend": {"type": "scroll", "right": 36},
        "xAxis": {"type": "category", "data": [one["day"][5:] for one in days], "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }


def months(found: Sequence[Mapping[str, Any]], classes: Sequence[Any], url: str) -> dict[str, Any]:
    """Classes as stacked columns, one for each month's end; a column opens that month's flows."""
    names = month_names(found)
    return {
        "legend": {"type": "scroll", "right": 36},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "$big"}},
        "series": [
            {
                "type": "bar",
                "stack": "all",
                "name": one.name,
                "barWidth": "62%",
                "itemStyle": {"color": f"${one.colour}"},
                "data": [
                    {"value": month["sizes"].get(one.key, 0), **({"url": f"{url}?month={at}#flows"} if at else {})}
                    for at, month in enumerate(found)
                ],
            }
            for one in classes
        ],
    }


def month_names(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """2026-03 …, and now."""
    return [*(one["at"][:7] for one in found[:-1]), _("现在")]


def flows(
    moved: Sequence[Sequence[Any]],
    labels: Mapping[str, tuple[str, str]],
    before: str,
    after: str,
    url: Callable[[str, str], str] = lambda source, target: "",
) -> dict[str, Any]:
    """Who went from which class (left) to which (right); `url` is the page of those who made a move."""
    order = {key: at for at, key in enumerate(labels)}
    nodes: list[dict[str, Any]] = []
    named: list[dict[str, str]] = [{}, {}]
    for depth, nowhere in enumerate((before, after)):
        for key in sorted({one[depth] for one in moved}, key=lambda key: order.get(key, 99)):
            name, colour = labels.get(key, (key, "muted")) if key else (nowhere, "muted")
            named[depth][key] = name + " " * (1 - depth)  # a blank tells the sides apart
            look = {"label": {"position": "left"}} if depth else {}
            nodes.append({"name": named[depth][key], "depth": depth, "itemStyle": {"color": f"${colour}"}, **look})
    links = [
        {
            "source": named[0][one],
            "target": named[1][other],
            "value": count,
            **({"url": to} if (to := url(one, other)) else {}),
        }
        for one, other, count in moved
    ]
    series = {
        "type": "sankey", "left": 4, "right": 4, "top": 28, "bottom": 8, "nodeGap": 12, "nodeWidth": 14,
        "layoutIterations": 0, "emphasis": {"focus": "adjacency"}, "data": nodes, "links": links,
        "lineStyle": {"color": "gradient", "opacity": 0.4}, "label": {"color": "$text", "textBorderWidth": 0},
    }  # fmt: skip
    return {"tooltip": {"trigger": "item"}, "series": [series]}


@dataclass(frozen=True)
class Bar:
    """A share of the segment beside the share of everybody, both 0 to 1, with widths in percent for the drawing."""

    label: Any
    count: int
    share: float
    all_share: float
    url: str = ""

    @property
    def span(self) -> bool:
        """Whether the label is from one amount to another (None: no end)."""
        return isinstance(self.label, tuple)

    @property
    def width(self) -> int:
        return round(self.share * 100)

    @property
    def mark(self) -> int:
        return round(self.all_share * 100)

    @property
    def times(self) -> str:
        """How many times as frequent as among everybody; nothing where it is about the same, or of too few."""
        if self.count < 5 or not self.all_share:
            return ""
        times = self.share / self.all_share
        return "" if 0.8 <= times <= 1.25 else f"{times:.1f}×"


def bars(rows: Sequence[tuple[Any, int, int, str]], total: int, everyone: int) -> list[Bar]:
    """From (label, count here, count among everybody, address); rows that nobody is in are left out."""
    return [
        Bar(label, count, count / (total or 1), whole / (everyone or 1), url)
        for label, count, whole, url in rows
        if count or whole
    ]


@dataclass(frozen=True)
class Combination:
    """A column of the overlap: how many members are in exactly these others; the bar's height in percent."""

    count: int
    height: int
    share: float
    names: str
    dots: list[bool]
    first: int
    last: int

    def dot(self, at: int) -> tuple[bool, bool, bool]:
        """Of row `at`: whether it is in, and whether the line that ties the dots runs up and down from it."""
        return self.dots[at], self.first < at <= self.last, self.first <= at < self.last


def combinations(found: Mapping[str, Any], names: Sequence[str]) -> list[Combination]:
    """The columns of the overlap, most members first."""
    most = max((one["count"] for one in found["combinations"]), default=1)
    return [
        Combination(
            count=one["count"],
            height=max(1, round(one["count"] / most * 100)),
            share=one["count"] / (found["size"] or 1),
            names=_("、").join(names[place] for place in one["in"]) or _("不在其中任何一个"),
            dots=[place in one["in"] for place in range(len(names))],
            first=min(one["in"], default=0),
            last=max(one["in"], default=0),
        )
        for one in found["combinations"]
    ]


def members_url(key: str, **more: str) -> str:
    """The customer list of a segment with more filters."""
    return f"{reverse('customers')}?{urlencode({'segment': key, **more})}"
