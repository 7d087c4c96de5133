"""By what can a metric be split, and which column says so?"""

from __future__ import annotations

from dataclasses import dataclass

from ibis.expr.types import Column, Table

from troth.analysis.metrics.tables import source_of

NONE = "(none)"  # no tier, no region…: a group of its own, never left out


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One way to split: its name, what it means, and its column on each table that has it."""

    name: str
    about: str
    columns: dict[str, str]  # table → column

    def column(self, table: str) -> str | None:
        """The column on a table, None where the table cannot be split so."""
        return self.columns.get(source_of(table))

    def text(self, value: str) -> str:
        """A group's value as people write it: a month is 2018-03, not its first day."""
        return value[:7] if self.name == "month" and value != NONE else value


def _of_both(column: str) -> dict[str, str]:
    return {"promises": column, "cases": column}


DIMENSIONS: dict[str, Dimension] = {
    item.name: item
    for item in (
        Dimension(
            name="month",
            about="UTC month in which the order was placed, or the case opened.",
            columns={"promises": "placed_month", "cases": "opened_month"},
        ),
        Dimension(
            name="tier",
            about="The customer's tier when the promise was made, or the case opened.",
            columns=_of_both("tier"),
        ),
        Dimension(name="segment", about="The customer's segment.", columns=_of_both("segment")),
        Dimension(
            name="region",
            about="The customer's state, province or sales region.",
            columns=_of_both("sales_region"),
        ),
        Dimension(name="customer", about="The customer's id.", columns=_of_both("customer")),
        Dimension(
            name="lane",
            about="From which region to which the order went.",
            columns={"promises": "lane"},
        ),
        Dimension(
            name="category", about="The case's kind of trouble.", columns={"cases": "category"}
        ),
        Dimension(
            name="severity",
            about="The case's severity: 1 is the worst, 4 the mildest.",
            columns={"cases": "severity"},
        ),
    )
}


def group_key(table: Table, column: str) -> Column:
    """A dimension's value of each row as text; null and empty text are both "(none)"."""
    return table[column].cast("string").nullif("").fill_null(NONE)
