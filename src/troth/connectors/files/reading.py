"""What does one delivery of a feed hold: sound rows, changes and rejects?"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from itertools import tee

import duckdb
import pyarrow as pa

from troth.connectors.files.delivery import RAGGED, Delivery, Ragged
from troth.connectors.mapping.shapes import FeedMap
from troth.connectors.protocol import Feed, Reject
from troth.connectors.staging.fields import Check
from troth.connectors.staging.holding import REFUSED, WITHHELD
from troth.connectors.staging.rows import BrokenRow, RepeatedRow, Staging

_SHOWN_VALUE = 80


class FilesReading:
    """One feed's files, read and checked. Lives as long as the connector's `read` block."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed_map: FeedMap,
        delivery: Delivery,
        staging: Staging,
        *,
        is_whole: bool,
    ) -> None:
        """`is_whole` is False where only some rows were read: then nothing is withdrawn."""
        mode = "delta" if delivery.is_partial else feed_map.mode
        self.feed = Feed(name=feed_map.name, record=feed_map.kind.name, mode=mode)
        self.position = delivery.position
        self.rows_read = staging.rows + len(delivery.ragged)
        # Nobody can say which of its values stands in a column that may not be kept.
        self._keeps_ragged = not feed_map.unkept
        self._connection = connection
        self._delivery = delivery
        self._staging = staging
        # A row whose key cannot be read may be any of the landed ones: withdraw none of them.
        has_every_key = not staging.has_unkeyed and not delivery.ragged
        self._may_withdraw = is_whole and self.feed.mode == "full" and has_every_key

    def rejects(self) -> Iterator[Reject]:
        """Every row that cannot be landed; a row with three faults comes three times."""
        for ragged in self._delivery.ragged:
            yield _ragged_reject(ragged, self._delivery, is_kept=self._keeps_ragged)
        rows: Iterator[BrokenRow | RepeatedRow] = heapq.merge(
            self._staging.broken(), self._staging.repeated(), key=lambda row: row.rid
        )
        here, there = tee(rows)
        places = self._delivery.places(self._connection.cursor(), (row.rid for row in there))
        for row, (file, number, line) in zip(here, places, strict=True):
            if isinstance(row, RepeatedRow):
                yield self._repeated_reject(row, file, number, line)
                continue
            for check, value in _told(row):
                yield Reject(
                    file=file,
                    row=number,
                    line=line,
                    key=row.key,
                    column=check.column,
                    code=check.code,
                    message=_sentence(check, value),
                    raw=row.raw,
                )

    def changed(
        self, landed: pa.RecordBatchReader, *, batch_rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """The versions to land; see `protocol.FeedReading`."""
        return self._staging.changed(landed, batch_rows=batch_rows, may_withdraw=self._may_withdraw)

    def _repeated_reject(
        self, row: RepeatedRow, file: str, number: int, line: int | None
    ) -> Reject:
        places = self._delivery.places(self._connection.cursor(), iter(sorted(row.others)))
        others = ", ".join(
            f"row {other} of {name}" if name != file else f"row {other}"
            for name, other, _ in places
        )
        return Reject(
            file=file,
            row=number,
            line=line,
            key=row.key,
            column=None,
            code="row:key:two-contents",
            message=f"{row.key} stands here and in {others} with other contents, and nobody can "
            "say which is right; correct the source, or say `history: true` if these are its "
            "successive states",
            raw=row.raw,
        )


def _told(row: BrokenRow) -> tuple[tuple[Check, str | None], ...]:
    """The faults to tell: of a row that may not be held, nothing but that."""
    return tuple(fault for fault in row.faults if fault[0].code == REFUSED) or row.faults


def _sentence(check: Check, value: str | None) -> str:
    shown = "" if value is None else value
    if len(shown) > _SHOWN_VALUE:
        shown = shown[:_SHOWN_VALUE] + "…"
    return check.message.replace("{column!r}", f"`{check.column}`").replace(
        "{value!r}", repr(shown)
    )


def _ragged_reject(ragged: Ragged, delivery: Delivery, *, is_kept: bool) -> Reject:
    found, expected = len(ragged.values), ragged.expected
    is_short = found < expected
    names = list(delivery.columns)
    values: Mapping[str, object] = {
        **dict(zip(names, ragged.values, strict=False)),
        RAGGED: list(ragged.values[expected:]),
    }
    remedy = (
        "a value is missing, or a line break stands in it without quotation marks"
        if is_short
        else "a delimiter stands in a value without quotation marks"
    )
    return Reject(
        file=ragged.file,
        row=ragged.row,
        line=ragged.line,
        key=None,
        column=None,
        code="row:values:too-few" if is_short else "row:values:too-many",
        message=f"the row has {found} values, its header {expected}: {remedy}; correct the export",
        raw=json.dumps(values, ensure_ascii=False) if is_kept else WITHHELD,
    )
