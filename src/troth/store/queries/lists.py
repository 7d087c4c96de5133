"""How is a long list filtered, sorted and cut into pages on the server?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import Count, F, Model, OrderBy, QuerySet, Sum
from django.db.models.functions import Coalesce

PAGE_SIZE = 50
LARGEST_SIZE = 1000

Row = TypeVar("Row")
Table = TypeVar("Table", bound=Model)


class NotFoundError(LookupError):
    """There is no such record, or you may not see it. Check the key, or search for it."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"There is no {what} {key!r}. Check the key, or search for it.")
        self.what = what
        self.key = key


class BadListError(ValueError):
    """A list was asked for in a way that it does not offer; the message says what it does."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A sum of money in one currency; "" where the source named none."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """One page of a list, with what is needed to ask for the next one."""

    rows: tuple[Row, ...]
    total: int  # rows in the whole list
    number: int  # of this page, from 1
    size: int
    sums: tuple[Amount, ...] = ()  # over the whole list, not this page

    @property
    def page_count(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def next_number(self) -> int | None:
        return self.number + 1 if self.number < self.page_count else None

    @property
    def previous_number(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def first_index(self) -> int:
        """Position of the first row, from 1; 0 where the list is empty."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_index(self) -> int:
        return self.first_index + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that a filter offers, and how many rows have it."""

    value: str
    count: int | None  # None: not counted


def ordered(
    rows: QuerySet[Table], *, sort: str, columns: Mapping[str, str], key: str
) -> QuerySet[Table]:
    """`rows` by the public name in `sort` ("-" for descending), nulls last, ties by `key`.

    Raises BadListError where no column has that name.
    """
    name = sort.removeprefix("-")
    if name not in columns:
        offered = ", ".join(columns)
        raise BadListError(f"The list cannot be sorted by {name!r}. Sort by one of {offered}.")
    column = F(columns[name])
    by: OrderBy = (
        column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    )
    return rows.order_by(by, key)


def cut(
    rows: QuerySet[Table],
    *,
    page: int,
    size: int,
    to_row: Callable[[Table], Row],
    sums: tuple[Amount, ...] = (),
) -> Page[Row]:
    """One page of `rows`; a page past the end is the last one. Raises BadListError."""
    if page < 1 or not 1 <= size <= LARGEST_SIZE:
        raise BadListError(f"Ask for a page from 1 and a size from 1 to {LARGEST_SIZE}.")
    total = rows.order_by().count()
    number = min(page, max(1, -(-total // size)))
    listed = rows[(number - 1) * size : number * size]
    return Page(
        rows=tuple(to_row(row) for row in listed),
        total=total,
        number=number,
        size=size,
        sums=sums,
    )


def summed(rows: QuerySet[Any], *, amount: str) -> tuple[Amount, ...]:
    """The sum of a money column over a whole list, by currency, largest first."""
    totals = (
        rows.order_by()
        .values("currency")
        .annotate(total_amount=Coalesce(Sum(amount), Decimal(0)))
        .order_by("-total_amount", "currency")
    )
    return tuple(
        Amount(amount=row["total_amount"], currency=row["currency"])
        for row in totals
        if row["total_amount"]
    )


def choices(rows: QuerySet[Any], column: str) -> tuple[Choice, ...]:
    """The values of a text column that occur, most frequent first; "" is left out."""
    counted = (
        rows.exclude(**{column: ""})
        .order_by()
        .values_list(column)
        .annotate(count=Count("pk"))
        .order_by("-count", column)[:100]
    )
    return tuple(Choice(value=value, count=count) for value, count in counted)
