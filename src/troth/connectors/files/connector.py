"""How is a source read that delivers its rows as files?"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from troth.connectors.contracts.shapes import Contract, FeedTerms
from troth.connectors.errors import (
    ColumnMissingError,
    FileEmptyError,
    SourceError,
    did_you_mean,
)
from troth.connectors.files.delivery import Delivery, deliver, deliver_json
from troth.connectors.files.joins import join_exports
from troth.connectors.files.paths import find_exports
from troth.connectors.files.preview import Preview, make_preview
from troth.connectors.files.reading import FilesReading
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.shapes import FeedMap, SourceMap
from troth.connectors.protocol import Feed
from troth.connectors.staging.fields import Check
from troth.connectors.staging.holding import ANYWHERE, Holding
from troth.connectors.staging.parsing import Column, as_text
from troth.connectors.staging.plan import compile_plan, json_source, to_json
from troth.connectors.staging.quoting import text
from troth.connectors.staging.rows import Staging

_MEMORY = "1GB"
_THREADS = 2
_PREVIEWED_ROWS = 1_000


class FilesConnector:
    """A source that delivers CSV, gzip or Parquet exports, read through a mapping."""

    def __init__(
        self,
        source: SourceMap,
        *,
        workspace: Path,
        holding: Holding = ANYWHERE,
        agreed: Mapping[str, tuple[FeedTerms, Contract]] | None = None,
    ) -> None:
        """`agreed`: what the contracts in force say of its feeds, by their names."""
        self.name = source.source
        if source.region == ANYWHERE.region:
            source = dataclasses.replace(source, region=holding.region)
        self.source = source
        self.workspace = workspace
        self.holding = holding
        self.agreed = agreed or {}

    def feeds(self) -> tuple[Feed, ...]:
        return tuple(
            Feed(name=feed.name, record=feed.kind.name, mode=feed.mode, held_back=feed.held_back)
            for feed in self.source.feeds
        )

    @contextmanager
    def read(
        self, feed: str, *, only_rows: int | None = None, since: str | None = None
    ) -> Iterator[FilesReading]:
        """Read one feed. Raises a SourceError where its files are structurally unusable.

        `only_rows` reads the first rows and withdraws nothing. Files are always read whole, so
        they have no position and `since` means nothing. Raises KeyError for a feed that the
        mapping does not declare.
        """
        feed_map = self.feed_map(feed)
        with _engine() as (connection, folder):
            delivery = self._deliver(connection, feed_map, folder, only_rows=only_rows, since=since)
            yield self._reading(connection, feed_map, delivery, folder, is_whole=only_rows is None)

    @contextmanager
    def reread(self, feed: str, rows: list[str]) -> Iterator[FilesReading]:
        """Read rows again that were rejected before: each is a `Reject.raw`.

        They are read as the mapping says now; joined files are read afresh. Nothing is withdrawn.
        """
        feed_map = self.feed_map(feed)
        with _engine() as (connection, folder):
            types = self._types(connection, feed_map, folder)
            delivery = deliver_json(
                connection, rows, name="base", types=types, shown="(quarantine)"
            )
            yield self._reading(connection, feed_map, delivery, folder, is_whole=False)

    def preview(self, feed: str, rows: int = 10) -> Preview:
        """How the first rows would land, and what is wrong with them; raises as `read` does."""
        with self.read(feed, only_rows=max(rows, _PREVIEWED_ROWS)) as reading:
            return make_preview(reading, self.feed_map(feed), rows=rows)

    def feed_map(self, name: str) -> FeedMap:
        """One feed's mapping. Raises KeyError where there is none of that name."""
        for feed in self.source.feeds:
            if feed.name == name:
                return feed
        known = ", ".join(feed.name for feed in self.source.feeds)
        raise KeyError(f"{self.name} has no feed {name!r}; it has {known}")

    def _types(
        self, connection: duckdb.DuckDBPyConnection, feed: FeedMap, folder: Path
    ) -> dict[str, str]:
        """The types of the columns as they are delivered now."""
        try:
            first = self._deliver(connection, feed, folder, only_rows=0)
        except SourceError:
            return {}  # the export is gone or broken by now; its rows are read as text
        return {name: column.type for name, column in first.columns.items()}

    def _deliver(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: FeedMap,
        folder: Path,
        *,
        only_rows: int | None = None,
        since: str | None = None,
    ) -> Delivery:
        exports = find_exports(
            feed.files, workspace=self.workspace, asked_by=self._asked_by(feed, feed.files[0])
        )
        delivery = deliver(
            connection,
            exports,
            name="base",
            form=feed.format,
            first_alias=0,
            folder=folder,
            only_rows=only_rows,
        )
        is_read = only_rows is None or only_rows > 0
        is_empty = is_read and delivery.rows == 0 and not delivery.ragged
        if is_empty and feed.mode == "full" and not feed.may_be_empty:
            raise FileEmptyError(file=exports[-1].shown, what=", only a header")
        return delivery

    def _reading(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: FeedMap,
        delivery: Delivery,
        folder: Path,
        *,
        is_whole: bool,
    ) -> FilesReading:
        shown = delivery.parts[-1].shown if delivery.parts else feed.files[0]
        base_checks: list[Check] = []
        joined = join_exports(connection, self, feed, delivery, folder=folder, checks=base_checks)
        columns = joined.columns
        for name in used_columns(feed):
            if name not in columns:
                raise self._missing(feed, name, columns, shown)
        plan = compile_plan(
            self.source,
            feed,
            columns,
            checks=tuple(base_checks),
            may_hold_nul=delivery.may_hold_nul,
            holding=self.holding,
            agreed=self.agreed.get(feed.name),
        )
        kept = [item for item in delivery.columns.items() if item[0] not in feed.unkept]
        raw = to_json([(name, json_source(column)) for name, column in kept])
        relation = _filtered(joined.relation, feed, columns)
        staging = Staging(connection, plan, relation=relation, raw=raw)
        return FilesReading(connection, feed, delivery, staging, is_whole=is_whole)

    def _asked_by(self, feed: FeedMap, word: str) -> str:
        return f"{self.source.file}:{feed.lines.get(word, 1)}"

    def _missing(
        self, feed: FeedMap, name: str, columns: Mapping[str, Column], shown: str
    ) -> ColumnMissingError:
        hint = did_you_mean(name, columns)
        only = next(iter(columns), "")
        if len(columns) == 1 and any(sign in only for sign in ",;\t|"):
            hint = " (is the `delimiter` in `format` right?)"
        return ColumnMissingError(
            file=shown,
            column=name,
            line=1,
            asked_by=self._asked_by(feed, name),
            hint=hint,
            present=", ".join(columns),
        )


@contextmanager
def _engine() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A DuckDB of our own that moves to disk what exceeds its memory, and a folder for copies."""
    with tempfile.TemporaryDirectory(prefix="troth-files-") as folder:
        config = {
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "temp_directory": str(Path(folder) / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            # It would be drawn into our own output.
            connection.execute("SET enable_progress_bar = false")
            yield connection, Path(folder)


def _filtered(relation: str, feed: FeedMap, columns: Mapping[str, Column]) -> str:
    """The rows that `only` and `not` leave."""
    conditions = [_stands_in(columns[name], words) for name, words in feed.only]
    conditions += [f"NOT {_stands_in(columns[name], words)}" for name, words in feed.without]
    return f"(FROM {relation} WHERE {' AND '.join(conditions)})" if conditions else relation


def _stands_in(column: Column, words: tuple[str | None, ...]) -> str:
    value = f"trim({as_text(column)})"
    known = [text(word) for word in words if word is not None]
    tests = [f"coalesce({value} IN ({', '.join(known)}), FALSE)"] if known else []
    if None in words:
        tests.append(f"{value} IS NULL")
    return f"({' OR '.join(tests)})"
