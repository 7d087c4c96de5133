"""How do exports become one relation of rows in DuckDB, each with its place in its file?"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from troth.connectors.errors import ColumnTwiceError, FileUnreadableError, QuoteOpenError
from troth.connectors.files.text import TextFile, inspect
from troth.connectors.mapping.shapes import Format
from troth.connectors.staging.parsing import Column
from troth.connectors.staging.quoting import ident, text

_PYTHON_BATCH = 20_000
# Stands in a ragged row's JSON, with the values that no column's name belongs to.
RAGGED = "…"
_Placed = tuple[int, int, int, list[str]]  # rid, row, line, values


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file that a glob matched."""

    path: Path
    shown: str  # as messages name it: relative to the workspace where it lies in it


@dataclass(frozen=True, kw_only=True)
class Ragged:
    """A row with more or fewer values than its header has names."""

    file: str
    row: int
    line: int | None
    expected: int
    values: tuple[str, ...]


@dataclass(kw_only=True)
class Part:
    """One file's rows inside the relation."""

    shown: str
    start: int  # the first row's rid
    text: TextFile | None = None
    rows: int = 0
    was_mended: bool = False  # read by Python: `places` knows row and line


@dataclass(kw_only=True)
class Delivery:
    """The rows of some files in a table `name` with columns c0, c1…; rid is the table's rowid."""

    name: str
    columns: dict[str, Column]
    parts: list[Part] = field(default_factory=list)
    ragged: list[Ragged] = field(default_factory=list)
    may_hold_nul: bool = False
    # Of a source that is asked for what changed: where to go on, and whether this is all it has.
    position: str | None = None
    is_partial: bool = False

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    def places(
        self, connection: duckdb.DuckDBPyConnection, rids: Iterator[int]
    ) -> Iterator[tuple[str, int, int | None]]:
        """(file, row, line) of each rid; the rids must ascend. Reads each file once at most."""
        starts = [part.start for part in self.parts]
        known: Iterator[tuple[int, int, int]] = iter(())
        at, place = -1, (-1, 0, 0)
        for rid in rids:
            index = bisect.bisect_right(starts, rid) - 1
            part = self.parts[index]
            row = rid - part.start + 1
            if part.text is None:
                yield part.shown, row, None
            elif not part.was_mended and part.text.newlines == part.rows + 1:
                yield part.shown, row, row + 1  # as many lines as rows: no row has two
            else:
                if index != at:
                    known, at, place = self._known_places(connection, part), index, (-1, 0, 0)
                while place[0] < rid:
                    place = next(known)
                yield part.shown, place[1], place[2]

    def _known_places(
        self, connection: duckdb.DuckDBPyConnection, part: Part
    ) -> Iterator[tuple[int, int, int]]:
        """(rid, row, line) of a file's rows in their order."""
        if not part.was_mended and part.text is not None:
            for number, (line, _) in enumerate(part.text.rows(), start=1):
                yield part.start + number - 1, number, line
            return
        query = f"SELECT rid, row, line FROM {self.name}_places WHERE rid >= {part.start}"
        for batch in connection.sql(f"{query} ORDER BY rid").to_arrow_reader(10_000):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def deliver(
    connection: duckdb.DuckDBPyConnection,
    exports: Sequence[Export],
    *,
    name: str,
    form: Format,
    first_alias: int,
    folder: Path,
    only_rows: int | None = None,
) -> Delivery:
    """Read files into a table. Raises SourceErrors where one of them is structurally unusable."""
    opened: list[tuple[Export, TextFile | None, dict[str, str]]] = []
    for index, export in enumerate(exports):
        if is_parquet(export.path, form):
            opened.append((export, None, _parquet_columns(connection, export)))
        else:
            copy = folder / f"{name}_{index}.csv"
            found = inspect(export.path, shown=export.shown, form=form, copy=copy)
            opened.append((export, found, dict.fromkeys(found.header, "VARCHAR")))
    columns = _union([columns for _, _, columns in opened], first_alias)
    kinds = ", ".join(f"{column.sql} {column.type}" for column in columns.values())
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({kinds})")
    delivery = Delivery(name=name, columns=columns)
    for export, written, own in opened:
        left = None if only_rows is None else only_rows - delivery.rows
        if left is not None and left <= 0:
            break
        part = Part(shown=export.shown, start=delivery.rows, text=written)
        if written is None:
            _read_parquet(connection, delivery, export, own, form=form, limit=left)
            delivery.may_hold_nul = True
        else:
            _read_csv(connection, delivery, part, written, form=form, limit=left)
            delivery.may_hold_nul |= written.has_nul
        ((counted,),) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
        part.rows = counted - part.start
        delivery.parts.append(part)
    return delivery


