"""How do rows reach a file while the simulation runs, with flat memory and the same bytes?"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_A_GROUP = 20_000


class Export(Protocol):
    """A file that takes one row after the other."""

    rows: int

    def write(self, *row: Any) -> None: ...

    def close(self) -> None: ...


class CsvExport:
    """Delimited UTF-8 text with a header; gzip where the name ends so, with no time in it."""

    def __init__(self, path: Path, columns: Sequence[str], *, delimiter: str = ",") -> None:
        self.rows = 0
        self._width = len(columns)
        with ExitStack() as opened:
            binary: Any = opened.enter_context(path.open("wb"))
            if path.suffix == ".gz":
                binary = opened.enter_context(
                    gzip.GzipFile("", "wb", compresslevel=4, fileobj=binary, mtime=0)
                )
            text = opened.enter_context(io.TextIOWrapper(binary, encoding="utf-8", newline=""))
            self._writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
            self._writer.writerow(columns)
            self._opened = opened.pop_all()

    def write(self, *row: Any) -> None:
        if len(row) != self._width:
            raise ValueError(f"{len(row)} values for {self._width} columns: {row!r}")
        self.rows += 1
        self._writer.writerow(row)

    def close(self) -> None:
        self._opened.close()


class ParquetExport:
    """A Parquet file in row groups."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.rows = 0
        self._schema = schema
        self._waiting: list[tuple[Any, ...]] = []
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write(self, *row: Any) -> None:
        if len(row) != len(self._schema):
            raise ValueError(f"{len(row)} values for {len(self._schema)} columns: {row!r}")
        self.rows += 1
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        columns = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*self._waiting, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._waiting.clear()


class Exports:
    """All files of one run. They are written aside and take their places together at the end."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._aside = directory / ".simulating"
        self._exports: dict[str, Export] = {}

    def __enter__(self) -> Exports:
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for export in self._exports.values():
            export.close()
        if kind is None:
            for path in sorted(self._aside.rglob("*")):
                if path.is_file():
                    place = self._directory / path.relative_to(self._aside)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    path.replace(place)
        shutil.rmtree(self._aside)

    def csv(self, name: str, columns: str, *, delimiter: str = ",") -> Export:
        """Open a text file; `columns` are words separated by blanks."""
        export = CsvExport(self._path(name), columns.split(), delimiter=delimiter)
        self._exports[name] = export
        return export

    def parquet(self, name: str, schema: pa.Schema) -> Export:
        export = ParquetExport(self._path(name), schema)
        self._exports[name] = export
        return export

    def text(self, name: str, content: str) -> None:
        self._path(name).write_text(content, encoding="utf-8")

    def counts(self) -> dict[str, int]:
        """Rows by file, as paths below the directory."""
        return {name: export.rows for name, export in sorted(self._exports.items())}

    def _path(self, name: str) -> Path:
        path = self._aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
