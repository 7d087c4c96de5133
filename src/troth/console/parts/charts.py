"""What does a measure look like? One Vega-Lite spec, for the page and for pictures in reports.

One theme: no frame, a light grid, zero kept, the target as a thin line, direct labels for three
series or fewer. The question is the title, the answer the sub-title.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import vl_convert

from troth.analysis.metrics import Entry, Row

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_DATES = "%b %Y"

# What every chart wears; a page lays its own colours over it.
THEME: dict[str, Any] = {
    "font": _FONT,
    "background": "#ffffff",
    "view": {"stroke": None},
    "axis": {
        "grid": True,
        "gridColor": "#e3e6e8",
        "domain": False,
        "ticks": False,
        "labelColor": "#4b5357",
        "titleColor": "#4b5357",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelPadding": 6,
    },
    "axisX": {"grid": False},
    "line": {"color": "#17696b", "strokeWidth": 2},
    "point": {"color": "#17696b"},
    "bar": {"color": "#17696b"},
    "rule": {"color": "#4b5357"},
    "text": {"color": "#4b5357", "fontSize": 11},
    "title": {"anchor": "start", "fontSize": 14, "subtitleFontSize": 12, "offset": 12},
}


def chart(
    metric: Entry, rows: Sequence[Row], *, by: str, answer: str = "", is_titled: bool = False
) -> dict[str, Any]:
    """The spec of one metric split by one dimension.

    Groups without a value are left out, months that still run are drawn dashed. With `is_titled`
    the question and the answer stand in the picture, for use outside a page.
    """
    is_time = by == "month"
    shown = [row for row in rows if row.value is not None]
    if not is_time:
        shown.sort(key=lambda row: (-(row.value or 0.0), row.dimensions[by]))
    values = [
        {
            "group": row.dimensions[by],
            "value": row.value,
            "of": row.denominator,
            "complete": row.is_complete,
        }
        for row in shown
    ]
    draw = _over_time if is_time else _by_group
    spec: dict[str, Any] = {
        "$schema": _SCHEMA,
        "description": f"{metric.title} {answer}".strip(),
        "data": {"values": values},
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": THEME,
        **draw(metric, shown),
    }
    if is_titled:
        spec["title"] = {"text": metric.title, "subtitle": answer}
        spec["width"] = 720
        del spec["autosize"]
    return spec


def picture(spec: dict[str, Any], form: str) -> bytes:
    """A spec as "svg" or "png" bytes; nothing is fetched."""
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))


def _y(metric: Entry) -> dict[str, Any]:
    scale: dict[str, Any] = {"zero": True, "nice": True}
    if metric.unit == "percent":
        scale = {"domain": [0, 100]}
    return {
        "field": "value",
        "type": "quantitative",
        "title": metric.unit if metric.unit != "percent" else "%",
        "scale": scale,
        "axis": {"tickCount": 5},
    }


def _target(metric: Entry, channel: str) -> list[dict[str, Any]]:
    if metric.target is None:
        return []
    target = float(Decimal(metric.target))
    place: dict[str, Any] = {channel: {"datum": target}}
    words = f"target {metric.target} {metric.symbol}"
    label: dict[str, Any] = {"type": "text", "text": words, "dy": -6, "align": "right"}
    if channel == "y":
        label["x"] = {"expr": "width"}
    else:
        label |= {"y": -2, "align": "center", "dy": -4}
    return [
        {"mark": {"type": "rule", "strokeWidth": 1, "strokeDash": [2, 2]}, "encoding": place},
        {"mark": label, "encoding": place},
    ]


def _over_time(metric: Entry, rows: Sequence[Row]) -> dict[str, Any]:
    both = {
        "x": {
            "field": "group",
            "type": "temporal",
            "timeUnit": "utcyearmonth",
            "title": None,
            "axis": {"format": _DATES, "labelOverlap": True, "tickCount": min(len(rows), 8)},
        },
        "y": _y(metric),
    }
    layers = _target(metric, "y")
    if not all(row.is_complete for row in rows):
        dashed = {"type": "line", "strokeDash": [3, 3], "opacity": 0.7}
        layers.append({"mark": dashed, "encoding": both})
    if any(row.is_complete for row in rows):
        whole = [{"filter": "datum.complete"}]
        layers.append({"transform": whole, "mark": {"type": "line"}, "encoding": both})
    layers.append({"mark": {"type": "point", "filled": True, "size": 28}, "encoding": both})
    return {"height": 200, "layer": layers}


def _by_group(metric: Entry, rows: Sequence[Row]) -> dict[str, Any]:
    y = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "sort": None,  # as listed: largest first
        "axis": {"labelLimit": 140},
    }
    x = {**_y(metric), "axis": {"tickCount": 5, "grid": True}}
    return {
        "height": max(80, 26 * len(rows)),
        "layer": [
            {"mark": {"type": "bar", "height": 14}, "encoding": {"x": x, "y": y}},
            *_target(metric, "x"),
        ],
    }
