"""One module per family; a metric is an expression that any engine can run."""

from troth.analysis.metrics.catalogue import Entry, catalog, reference
from troth.analysis.metrics.dimensions import DIMENSIONS, NONE, Dimension
from troth.analysis.metrics.errors import (
    MetricError,
    MissingColumnsError,
    MissingTableError,
    NaiveAsOfError,
    OtifTermsError,
    UnknownDimensionError,
    UnknownMetricError,
)
from troth.analysis.metrics.measuring import Row, expression, measure, newest
from troth.analysis.metrics.metric import Aggregation, Better, Metric, Setting, Unit
from troth.analysis.metrics.registry import METRICS, REASONS, dimensions_of, metric_named
from troth.analysis.metrics.tables import COLUMNS, Tables
from troth.analysis.metrics.terms import DEFAULT_TERMS, OtifTerms

__all__ = [
    "COLUMNS",
    "DEFAULT_TERMS",
    "DIMENSIONS",
    "METRICS",
    "NONE",
    "REASONS",
    "Aggregation",
    "Better",
    "Dimension",
    "Entry",
    "Metric",
    "MetricError",
    "MissingColumnsError",
    "MissingTableError",
    "NaiveAsOfError",
    "OtifTerms",
    "OtifTermsError",
    "Row",
    "Setting",
    "Tables",
    "Unit",
    "UnknownDimensionError",
    "UnknownMetricError",
    "catalog",
    "dimensions_of",
    "expression",
    "measure",
    "metric_named",
    "newest",
    "reference",
]
