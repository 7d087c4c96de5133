"""Which months of the column tables are out of date, and how are they brought up?

`directory/NAME/YYYY-MM.parquet` holds a month of a table; `directory/NAME/none.parquet` holds its
columns and no row, so that an empty table can be read too. What each month looked like in the
database stands in `directory/manifest.json`: a count and the sum of the rows' hashes. A month that
looks different is written again, and only that one. All of it can be thrown away and rebuilt.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from troth.store.queries.viewing import as_the_program
from troth.store.tables.definitions import DEFINITIONS, Definition
from troth.store.tables.parquet import copied, sent, write

EMPTY = "none.parquet"
_MANIFEST = "manifest.json"
_FORMAT = 1  # raise it when the files or the manifest change their form


@dataclass(frozen=True, kw_only=True)
class TableState:
    """One table after a refresh."""

    name: str
    rows: int
    months: tuple[str, ...]  # YYYY-MM, in order
    rewritten: tuple[str, ...]  # of them, those that were written now
    removed: tuple[str, ...]  # months that have no row any more


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The column tables in a folder."""

    directory: Path
    states: Mapping[str, TableState]  # by table


def refresh(directory: Path) -> Tables:
    """Bring the tables in `directory` up to the database. Twice in a row writes nothing.

    All tables are of one moment. Memory stays flat: a month passes in blocks of 4 MB. Two at once
    wait for each other. The folder holds every customer: `for_viewer` is how a viewer reads it.

    Raises OSError where the folder cannot be written, DatabaseError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with as_the_program(), _alone(directory), _one_moment():
        before = _manifest(directory)
        after: dict[str, Any] = {}
        states = {}
        for name, definition in DEFINITIONS.items():
            after[name] = _looks(definition, before.get(name), after)
            states[name] = _bring_up(directory, definition, before.get(name), after[name])
            # After each table: a killed refresh need not do it again.
            _write_manifest(directory, {**before, **after})
    return Tables(directory=directory, states=states)


def _looks(definition: Definition, known: Any, looks: Mapping[str, Any]) -> dict[str, Any]:
    """How a table looks now: its definition, its mark and each month's fingerprint.

    `looks`: those of the tables before it.
    """
    mark = ""
    if definition.unchanged_while:
        with connection.cursor() as cursor:
            cursor.execute(definition.unchanged_while)
            below = json.dumps([looks[name] for name in definition.rests_on], sort_keys=True)
            mark = f"{cursor.fetchone()[0]} {hashlib.sha256(below.encode()).hexdigest()[:16]}"
        if known is not None and (known["mark"], known["definition"]) == (mark, definition.digest):
            return dict(known)
    return {"definition": definition.digest, "mark": mark, "months": _fingerprints(definition)}


def _fingerprints(definition: Definition) -> dict[str, str]:
    """Month → count and hash of its rows, whatever their order."""
    rows = definition.query.format(span="")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_char(t.{definition.month}, 'YYYY-MM') AS month, count(*)::text || '/' ||"
            f" sum(hash_record_extended(t, 0))::text FROM ({rows}) AS t GROUP BY 1 ORDER BY 1"
        )
        return dict(cursor.fetchall())


def _bring_up(
    directory: Path, definition: Definition, known: Any, looks: dict[str, Any]
) -> TableState:
    folder = directory / definition.name
    folder.mkdir(exist_ok=True)
    is_known = known is not None and known["definition"] == definition.digest
    found: dict[str, str] = known["months"] if is_known else {}
    months: dict[str, str] = looks["months"]
    if not is_known or not (folder / EMPTY).is_file():
        write(folder / EMPTY, definition.schema, ())
    rewritten = [
        month
        for month, fingerprint in months.items()
        if found.get(month) != fingerprint or not _file(folder, month).is_file()
    ]
    for month in rewritten:
        _write_month(folder, definition, month)
    kept = {_file(folder, month).name for month in months} | {EMPTY}
    removed = [path for path in sorted(folder.glob("*.parquet")) if path.name not in kept]
    for path in (*removed, *folder.glob(".*.parquet.*")):  # the latter: left by a killed refresh
        path.unlink()
    return TableState(
        name=definition.name,
        rows=sum(int(fingerprint.split("/")[0]) for fingerprint in months.values()),
        months=tuple(months),
        rewritten=tuple(rewritten),
        removed=tuple(path.stem for path in removed),
    )


def _file(folder: Path, month: str) -> Path:
    return folder / f"{month}.parquet"


def _write_month(folder: Path, definition: Definition, month: str) -> None:
    first = f"TIMESTAMP '{month}-01' AT TIME ZONE 'UTC'"
    end = f"(TIMESTAMP '{month}-01' + INTERVAL '1 month') AT TIME ZONE 'UTC'"
    span = f"AND {definition.dated_by} >= {first} AND {definition.dated_by} < {end}"
    statement = sent(definition, definition.query.format(span=span))
    write(_file(folder, month), definition.schema, copied(definition, statement))


def _manifest(directory: Path) -> dict[str, Any]:
    """What the files were written from; nothing where it is missing, damaged or of old form."""
    try:
        content = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
        return dict(content["tables"]) if content["format"] == _FORMAT else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _write_manifest(directory: Path, tables: dict[str, Any]) -> None:
    beside = directory / f".{_MANIFEST}"
    text = json.dumps({"format": _FORMAT, "tables": tables}, indent=1, sort_keys=True)
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(directory / _MANIFEST)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot of the database for all tables; inside a caller's transaction, the caller's."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