def deliver_json(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[str],
    *,
    name: str,
    types: Mapping[str, str],
    shown: str,
) -> Delivery:
    """Rows that were rejected before, as `Reject.raw` holds them, under the types given."""
    found_rows: list[dict[str, Any]] = [json.loads(row) for row in rows]
    documents = [document for document in found_rows if RAGGED not in document]
    names = dict.fromkeys([*types, *(key for document in documents for key in document)])
    columns = {
        key: Column(sql=f"c{index}", type=types.get(key, "VARCHAR"))
        for index, key in enumerate(names)
    }
    ragged = [
        Ragged(
            file=shown,
            row=number,
            line=None,
            expected=len(document) - 1 if document[RAGGED] else len(names),
            values=(*(v for k, v in document.items() if k != RAGGED), *document[RAGGED]),
        )
        for number, document in enumerate(found_rows, start=1)
        if RAGGED in document
    ]
    found = pa.table(
        {
            column.sql: pa.array(
                [_as_written(document.get(key)) for document in documents], pa.string()
            )
            for key, column in columns.items()
        }
    )
    connection.register("reread", found)
    casts = ", ".join(f"TRY_CAST({c.sql} AS {c.type}) AS {c.sql}" for c in columns.values())
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {casts} FROM reread")
    connection.unregister("reread")
    part = Part(shown=shown, start=0, rows=len(documents))
    return Delivery(name=name, columns=columns, parts=[part], ragged=ragged, may_hold_nul=True)


def is_parquet(path: Path, form: Format) -> bool:
    return form.type == "parquet" or (form.type is None and path.suffix in (".parquet", ".pq"))


def _as_written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _union(found: Sequence[Mapping[str, str]], first_alias: int) -> dict[str, Column]:
    """All files' columns by name; text where two files disagree about a type."""
    kinds: dict[str, set[str]] = {}
    for columns in found:
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind)
    return {
        name: Column(
            sql=f"c{first_alias + index}", type=types.pop() if len(types) == 1 else "VARCHAR"
        )
        for index, (name, types) in enumerate(kinds.items())
    }


