"""What is a metric: which question does it answer, of which rows, and how are they added up?

A metric judges each row of its table: is the row in, for which reason is it not, and what is its
value? How values are added up is one of four words. So the count of rows always comes out even:
rows = counted + excluded, each excluded row under exactly one reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ibis import cases
from ibis.expr.types import BooleanColumn, Column, Table

from troth.analysis.metrics.terms import DEFAULT_TERMS, OtifTerms

COUNTED = -1  # the verdict on a row that no reason leaves out


class Unit(StrEnum):
    """What a value is counted in."""

    PERCENT = "percent"
    DAYS = "days"  # of 24 hours
    HOURS = "hours"
    WORKING_HOURS = "working hours"  # on the case's own calendar


class Aggregation(StrEnum):
    """How the values of the counted rows become one."""

    SHARE = "share"  # 100 × rows whose value is true ÷ counted rows
    MEAN = "mean"
    MEDIAN = "median"  # of two in the middle, their mean
    DEVIATION = "deviation"  # sample standard deviation; no value below two rows


class Better(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What counts as now, and the terms that a judgement needs beside its row."""

    as_of: datetime
    terms: OtifTerms = DEFAULT_TERMS
    lost_after_days: int = 90  # undelivered so long after its promise: never delivered


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What a metric makes of each row of its table. Every condition is true or false, not null."""

    value: Column  # boolean for a share, else whole seconds
    left_out: tuple[tuple[str, BooleanColumn], ...]  # reason → rows; the first that fits counts
    assumed: tuple[tuple[str, BooleanColumn], ...] = ()  # counted, though something is not known
    is_open: BooleanColumn | None = None  # rows that may still change the value

    def verdict(self) -> Column:
        """Each row's position in `left_out`, of the first reason that fits; -1: it is counted."""
        branches = [(rows, position) for position, (_, rows) in enumerate(self.left_out)]
        return cases(*branches, else_=COUNTED)


Judge = Callable[[Table, Setting], Judgement]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: what it asks, how it is defined, who answers for it, and its expression."""

    name: str
    title: str  # the question
    definition: str  # the formula in a sentence
    source: str  # the standard or paper that it follows
    unit: Unit
    aggregation: Aggregation
    better: Better
    owner: str  # the function of the company that answers for it
    table: str
    grain: str  # what one counted row is
    judge: Judge = field(repr=False)
    target: Decimal | None = None  # None: the company has set none
    reference: str = ""  # of OTIF: the date that is held against
    family: str = ""

    @property
    def seconds(self) -> int:
        """How many seconds its unit has; 1 for a share."""
        return {Unit.DAYS: 86_400, Unit.HOURS: 3_600, Unit.WORKING_HOURS: 3_600}.get(self.unit, 1)

    @property
    def symbol(self) -> str:
        """The unit as it stands behind a number."""
        return {
            Unit.PERCENT: "%",
            Unit.DAYS: "d",
            Unit.HOURS: "h",
            Unit.WORKING_HOURS: "working h",
        }[self.unit]


def seconds_between(start: Column, end: Column) -> Column:
    """Whole seconds from one instant column to another, each cut to its second as clocks do.

    Whole numbers, so that a sum does not depend on the order in which an engine adds.
    """
    first, last = (
        column.epoch_seconds().cast("float64").floor().cast("int64") for column in (start, end)
    )
    return last - first
