"""Which metrics are there? One line a metric of a family, one family a module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from troth.analysis.metrics.dimensions import DIMENSIONS, Dimension
from troth.analysis.metrics.errors import UnknownDimensionError, UnknownMetricError
from troth.analysis.metrics.metric import Metric
from troth.analysis.metrics.promises import PROMISES
from troth.analysis.metrics.service import SERVICE

# One line a family.
FAMILIES: dict[str, tuple[Metric, ...]] = {
    "promises": PROMISES,
    "service": SERVICE,
}

METRICS: dict[str, Metric] = {
    metric.name: replace(metric, family=family)
    for family, metrics in FAMILIES.items()
    for metric in metrics
}

# Why a row is left out, or what was assumed of it: code → sentence.
REASONS: dict[str, str] = {
    "cancelled": "Cancelled before it could be kept or broken.",
    "never_delivered": "Not delivered long after its promise: given up as lost.",
    "not_delivered_yet": "Still on its way.",
    "not_due_yet": "Neither delivered nor due.",
    "no_promise": "No promise was made.",
    "no_source_promise": "The source system gave no promise.",
    "no_requested_date": "The customer named no date.",
    "cold_start_not_known": "Whether the lane had a history is not recorded.",
    "no_clock": "No clock was started.",
    "still_running": "Its clock runs on and is not breached.",
    "not_resolved": "Not solved yet.",
    "source_silent": "The desk does not say.",
    "quantity_not_known": "Taken as delivered in full: no delivered quantity is known.",
}


def metric_named(name: str) -> Metric:
    """Raises UnknownMetricError."""
    try:
        return METRICS[name]
    except KeyError:
        raise UnknownMetricError(name=name, known=", ".join(METRICS)) from None


def dimensions_of(metric: Metric) -> tuple[Dimension, ...]:
    """By what a metric can be split, in the order of DIMENSIONS."""
    return tuple(item for item in DIMENSIONS.values() if item.column(metric.table) is not None)


def dimensions_for(metric: Metric, names: Iterable[str]) -> tuple[Dimension, ...]:
    """The dimensions of these names. Raises UnknownDimensionError."""
    allowed = {item.name: item for item in dimensions_of(metric)}
    for name in names:
        if name not in allowed:
            raise UnknownDimensionError(
                metric=metric.name, dimension=name, known=", ".join(allowed)
            )
    return tuple(allowed[name] for name in names)
