"""Which rows does a feed's query give now, and up to where was it read?"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb

from troth.connectors.databases.sessions import Columns, Session, Values, opened
from troth.connectors.errors import ColumnMissingError, did_you_mean
from troth.connectors.extracts.arriving import Arrival
from troth.connectors.files.delivery import Delivery
from troth.connectors.mapping.origins import DatabaseMap, QueryMap
from troth.connectors.mapping.shapes import FeedMap
from troth.connectors.watermarks import Highest, Mark


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    database: DatabaseMap,
    feed: FeedMap,
    query: QueryMap,
    *,
    after: Mark | None,
    workspace: Path,
    time_zone: str,
    only_rows: int | None,
) -> tuple[Delivery, Mark | None]:
    """The rows as a delivery in DuckDB's table `base`, and the mark to go on from.

    With `after`, only what is at or past it, less the overlap, or has no value there. Raises
    SourceErrors.
    """
    with opened(database, workspace=workspace) as session:
        now = session.now()
        text, parameters = _since(session, query, after)
        columns, batches = session.run(text, parameters)
        arrival = Arrival(connection, shown=f"{database.engine}:{feed.name}")
        arrival.begin(columns.names)
        highest = None
        if query.watermark is not None:
            place = _place(columns, query)
            highest = Highest(
                column=query.watermark.column,
                asked_by=query.asked_by,
                now=now,
                time_zone=time_zone,
                before=after,
                is_number=columns.are_numbers[place],
            )
        with closing(_first(batches, only_rows)) as found:
            for rows in found:
                if highest is not None:
                    for row in rows:
                        highest.take(row[place])
                arrival.add(rows)
        return arrival.delivery(), highest.mark if highest is not None else None


def _since(session: Session, query: QueryMap, after: Mark | None) -> tuple[str, list[str | float]]:
    if query.watermark is None or after is None:
        return query.query, []
    mark = query.watermark.column.replace(session.quote, session.quote * 2)
    name = f"{session.quote}{mark}{session.quote}"
    found = after.less(query.watermark.overlap)
    # A number is bound as one: SQLite holds any text to be greater than any number.
    value: str | float = _number(found) if after.kind == "number" else found
    inner = query.query
    if session.placeholder == "%s":
        inner = inner.replace("%", "%%")  # with parameters, drivers read a % as their own
    where = f"rows_asked.{name} >= {session.placeholder} OR rows_asked.{name} IS NULL"
    return f"SELECT * FROM (\n{inner}\n) AS rows_asked WHERE {where}", [value]


def _number(text: str) -> int | float | str:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _place(columns: Columns, query: QueryMap) -> int:
    assert query.watermark is not None
    name = query.watermark.column
    if name not in columns.names:
        raise ColumnMissingError(
            file="the query",
            column=name,
            asked_by=query.asked_by,
            hint=did_you_mean(name, columns.names),
            present=", ".join(columns.names),
        )
    return columns.names.index(name)


def _first(batches: Generator[list[Values]], limit: int | None) -> Generator[Sequence[Values]]:
    """The first rows alone, where that is wanted."""
    left = limit
    with closing(batches):
        for rows in batches:
            yield rows if left is None else rows[:left]
            if left is not None and (left := left - len(rows)) <= 0:
                return
