"""How are records matched that share no key, how surely, and what would another threshold do?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _t

from troth.console.parts.charts import THEME
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.queries.matching import CurvePoint, LearntModel, matching

_ROWS = 12  # of the table beside the picture


@page(Right.SEE_MEASURES)
def index(request: PageRequest) -> HttpResponse:
    """The model that was learnt, its thresholds, and its curve."""
    found = matching(viewer=request.reading.viewer)
    context: dict[str, Any] = {"found": found}
    if found is not None and found.model is not None and found.model.curve:
        context["points"] = _some(found.model.curve)
        context["spec"] = _curve(found.model)
    return render(request, "pages/match.html", context)


def _some(curve: tuple[CurvePoint, ...]) -> list[CurvePoint]:
    """Evenly, with both ends."""
    last, shown = len(curve) - 1, min(len(curve), _ROWS)
    if last == 0:
        return list(curve)
    return [curve[round(at * last / (shown - 1))] for at in range(shown)]


def _curve(model: LearntModel) -> dict[str, Any]:
    """Precision and recall by the weight from which records are joined; the thresholds as lines."""
    precision, recall = _t("Precision"), _t("Recall")
    values = [
        {"weight": float(point.weight), "what": what, "share": float(share)}
        for point in model.curve
        for what, share in ((precision, point.precision), (recall, point.recall))
    ]
    x = {
        "field": "weight",
        "type": "quantitative",
        "title": _t("joined from this weight on, bits"),
        "scale": {"zero": False, "nice": False},
    }
    y = {
        "field": "share",
        "type": "quantitative",
        "title": None,
        "axis": {"format": "%", "tickCount": 5},
        "scale": {"domain": [0, 1]},
    }
    colour = {
        "field": "what",
        "type": "nominal",
        "sort": [precision, recall],
        "title": None,
        "legend": {"orient": "top", "labelFontSize": 11},
    }
    lines = [
        {"weight": float(weight)}
        for weight in (model.match_from, model.possible_from)
        if weight is not None
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": _t("Precision and recall by the weight from which records are joined."),
        "data": {"values": values},
        "width": "container",
        "height": 220,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": THEME,
        "layer": [
            {"mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "strokeDash": [3, 3]},
                "encoding": {"x": {"field": "weight", "type": "quantitative"}},
            },
        ],
    }
