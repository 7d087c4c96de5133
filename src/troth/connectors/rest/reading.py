"""Which rows does an API give now, page by page, and up to where was it read?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from troth.connectors.errors import ApiMovedError, ColumnMissingError, did_you_mean
from troth.connectors.extracts.arriving import Arrival
from troth.connectors.files.delivery import Delivery
from troth.connectors.mapping.calls import signs_in
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.origins import ApiMap, CallMap
from troth.connectors.mapping.shapes import FeedMap
from troth.connectors.rest.asking import Asker
from troth.connectors.rest.transport import Answer, Waiting
from troth.connectors.rest.values import (
    PathMissingError,
    as_text,
    at_path,
    filled,
    flat,
    since_value,
)
from troth.connectors.watermarks import Highest, Mark

_NEXT = re.compile(r'<([^>]*)>\s*;[^,<]*\brel\s*=\s*"?next"?', re.IGNORECASE)
_MOST_READINGS = 3


def read_pages(
    connection: duckdb.DuckDBPyConnection,
    api: ApiMap,
    feed: FeedMap,
    call: CallMap,
    *,
    after: Mark | None,
    workspace: Path,
    time_zone: str,
    only_rows: int | None,
    waiting: Waiting,
) -> tuple[Delivery, Mark | None]:
    """The rows as a delivery in DuckDB's table `base`, and the mark to go on from.

    A list that changed while it was paged through is read again, three times at most. Raises
    SourceErrors.
    """
    with closing(Asker(api, workspace=workspace, waiting=waiting)) as asker:
        for number in range(1, _MOST_READINGS + 1):
            reading = _Reading(
                asker,
                call,
                after,
                time_zone=time_zone,
                only_rows=only_rows,
                wanted=used_columns(feed),
            )
            arrival = Arrival(connection, shown=f"{api.asked_by.partition(':')[0]}:{feed.name}")
            for rows in reading.pages():
                arrival.add_named(rows)
            if reading.is_whole or number == _MOST_READINGS:
                break
    if not reading.is_whole:
        raise ApiMovedError(
            file=call.asked_by, path=call.path, found=arrival.rows, total=reading.total
        )
    if not feed.has_history:
        arrival.keep_last(feed.key)
    absent = [name for name in used_columns(feed) if name not in arrival.names]
    if arrival.rows and after is None and only_rows is None:
        _check_columns(feed, call, arrival, absent)
    return arrival.delivery(empty=absent), reading.mark


def _check_columns(feed: FeedMap, call: CallMap, arrival: Arrival, absent: list[str]) -> None:
    for name in absent:
        # A column of a joined file is none of the API's.
        if name not in call.optional and not feed.joins:
            raise ColumnMissingError(
                file=f"the answer for feed {feed.name}",
                column=name,
                asked_by=f"{call.asked_by.partition(':')[0]}:{feed.lines.get(name, 1)}",
                hint=did_you_mean(name, arrival.names)
                or " (if rows may leave it out, name it in `rest.optional`)",
                present=", ".join(arrival.names),
            )


class _Reading:
    """One way through all pages."""

    def __init__(
        self,
        asker: Asker,
        call: CallMap,
        after: Mark | None,
        *,
        time_zone: str,
        only_rows: int | None,
        wanted: tuple[str, ...],
    ) -> None:
        self._asker, self._call, self._after = asker, call, after
        self._time_zone, self._only_rows = time_zone, only_rows
        self._wanted = wanted
        self._highest: Highest | None = None
        self._token: str | None = None
        self._announced: set[int] = set()
        self._rows = 0
        self._was_cut = False

    @property
    def mark(self) -> Mark | None:
        if self._token is not None:
            return Mark(kind="token", text=self._token)
        return self._highest.mark if self._highest is not None else self._after

    @property
    def total(self) -> int:
        return max(self._announced, default=0)

    @property
    def is_whole(self) -> bool:
        """Whether as many rows came as were announced, on every page the same number."""
        return self._was_cut or not self._announced or self._announced == {self._rows}

    def pages(self) -> Iterator[list[dict[str, str | None]]]:
        """Each page's rows, as texts."""
        page, since = self._call.page, self._since()
        place: Any = page.first if page.by in ("number", "offset") else None
        link: str | None = None
        seen: set[str] = set()
        before: list[Mapping[str, Any]] = []
        for _ in range(page.most):
            document, answer = self._page(place, link, since)
            rows = self._rows_of(document, answer)
            left = None if self._only_rows is None else self._only_rows - self._rows
            self._was_cut |= left is not None and len(rows) >= left
            yield self._texts(rows if left is None else rows[:left], answer)
            self._rows += len(rows)
            if self._was_cut:
                return
            place, link = self._following(document, answer, place, len(rows))
            if place is None and link is None:
                return
            where = str(link or place)
            if where in seen or (rows and rows == before):
                raise self._asker.unusable(
                    answer.url, "it gives a page again that was read already."
                )
            seen.add(where)
            before = rows
        reason = f"after {page.most} pages there are still more; ask for less or set `page.most`."
        raise self._asker.unusable(self._asker.url(self._call.path), reason)

    def _since(self) -> Any:
        said = self._call.since
        if said is None:
            return None
        if self._after is None:
            return None if said.first is None else self._shaped(said.first)
        return self._shaped(self._after.less(said.overlap))

    def _shaped(self, text: str) -> Any:
        assert self._call.since is not None
        return since_value(text, self._call.since.form, time_zone=self._time_zone)

    def _page(self, place: Any, link: str | None, since: Any) -> tuple[Any, Answer]:
        call, page = self._call, self._call.page
        if link is not None:
            return self._asker.ask("GET", link)
        signs = {"size": page.size, "page": place, "since": since}
        parameters: dict[str, Any] = dict(filled(dict(call.parameters), signs))
        if page.size_parameter is not None:
            parameters[page.size_parameter] = page.size
        if page.parameter is not None and place is not None:
            parameters[page.parameter] = place
        if call.since is not None and call.since.parameter is not None and since is not None:
            parameters[call.since.parameter] = since
        return self._asker.ask(
            call.method,
            str(filled(call.path, signs)),
            parameters=parameters,
            body=filled(call.body, signs) if call.body is not None else None,
        )

    def _following(
        self, document: Any, answer: Answer, place: Any, count: int
    ) -> tuple[Any, str | None]:
        """Where the next page is: a place to name in the call, or a link; neither at the end."""
        page = self._call.page
        if page.total is not None:
            self._announced.add(self._number(document, page.total, answer))
        if page.by == "number":
            return (place + 1 if self._has_more(count) else None), None
        if page.by == "offset":
            return (place + count if self._has_more(count) else None), None
        if page.by == "header":
            found = _NEXT.search(answer.headers.get("Link", ""))
            return None, self._asker.url(found[1]) if found else None
        if page.by in ("cursor", "link"):
            try:
                following = as_text(at_path(document, page.at or ""))
            except PathMissingError:
                following = None
            if not following or following in ("false", "0"):
                return None, None
            return (following, None) if page.by == "cursor" else (None, self._asker.url(following))
        return None, None

    def _has_more(self, count: int) -> bool:
        # An API may give fewer rows a page than it was asked for, so a short page is no end; where
        # the number of all is known, it is.
        return count > 0 and (not self._announced or self._rows < self.total)

    def _number(self, document: Any, path: str, answer: Answer) -> int:
        try:
            return int(as_text(at_path(document, path)) or "")
        except (PathMissingError, ValueError):
            raise self._asker.unusable(answer.url, f"there is no number under {path!r}.") from None

    def _rows_of(self, document: Any, answer: Answer) -> list[Mapping[str, Any]]:
        call = self._call
        try:
            rows = at_path(document, call.rows)
        except PathMissingError as error:
            reason = f"nothing stands under {error.path!r}; there is {error.known}."
            raise self._asker.unusable(answer.url, reason) from None
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            reason = f"under {call.rows!r} stands no list of rows."
            raise self._asker.unusable(answer.url, reason)
        if call.since is not None and call.since.token is not None:
            with suppress(PathMissingError):  # given on the last page alone
                self._token = as_text(at_path(document, call.since.token)) or self._token
        return rows

    def _texts(self, rows: list[Mapping[str, Any]], answer: Answer) -> list[dict[str, str | None]]:
        is_rpc = self._asker.api.form == "json-rpc"
        found = [self._flat(row, is_rpc=is_rpc) for row in rows]
        if self._call.detail is not None:
            found = [self._detailed(self._call.detail, row, answer) for row in found]
        columns = self._call.since.columns if self._call.since is not None else ()
        if columns:
            if self._highest is None:
                self._highest = Highest(
                    column=" or ".join(columns),
                    asked_by=self._call.asked_by,
                    now=self._asker.now,
                    time_zone=self._time_zone,
                    before=self._after,
                )
            for row in found:
                self._highest.take(next((row[name] for name in columns if row.get(name)), None))
        return found

    def _detailed(
        self, path: str, row: dict[str, str | None], answer: Answer
    ) -> dict[str, str | None]:
        """A row with what its own call says of it."""
        wanted = signs_in(path)
        absent = sorted(name for name in wanted if row.get(name) is None)
        if absent:
            reason = f"a row has no {absent[0]!r}, which `detail` asks for."
            raise self._asker.unusable(answer.url, reason)
        safe = {name: quote(str(row[name]), safe="") for name in wanted}
        document, found = self._asker.ask("GET", str(filled(path, safe)))
        try:
            detail = at_path(document, self._call.detail_rows)
        except PathMissingError:
            detail = None
        if not isinstance(detail, Mapping):
            reason = f"no row stands under {self._call.detail_rows!r}."
            raise self._asker.unusable(found.url, reason)
        return {**row, **self._flat(detail, is_rpc=self._asker.api.form == "json-rpc")}

    def _flat(self, row: Mapping[str, Any], *, is_rpc: bool) -> dict[str, str | None]:
        """A row's texts, with what the mapping asks for inside of its lists."""
        found = flat(row, is_rpc=is_rpc)
        for name in self._wanted:
            if name not in found and "." in name:
                with suppress(PathMissingError):
                    found[name] = as_text(at_path(row, name))
        null = self._call.null
        return {name: None if text in null else text for name, text in found.items()}
