"""The dashboard's pictures as ECharts options. A datum's `url` opens the customers behind it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _


def customers_url(**filters: str) -> str:
    """The customer list with these filters on."""
    return f"{reverse('customers')}?{urlencode(filters)}"


def class_bar(scheme: dict[str, Any]) -> dict[str, Any]:
    """One scheme's classes as bars, in their order."""
    classes = scheme["classes"]
    return {
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "show": False, "boundaryGap": [0, "18%"]},  # where the longest bar's figure stands
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [one["name"] for one in classes],
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barWidth": "58%",
                "label": {"show": True, "position": "right", "color": "$text", "textBorderWidth": 0},
                "data": [
                    {
                        "name": one["name"],
                        "value": one["size"],
                        "label": {"formatter": f"{one['size']:,}"},
                        "itemStyle": {
                            "color": f"${one['colour']}",
                            "borderRadius": 3,
                        },
                        "url": customers_url(**{"class": f"{scheme['key']}:{one['key']}"}),
                    }
                    for one in classes
                ],
            }
        ],
    }


def heat_map(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Recency score (across) by frequency score (up), coloured by how many customers."""
    scores = ["1", "2", "3", "4", "5"]
    return {
        "grid": {"left": 24, "right": 24, "top": 32, "bottom": 64},
        "tooltip": {"position": "top"},
        "xAxis": {"type": "category", "data": scores, "name": "R", "splitArea": {"show": True}},
        "yAxis": {"type": "category", "data": scores, "name": "F", "splitArea": {"show": True}},
        "visualMap": {
            "min": 0,
            "max": max((cell["customers"] for cell in cells), default=1),
            "calculable": False,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 90,
            "itemWidth": 10,
            "inRange": {"color": ["$heat-0", "$heat-1", "$heat-2", "$heat-3"]},
        },
        "series": [
            {
                "type": "heatmap",
                "label": {"show": True},
                "data": [
                    {
                        "value": [cell["recency"] - 1, cell["frequency"] - 1, cell["customers"]],
                        "url": customers_url(recency=str(cell["recency"]), frequency=str(cell["frequency"])),
                    }
                    for cell in cells
                ],
            }
        ],
    }


def weekly(weeks: Sequence[dict[str, Any]], going: str) -> dict[str, Any]:
    """Revenue as bars and buyers as a line, by week; of the week `going` on, which isn't over, an open bar and a dashed
    end of the line."""
    over = [week for week in weeks if week["week"] != going]
    line = {"type": "line", "yAxisIndex": 1, "showSymbol": False, "smooth": 0.2, "itemStyle": {"color": "$orange"}}
    name = _("购买客户")
    return {
        "legend": {"top": 0, "left": 0, "data": [_("营收"), name]},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [_week(week["week"], going) for week in weeks]},
        "yAxis": [
            {"type": "value", "axisLabel": {"formatter": "$big"}},
            {"type": "value", "splitLine": {"show": False}},
        ],
        "series": [
            {
                "name": _("营收"),
                "type": "bar",
                "itemStyle": {"color": "$blue", "borderRadius": [2, 2, 0, 0]},
                "data": [_bar(week, going) for week in weeks],
            },
            {**line, "name": name, "lineStyle": {"width": 2}, "data": [week["customers"] for week in over]},
            *(
                [
                    {
                        **line,
                        "name": _("购买客户（本周至今）"),
                        "lineStyle": {"width": 2, "type": "dashed"},
                        "data": [None] * (len(weeks) - 2) + [week["customers"] for week in weeks[-2:]],
                    }
                ]
                if len(over) < len(weeks)
                else []
            ),
        ],
    }


def _week(monday: str, going: str) -> str:
    return _("%(week)s 至今") % {"week": monday[5:]} if monday == going else monday[5:]


def _bar(week: dict[str, Any], going: str) -> dict[str, Any]:
    unfinished = {"color": "transparent", "borderColor": "$blue", "borderType": "dashed", "borderWidth": 1.5}
    return {
        "value": round(week["amount"], 2),
        "url": reverse("week", args=[week["week"]]),
        **({"itemStyle": unfinished} if week["week"] == going else {}),
    }


def forest(effects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Each rule's difference in percentage points with its 95 % interval, zero in the middle."""
    rules = [one for one in effects if one["treated"]["entries"] and one["held_out"]["entries"]]
    points = []
    bars = []
    for place, one in enumerate(rules):
        colour = {"better": "$green", "worse": "$red", "open": "$muted"}[one["verdict"]]
        points.append({"value": [round(100 * one["difference"], 2), place], "itemStyle": {"color": colour}})
        bars.append(
            {
                "coords": [[round(100 * one["low"], 2), place], [round(100 * one["high"], 2), place]],
                "lineStyle": {"color": colour, "width": 2},
            }
        )
    return {
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value} pp"}},
        "yAxis": {"type": "category", "inverse": True, "data": [one["name"] for one in rules]},
        "series": [
            {"type": "scatter", "symbolSize": 10, "data": points},
            {"type": "lines", "coordinateSystem": "cartesian2d", "data": bars, "silent": True},
        ],
    }
