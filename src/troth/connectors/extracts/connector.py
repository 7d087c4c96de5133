"""How is a source read that is asked for its rows: a database by a query, an API by its calls?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb

from troth.connectors.contracts.shapes import Contract, FeedTerms
from troth.connectors.databases.reading import read_rows
from troth.connectors.errors import FileEmptyError
from troth.connectors.files.connector import FilesConnector
from troth.connectors.files.delivery import Delivery
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.shapes import FeedMap, SourceMap
from troth.connectors.rest.reading import read_pages
from troth.connectors.rest.transport import Waiting
from troth.connectors.staging.holding import ANYWHERE, Holding
from troth.connectors.watermarks import Mark, pack, unpack


class ExtractConnector(FilesConnector):
    """A source with feeds that are asked for; feeds of files it reads as the other one does."""

    def __init__(
        self,
        source: SourceMap,
        *,
        workspace: Path,
        holding: Holding = ANYWHERE,
        agreed: Mapping[str, tuple[FeedTerms, Contract]] | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        """`waiting` is how calls of an API wait before they are repeated; tests do not wait."""
        super().__init__(source, workspace=workspace, holding=holding, agreed=agreed)
        self._waiting = waiting or Waiting()

    def _types(
        self, connection: duckdb.DuckDBPyConnection, feed: FeedMap, folder: Path
    ) -> dict[str, str]:
        if feed.files:
            return super()._types(connection, feed, folder)
        # Everything that is asked for arrives as text. A column that rows leave out is empty.
        return dict.fromkeys(used_columns(feed), "VARCHAR") if feed.rest else {}

    def _deliver(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: FeedMap,
        folder: Path,
        *,
        only_rows: int | None = None,
        since: str | None = None,
    ) -> Delivery:
        if feed.files:
            return super()._deliver(connection, feed, folder, only_rows=only_rows, since=since)
        digest = _digest(self.source, feed)
        after = unpack(since, digest=digest)
        delivery, mark = self._asked(connection, feed, after, only_rows)
        delivery.is_partial = after is not None
        delivery.position = pack(mark, digest=digest) if mark is not None else None
        is_whole = after is None and only_rows is None
        if is_whole and not delivery.rows and feed.mode == "full" and not feed.may_be_empty:
            raise FileEmptyError(file=delivery.parts[-1].shown, what="")
        return delivery

    def _asked(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: FeedMap,
        after: Mark | None,
        only_rows: int | None,
    ) -> tuple[Delivery, Mark | None]:
        if feed.sql is not None:
            assert self.source.database is not None
            return read_rows(
                connection,
                self.source.database,
                feed,
                feed.sql,
                after=after,
                workspace=self.workspace,
                time_zone=self.source.time_zone,
                only_rows=only_rows,
            )
        assert self.source.api is not None
        assert feed.rest is not None
        return read_pages(
            connection,
            self.source.api,
            feed,
            feed.rest,
            after=after,
            workspace=self.workspace,
            time_zone=self.source.time_zone,
            only_rows=only_rows,
            waiting=self._waiting,
        )


def _digest(source: SourceMap, feed: FeedMap) -> str:
    """Names what is asked and how it is read; a mapping that says otherwise begins anew.

    How far a reading looks back, how large a page is and how long is waited change nothing.
    """
    asked: dict[str, Any] = {}
    if feed.sql is not None:
        mark = feed.sql.watermark
        asked = {"query": feed.sql.query, "column": mark.column if mark else None}
    elif feed.rest is not None:
        call = replace(feed.rest, asked_by="")
        asked = asdict(call)
        asked.pop("page")
        asked |= {"optional": sorted(call.optional), "null": sorted(call.null)}
        if asked["since"] is not None:
            asked["since"].pop("overlap")
    place = source.database.file if source.database else source.api.url if source.api else ""
    text = json.dumps([feed.digest, place, asked], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
