"""How do a source's rows get in? Feed by feed, batch by batch; what cannot land is kept apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.utils import timezone

from troth.actions.recording import Entry, recorded
from troth.connectors.protocol import Connector, Feed, FeedReading, Reject
from troth.connectors.staging.holding import WITHHELD
from troth.core.access.roles import Right
from troth.store.facts.erased import exclude_erasures, rows_about_erased
from troth.store.facts.landing import land_batch, landed_state, position_of
from troth.store.facts.leaves import keep_leaves, leaf_hashes
from troth.store.models import Landing, QuarantinedRow, SourcePosition, User

Progress = Callable[[int], None]  # versions landed so far, of one feed
_REJECT_BATCH = 1_000
_ERASED = (
    "the row is about somebody who was erased, so neither it nor what is wrong with it is kept; "
    "take them out of the source as well"
)


@dataclass(frozen=True, kw_only=True)
class FeedResult:
    """What one feed brought."""

    source: str
    feed: str
    record: str
    rows_read: int
    landed: int  # versions written, `gone` included
    gone: int
    rejected: int  # rows now in quarantine, and rows that landed and that a steward has to look at
    new_rejects: int  # of them, rows that were not there before
    erased: int = 0  # records that landed without their personal part: it is of erased people
    held_back: tuple[str, ...] = ()  # fields left out: nobody signed an assessment for them


def sync_feed(
    connector: Connector,
    feed: Feed,
    *,
    acting_user: User,
    progress: Progress | None = None,
    is_whole: bool = False,
) -> FeedResult:
    """Land one feed. Raises the connector's SourceError before anything is written.

    A feed that is asked for what changed goes on where its last reading ended; `is_whole` reads
    all of it again, which also finds what is gone. Each batch commits by itself: killed at any
    moment, the next call lands the rest, for the new position is written with the last of it.
    """
    with _alone(connector.name, feed.name):
        since = None if is_whole else position_of(connector.name, feed.name)
        with connector.read(feed.name, since=since) as reading:
            # Before the rows: the position that comes with the last of them stands for these too.
            rejects = reading.rejects()
            seen, new = _quarantine(connector.name, reading.feed, rejects, acting_user)
            tally = _land(connector.name, reading.feed, reading, acting_user, progress)
            _resolve_missing(connector.name, reading.feed, seen, acting_user)
            _resolve_healed(connector.name, reading.feed, tally.healed, seen, acting_user)
        return FeedResult(
            source=connector.name,
            feed=feed.name,
            record=feed.record,
            rows_read=reading.rows_read,
            landed=tally.landed,
            gone=tally.gone,
            rejected=len(seen),
            new_rejects=new,
            erased=tally.erased,
            held_back=feed.held_back,
        )


class _alone:  # noqa: N801 - reads as a word in `with`
    """One sync of a feed at a time, on this connection, whichever process asks."""

    def __init__(self, source: str, feed: str) -> None:
        name = f"troth-sync/{source}/{feed}".encode()
        self._key = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [self._key])

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [self._key])


def land_reading(source: str, feed: Feed, reading: FeedReading, *, acting_user: User) -> int:
    """Land what a reading of some rows gives, and nothing about the rows that it leaves out."""
    with _alone(source, feed.name):
        return _land(source, feed, reading, acting_user, None).landed


@dataclass(kw_only=True)
class _Tally:
    """What was landed of one reading."""

    landed: int = 0
    gone: int = 0
    erased: int = 0
    healed: set[str] = field(default_factory=set)  # keys that stood in quarantine before


def _land(
    source: str, feed: Feed, reading: FeedReading, acting_user: User, progress: Progress | None
) -> _Tally:
    tally = _Tally()
    ill = _keys_in_quarantine(source, feed)
    state = landed_state(feed.record, source=source, feed=feed.name)
    position = reading.position
    with closing(_ahead(feed.record, reading.changed(state))) as batches:
        for batch, leaves, following in batches:
            with _landing(source, feed, acting_user) as entry:
                landing = Landing.objects.create(
                    source=source,
                    feed=feed.name,
                    kind=feed.record,
                    landed_at=timezone.now(),
                    fact_count=batch.num_rows,
                )
                left_out = land_batch(
                    feed.record, batch, landing_id=landing.pk, landed_at=landing.landed_at
                )
                tally.erased += len(left_out.keys)
                entry.wrote(landing)
                entry.wrote_all(left_out.added)
                root = keep_leaves(landing.pk, leaves)
                entry.landed(
                    landing_id=landing.pk, kind=feed.record, count=batch.num_rows, root=root
                )
                if position is not None and following.result() is None:
                    _go_on_from(source, feed, position, entry)
                    position = None
            tally.landed += batch.num_rows
            tally.healed.update(ill and ill.intersection(batch.column("key").to_pylist()))
            tally.gone += pc.sum(pc.equal(batch.column("op"), "gone")).as_py()
            if progress is not None:
                progress(tally.landed)
    if position is not None:  # nothing was new, and yet the source was read further
        with _landing(source, feed, acting_user) as entry:
            _go_on_from(source, feed, position, entry)
    return tally


def _landing(source: str, feed: Feed, acting_user: User) -> AbstractContextManager[Entry]:
    return recorded(
        acting_user=acting_user,
        action=f"{source}:{feed.record}:landed",
        right=Right.LAND,
        subject=f"{source}/{feed.name}",
        is_company_wide=True,
    )


def _go_on_from(source: str, feed: Feed, position: str, entry: Entry) -> None:
    """Write where the next reading goes on, in the transaction of the last rows before it."""
    known = SourcePosition.objects.filter(source=source, feed=feed.name).first()
    if known is not None and known.position == position:
        entry.is_empty = not entry.rows and entry.facts is None
        return
    row = known or SourcePosition(source=source, feed=feed.name)
    row.position, row.read_at = position, timezone.now()
    row.save()
    entry.wrote(row)


def _ahead(
    kind: str, batches: Iterator[pa.RecordBatch]
) -> Generator[tuple[pa.RecordBatch, list[bytes], Future[Any]]]:
    """Each batch with its leaf hashes, and the next one, which is made while the database takes
    this one; after the last there is None."""

    def following() -> tuple[pa.RecordBatch, list[bytes]] | None:
        for batch in batches:
            if batch.num_rows:
                return batch, leaf_hashes(kind, batch)
        return None

    with ThreadPoolExecutor(max_workers=1) as maker:
        found = maker.submit(following).result()
        while found is not None:
            waiting = maker.submit(following)
            yield *found, waiting
            found = waiting.result()


def fingerprint(source: str, feed: str, reject: Reject) -> str:
    """What makes a quarantined row the same row: the same fault of the same content."""
    text = json.dumps([source, feed, reject.code, reject.column, reject.key, reject.raw])
    return hashlib.sha256(text.encode()).hexdigest()


def _quarantine(
    source: str, feed: Feed, rejects: Iterable[Reject], acting_user: User
) -> tuple[set[str], int]:
    """Keep what could not land; the same row again is the same entry. (fingerprints, new ones)"""
    seen: set[str] = set()
    new = 0
    following = iter(rejects)
    while batch := list(islice(following, _REJECT_BATCH)):
        told = _without_erased(batch)
        waiting = {fingerprint(source, feed.name, reject): reject for reject in told}
        seen |= set(waiting)
        new += _keep(source, feed, waiting, acting_user)
    return seen, new


def _without_erased(rejects: list[Reject]) -> list[Reject]:
    """The same, with nothing of the row where it is about somebody who was erased."""
    are_erased = rows_about_erased([reject.raw for reject in rejects])
    return [
        replace(reject, raw=WITHHELD, message=_ERASED) if is_erased else reject
        for reject, is_erased in zip(rejects, are_erased, strict=True)
    ]


def _keep(source: str, feed: Feed, rejects: dict[str, Reject], acting_user: User) -> int:
    known = set(
        QuarantinedRow.objects.filter(fingerprint__in=list(rejects), resolved_at=None).values_list(
            "fingerprint", flat=True
        )
    )
    fresh = {mark: reject for mark, reject in rejects.items() if mark not in known}
    if not fresh:
        return 0
    now = timezone.now()
    with recorded(
        acting_user=acting_user,
        action=f"{source}:{feed.record}:quarantined",
        right=Right.LAND,
        subject=f"{source}/{feed.name}",
        is_company_wide=True,
    ) as entry:
        exclude_erasures()
        kept = dict(zip(fresh, _without_erased(list(fresh.values())), strict=True))
        # Rows that were here before are held in the order in which everybody holds them.
        again = QuarantinedRow.objects.select_for_update().filter(fingerprint__in=list(fresh))
        list(again.order_by("pk").values_list("pk", flat=True))
        rows = QuarantinedRow.objects.bulk_create(
            [
                QuarantinedRow(
                    source=source,
                    feed=feed.name,
                    fingerprint=mark,
                    file=reject.file,
                    row=reject.row,
                    line=reject.line,
                    key=reject.key,
                    column=reject.column,
                    code=reject.code,
                    message=reject.message,
                    raw=reject.raw,
                    seen_at=now,
                )
                for mark, reject in sorted(kept.items())
            ],
            update_conflicts=True,
            unique_fields=["fingerprint"],
            update_fields=["file", "row", "line", "seen_at", "resolved_at", "resolution", "salt"],
        )
        for row in rows:
            entry.wrote(row, salt=bytes(row.salt))
    return len(fresh)


def _resolve_missing(source: str, feed: Feed, seen: set[str], acting_user: User) -> None:
    """A fault that a full export no longer shows is over. A delta says nothing about the rest."""
    if feed.mode != "full":
        return
    open_rows = QuarantinedRow.objects.filter(source=source, feed=feed.name, resolved_at=None)
    over = [row.pk for row in open_rows.only("pk", "fingerprint") if row.fingerprint not in seen]
    resolve_rows(over, resolution="no longer in the export", source=source, acting_user=acting_user)


def _keys_in_quarantine(source: str, feed: Feed) -> set[str]:
    rows = QuarantinedRow.objects.filter(source=source, feed=feed.name, resolved_at=None)
    return {key for key in rows.values_list("key", flat=True) if key is not None}


def _resolve_healed(
    source: str, feed: Feed, keys: set[str], seen: set[str], acting_user: User
) -> None:
    """A row that landed after all; a full export says the same by not showing the fault again."""
    if feed.mode == "full" or not keys:
        return
    rows = QuarantinedRow.objects.filter(
        source=source, feed=feed.name, resolved_at=None, key__in=sorted(keys)
    )
    over = [row.pk for row in rows.only("pk", "fingerprint") if row.fingerprint not in seen]
    resolve_rows(over, resolution="landed since", source=source, acting_user=acting_user)


def resolve_rows(ids: list[int], *, resolution: str, source: str, acting_user: User) -> None:
    """Close quarantined rows."""
    if not ids:
        return
    with recorded(
        acting_user=acting_user,
        action=f"{source}:quarantine:resolved",
        right=Right.LAND,
        reason=resolution,
        is_company_wide=True,
    ) as entry:
        rows = list(QuarantinedRow.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        for row in rows:
            row.resolved_at, row.resolution = timezone.now(), resolution
        QuarantinedRow.objects.bulk_update(rows, ["resolved_at", "resolution"], batch_size=1_000)
        for row in rows:
            entry.wrote(row, salt=bytes(row.salt))
        entry.is_empty = not rows
