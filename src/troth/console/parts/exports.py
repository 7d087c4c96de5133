"""How does a list leave as CSV: all of it, under the same filters and the same rights?"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.http import StreamingHttpResponse

from troth.console.parts.reading import utc_text
from troth.store.queries.lists import LARGEST_SIZE, Page

Row = TypeVar("Row")
Fetch = Callable[[int, int], Page[Row]]  # (page, size) → rows

# A spreadsheet runs a cell that begins with one of these as a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands each line back."""

    def write(self, line: str) -> str:
        return line


def csv_of(
    name: str, columns: Sequence[str], fetch: Fetch[Row], to_cells: Callable[[Row], Sequence[Any]]
) -> StreamingHttpResponse:
    """All pages of a list as one CSV file, streamed a thousand rows at a time.

    The first page is read before the answer begins, so that a refusal is still an answer.
    """
    first = fetch(1, LARGEST_SIZE)
    response = StreamingHttpResponse(
        _lines(columns, fetch, first, to_cells), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(
    columns: Sequence[str],
    fetch: Fetch[Row],
    first: Page[Row],
    to_cells: Callable[[Row], Sequence[Any]],
) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    page = first
    while True:
        for row in page.rows:
            yield writer.writerow([_cell(item) for item in to_cells(row)])
        if page.next_number is None:
            return
        page = fetch(page.next_number, LARGEST_SIZE)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    return value
