"""What can be wrong with a question to the metrics, and what to do about it?"""

from __future__ import annotations

import inspect
from typing import ClassVar


class MetricError(ValueError):
    """The metrics cannot be measured as asked."""

    code: ClassVar[str] = "metric"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**fields))


class UnknownMetricError(MetricError):
    """No metric is called {name!r}. Use one of: {known}."""

    code = "metric.unknown"


class UnknownDimensionError(MetricError):
    """{metric} cannot be split by {dimension!r}. It can be split by: {known}."""

    code = "metric.dimension"


class MissingTableError(MetricError):
    """{metric} needs the table {table!r}, and the tables given are: {known}.
    Bring the snapshots up to date, or add a folder of that name with Parquet files in it."""

    code = "metric.table"


class MissingColumnsError(MetricError):
    """The table {table!r} lacks the columns {columns}, which {metric} reads.
    Add them under these names; docs/reference/metrics.md lists the columns of each table."""

    code = "metric.columns"


class NaiveAsOfError(MetricError):
    """The instant {found!r} has no time zone, expected an aware datetime as `as_of`.
    Attach the zone that it is meant in."""

    code = "metric.as_of"


class OtifTermsError(MetricError):
    """OTIF terms: {field} is {found}, expected {expected}. Correct the contract's terms."""

    code = "metric.otif_terms"