def _parquet_columns(connection: duckdb.DuckDBPyConnection, export: Export) -> dict[str, str]:
    try:
        rows = connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({text(_literal_path(export.path))})"
        ).fetchall()
    except duckdb.Error as wrong:
        reason = f"it is no sound Parquet file ({str(wrong).splitlines()[0]})."
        raise FileUnreadableError(file=export.shown, reason=reason) from wrong
    names = [str(row[0]) for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise ColumnTwiceError(file=export.shown, column=name)
    return {str(row[0]): str(row[1]) for row in rows}


def _read_parquet(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    export: Export,
    own: Mapping[str, str],
    *,
    form: Format,
    limit: int | None,
) -> None:
    values = [
        (column, _parquet_value(ident(name), own[name], form))
        for name, column in delivery.columns.items()
        if name in own
    ]
    try:
        connection.execute(
            f"INSERT INTO {delivery.name} ({', '.join(column.sql for column, _ in values)}) "
            f"SELECT {', '.join(sql for _, sql in values)} "
            f"FROM read_parquet({text(_literal_path(export.path))}){_limited(limit)}"
        )
    except duckdb.Error as wrong:
        reason = f"it breaks off or is damaged ({str(wrong).splitlines()[0]})."
        raise FileUnreadableError(file=export.shown, reason=reason) from wrong


def _parquet_value(name: str, kind: str, form: Format) -> str:
    if kind == "VARCHAR":
        return f"CASE WHEN {name} NOT IN ({', '.join(map(text, form.null))}) THEN {name} END"
    # Where a column of floats has gaps, pandas writes NaN: no value.
    return f"CASE WHEN NOT isnan({name}) THEN {name} END" if kind in ("DOUBLE", "FLOAT") else name


def _read_csv(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    part: Part,
    found: TextFile,
    *,
    form: Format,
    limit: int | None,
) -> None:
    own = [delivery.columns[name].sql for name in found.header]
    options = [
        f"columns = {_struct(own)}",
        "auto_detect = false, header = true, strict_mode = true, null_padding = false",
        f"delim = {text(found.delimiter)}, quote = {text(found.quote)}",
        f"escape = {text(found.quote)}, comment = ''",
        f"nullstr = [{', '.join(map(text, form.null))}]",
    ]
    try:
        connection.execute(
            f"INSERT INTO {delivery.name} ({', '.join(own)}) SELECT {', '.join(own)} FROM "
            f"read_csv({text(_literal_path(found.path))}, {', '.join(options)}){_limited(limit)}"
        )
    except duckdb.InvalidInputException:
        # Some row does not fit its header. Python's reader tells which, and keeps the rest.
        part.was_mended = True
        _read_mended(connection, delivery, part, found, form=form, limit=limit)


def _read_mended(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    part: Part,
    found: TextFile,
    *,
    form: Format,
    limit: int | None,
) -> None:
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {delivery.name}_places (rid BIGINT, row BIGINT, line BIGINT)"
    )
    kinds = [delivery.columns[name].sql for name in found.header]
    waiting: list[_Placed] = []
    rid, line = part.start, 1
    for number, (line, values) in enumerate(found.rows(), start=1):
        if limit is not None and number > limit:
            break
        if len(values) == len(kinds):
            waiting.append((rid, number, line, values))
            rid += 1
        else:
            delivery.ragged.append(
                Ragged(
                    file=found.shown,
                    row=number,
                    line=line,
                    expected=len(kinds),
                    values=tuple(values),
                )
            )
        if len(waiting) >= _PYTHON_BATCH:
            _insert(connection, delivery.name, kinds, waiting, form)
            waiting = []
    _insert(connection, delivery.name, kinds, waiting, form)
    if found.is_open_from(line):
        raise QuoteOpenError(file=found.shown, line=line)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[str],
    rows: Sequence[_Placed],
    form: Format,
) -> None:
    values = [
        pa.array([_or_null(row[3][index], form) for row in rows], pa.string())
        for index in range(len(columns))
    ]
    places = [pa.array([row[index] for row in rows], pa.int64()) for index in range(3)]
    for target, table in (
        (name, pa.table(values, names=list(columns))),
        (f"{name}_places", pa.table(places, names=["rid", "row", "line"])),
    ):
        connection.register("mended", table)
        connection.execute(f"INSERT INTO {target} BY NAME SELECT * FROM mended")
        connection.unregister("mended")


def _or_null(value: str, form: Format) -> str | None:
    return None if value in form.null else value


def _limited(limit: int | None) -> str:
    return "" if limit is None else f" LIMIT {limit}"


def _literal_path(path: Path) -> str:
    """The path for DuckDB, which would take *, ? and [ for a glob."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _struct(columns: Sequence[str]) -> str:
    return "{" + ", ".join(f"{column}: 'VARCHAR'" for column in columns) + "}"
