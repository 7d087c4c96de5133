"""What does the API say of a measure?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class MetricFilters(Paging):
    """Which measures?"""

    family: str = Field("", max_length=200, description="Of this family.", examples=["promises"])


class Split(BaseModel):
    """By what is a measure split?"""

    by: str = Field(
        "",
        max_length=200,
        description="Names of dimensions, with commas between them.",
        examples=["tier,month"],
    )


class Metric(Shape):
    """One measure: what it asks, how it is defined, and who answers for it."""

    name: str
    family: str
    title: str = Field(description="The question.")
    definition: str
    source: str = Field(description="The standard or paper that it follows.")
    unit: str
    better: str = Field(description="higher or lower.")
    owner: str
    target: Maybe
    grain: str = Field(description="What one counted row is.")
    dimensions: list[str] = Field(description="What it can be split by.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "promise_coverage",
        "family": "promises",
        "title": "How often do orders arrive by what we first promised?",
        "definition": "Orders delivered by first_promised_at ÷ orders delivered or due.",
        "source": "Company definition",
        "unit": "percent",
        "better": "higher",
        "owner": "Operations manager",
        "target": None,
        "grain": "an order",
        "dimensions": ["month", "tier", "segment", "region"],
    }


class MetricList(Listing):
    """Measures, by name."""

    data: list[Metric]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Metric, "/metrics")


class MetricRow(Shape):
    """A measure's value in one group: what it rests on, and what was left out."""

    dimensions: dict[str, str] = Field(description="Name → value; (none) for no value.")
    value: float | None = Field(description="Null: nothing to measure, which is not zero.")
    numerator: float | None
    denominator: int = Field(description="Counted rows.")
    n: int = Field(description="All rows of the group: denominator and excluded.")
    excluded: dict[str, int] = Field(description="Reason → rows left out.")
    assumed: dict[str, int] = Field(description="Reason → counted rows not fully known.")
    open: int = Field(description="Rows whose end may still change the value.")
    is_complete: bool
    terms: Maybe = Field(description="Of OTIF, in words.")
    as_of: datetime = Field(description="What counted as now.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "dimensions": {"tier": "Gold"},
        "value": 90.4,
        "numerator": 904.0,
        "denominator": 1000,
        "n": 1010,
        "excluded": {"cancelled": 10},
        "assumed": {},
        "open": 3,
        "is_complete": False,
        "terms": None,
        "as_of": "2026-01-31T23:59:00Z",
    }


class MetricDetail(Shape):
    """One measure and its values, group by group, in the order of the groups."""

    metric: Metric
    by: list[str]
    rows: list[MetricRow]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "metric": Metric.EXAMPLE,
        "by": ["tier"],
        "rows": [MetricRow.EXAMPLE],
    }
