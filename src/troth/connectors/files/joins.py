"""How do a second export's columns come to stand beside the first one's?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from troth.connectors.errors import ColumnMissingError, ColumnTwiceError, did_you_mean
from troth.connectors.files.delivery import Delivery, deliver
from troth.connectors.files.paths import find_exports
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.shapes import FeedMap, JoinMap, SourceMap
from troth.connectors.staging.fields import Check
from troth.connectors.staging.parsing import Column, as_text


class _Source(Protocol):
    source: SourceMap
    workspace: Path


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The delivered rows with their joined columns."""

    columns: dict[str, Column]
    relation: str  # SQL; has rid


def join_exports(
    connection: duckdb.DuckDBPyConnection,
    connector: _Source,
    feed: FeedMap,
    delivery: Delivery,
    *,
    folder: Path,
    checks: list[Check],
) -> Joined:
    """Join every file that the mapping names; adds a check for each that may match twice.

    Raises SourceErrors as `deliver` does, and where a join's column is missing or twice.
    """
    columns = dict(delivery.columns)
    relation = f"(SELECT rowid AS rid, * FROM {delivery.name})"
    alias = len(columns)
    for index, join in enumerate(feed.joins):
        other = _deliver(
            connection, connector, feed, join, index=index, first_alias=alias, folder=folder
        )
        alias += len(other.columns)
        delivery.may_hold_nul |= other.may_hold_nul
        for ours, theirs in join.on:
            for name, present in ((ours, columns), (theirs, other.columns)):
                if name not in present:
                    raise ColumnMissingError(
                        file=other.parts[0].shown if present is other.columns else feed.name,
                        column=name,
                        asked_by=f"{connector.source.file}:{feed.lines.get(name, 1)}",
                        hint=did_you_mean(name, present),
                        present=", ".join(present),
                    )
        relation = _joined(
            connection, relation, columns, other, join, index=index, feed=feed, checks=checks
        )
    if feed.joins:
        # Worked out once: a feed's rows are read twice, to check them and to land them.
        connection.execute(f"CREATE OR REPLACE TABLE joined AS FROM {relation}")
        relation = "joined"
    return Joined(columns=columns, relation=relation)


def _deliver(
    connection: duckdb.DuckDBPyConnection,
    connector: _Source,
    feed: FeedMap,
    join: JoinMap,
    *,
    index: int,
    first_alias: int,
    folder: Path,
) -> Delivery:
    asked_by = f"{connector.source.file}:{feed.lines.get(join.files[0], 1)}"
    exports = find_exports(join.files, workspace=connector.workspace, asked_by=asked_by)
    return deliver(
        connection,
        exports,
        name=f"join{index}",
        form=join.format,
        first_alias=first_alias,
        folder=folder,
    )


def _joined(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: dict[str, Column],
    other: Delivery,
    join: JoinMap,
    *,
    index: int,
    feed: FeedMap,
    checks: list[Check],
) -> str:
    taken = _taken(columns, other, join, feed)
    keys = [(columns[ours], other.columns[theirs]) for ours, theirs in join.on]
    names = [f"j{index}k{number}" for number in range(len(keys))]
    selected = [
        f"trim({as_text(theirs)}) AS {name}" for (_, theirs), name in zip(keys, names, strict=True)
    ]
    values = [column.sql for column in taken.values()]
    table = f"matched{index}"
    if join.takes_first:
        order = ", ".join(_in_order(other.columns[name]) for name in join.order_by)
        query = (
            f"SELECT DISTINCT ON ({', '.join(names)}) {', '.join([*selected, *values])}, "
            f"FALSE AS d{index} FROM {other.name} ORDER BY {', '.join(names)}, {order}, rowid"
        )
    else:
        firsts = [f"first({value}) AS {value}" for value in values]
        mark = f"hash({', '.join(values)})" if values else "0"
        query = (
            f"SELECT {', '.join([*selected, *firsts])}, min({mark}) <> max({mark}) AS d{index} "
            f"FROM {other.name} GROUP BY {', '.join(names)}"
        )
        checks.append(_not_unique(join, keys[0][0], index))
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")
    conditions = " AND ".join(
        f"trim({as_text(ours)}) = {name}" for (ours, _), name in zip(keys, names, strict=True)
    )
    columns.update(taken)
    return (
        f"(SELECT r.*, {''.join(f'm.{value}, ' for value in values)}"
        f"coalesce(m.d{index}, FALSE) AS d{index} "
        f"FROM {relation} r LEFT JOIN {table} m ON {conditions})"
    )


def _taken(
    columns: dict[str, Column], other: Delivery, join: JoinMap, feed: FeedMap
) -> dict[str, Column]:
    """The joined file's columns that the mapping uses, under their prefixed names."""
    used = frozenset(used_columns(feed))
    matched = frozenset(theirs for _, theirs in join.on)
    taken = {}
    for name, column in other.columns.items():
        full = join.prefix + name
        if full not in used:
            continue
        if full not in columns:
            taken[full] = column
        elif name not in matched:
            raise ColumnTwiceError(file=other.parts[0].shown, column=full)
    for name in join.order_by:
        if name not in other.columns:
            raise ColumnMissingError(
                file=other.parts[0].shown,
                column=name,
                asked_by=f"`order_by` of feed {feed.name}",
                hint=did_you_mean(name, other.columns),
                present=", ".join(other.columns),
            )
    return taken


def _in_order(column: Column) -> str:
    """Numbers by their value, also where a CSV holds them as text."""
    if column.is_text:
        return f"TRY_CAST({column.sql} AS DOUBLE) NULLS LAST, {column.sql}"
    return column.sql


def _not_unique(join: JoinMap, ours: Column, index: int) -> Check:
    column, theirs = join.on[0]
    return Check(
        code="row:join:not-unique",
        column=column,
        is_broken=f"d{index}",
        value=as_text(ours),
        message=f"{{column!r}} is {{value!r}}, for which {', '.join(join.files)} has several rows "
        f"with different contents in `{theirs}`; correct that export, or say `take: first` and "
        "`order_by` in the join",
    )
