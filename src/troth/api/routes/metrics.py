"""Measures over HTTP: how each is defined, and what it says group by group."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.measures import measured
from troth.analysis.metrics import catalog, metric_named
from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described
from troth.api.shapes.metrics import (
    Metric,
    MetricDetail,
    MetricFilters,
    MetricList,
    MetricRow,
    Split,
)
from troth.api.signing_in import viewer
from troth.core.access.roles import Right

PRIVATE = ".troth"  # the workspace's own folder, as connectors.workspace names it
router = Router()


@router.get(
    "/metrics", **described("metric_list", "List measures", tag="Measures", answers=MetricList)
)
def metric_list(request: HttpRequest, filters: Query[MetricFilters]) -> HttpResponse:
    """Every measure with its definition, unit, owner and direction, by name."""
    viewer(request).require(Right.SEE_MEASURES)
    reach = reach_of(request, filters)
    rows = [item for item in catalog() if filters.family in ("", item.family)]
    found = slice_of(rows, reach, key=lambda item: (item.name,))
    return list_answer(request, filters, MetricList, found)


@router.get(
    "/metrics/{name}",
    **described("metric_measure", "Measure", tag="Measures", answers=MetricDetail),
)
def metric_measure(request: HttpRequest, name: str, split: Query[Split]) -> HttpResponse:
    """A measure's values, split `by` one dimension or several: its entry names them."""
    seen_by = viewer(request)
    seen_by.require(Right.SEE_MEASURES)
    metric_named(name)
    by = [item for item in split.by.split(",") if item]
    folder = Path(settings.WORKSPACE) / PRIVATE
    rows = measured(folder, viewer=seen_by, metrics=[name], by=by)
    entry = next(item for item in catalog() if item.name == name)
    return json_answer(
        MetricDetail(
            metric=Metric.model_validate(entry),
            by=by,
            rows=[MetricRow.model_validate(row) for row in rows],
        )
    )
