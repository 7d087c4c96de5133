"""How does one change in a source system get in, the moment it happens?

An event (CloudEvents 1.0) carries one whole record. It lands as the next version of that record,
unless it says nothing new; the same event lands once, however often it is sent. What is wrong is
told, kept in quarantine and can be replayed; the rest lands.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from django.db import IntegrityError, connection
from django.utils import timezone

from troth.actions import sync
from troth.actions.event_attributes import attribute_faults, kind_of, named
from troth.actions.event_records import (
    Content,
    Fault,
    read_content,
    read_instant,
    shown,
)
from troth.actions.event_regions import refusal, regions_of
from troth.actions.event_versions import Version, known_at, landed_versions, says_nothing_new
from troth.actions.idempotency import claim
from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.connectors.columns import batch_schema
from troth.connectors.protocol import Feed, Reject
from troth.connectors.staging.holding import REFUSED, WITHHELD, Holding
from troth.core.access.roles import Right, Role, may
from troth.core.records.kinds import BY_NAME, RecordKind
from troth.store.facts.landing import land_batch
from troth.store.facts.leaves import keep_leaves, leaf_hashes
from troth.store.models import Landing, QuarantinedRow, User
from troth.store.queries.viewing import NotAllowedError, as_the_program
from troth.store.sealing import row_pepper

FEED = "events"
LARGEST_BATCH = 1_000

Outcome = Literal["landed", "unchanged", "duplicate", "rejected"]


class ConcurrentChangeError(RuntimeError):
    """The same record was landed at the same moment by another path. Send the events again."""


_CONCURRENT = (ConcurrentChangeError.__doc__ or "").strip()


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """What became of one event."""

    index: int  # its place among those sent, from 0
    id: str
    source: str
    key: str  # of the record; "" where the event names none
    outcome: Outcome
    revision: int | None = None  # of the record's newest version; None where nothing was landed
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Event:
    index: int
    id: str
    source: str
    kind: RecordKind
    op: Literal["upsert", "gone"]
    key: str
    at: datetime | None
    content: Content
    document: Mapping[str, Any]
    region: str  # where its record may be held
    pepper: bytes  # of what is hashed: values of people could be tried out without it

    @property
    def row_hash(self) -> str:
        return _digest([self.op, _data(self.document)], self.pepper)[:32]

    @property
    def digest(self) -> str:
        """What makes it the same event, however it was sent."""
        names = ("source", "id", "type", "subject", "time", "data")
        return _digest([self.document.get(name) for name in names], self.pepper)

    @property
    def claim_key(self) -> str:
        return f"cloudevent:{self.source}:{self.id}"

    def told(self, outcome: Outcome, revision: int | None, *faults: Fault) -> EventResult:
        return EventResult(
            index=self.index,
            id=self.id,
            source=self.source,
            key=self.key,
            outcome=outcome,
            revision=revision,
            faults=faults,
        )


def land_events(
    documents: Sequence[object], *, acting_user: User, holding: Holding
) -> tuple[EventResult, ...]:
    """Land CloudEvents, each a JSON object in structured form; the results in the same order.

    Events on one record are taken in the order in which they stand. `holding` says in which regions
    records may be held here. Raises NotAllowedError, ConcurrentChangeError.
    """
    role = Role(acting_user.role)
    if not may(role, Right.LAND):
        raise NotAllowedError(Right.LAND, role)
    pepper = row_pepper()
    results: dict[int, EventResult] = {}
    groups: dict[tuple[str, str], list[_Event]] = {}
    with as_the_program():  # which version comes next hangs on all that have landed
        regions = regions_of(documents, holding)
        for index, document in enumerate(documents):
            found = _read(index, document, regions.get(index), holding, pepper)
            if isinstance(found, EventResult):
                results[index] = found
            else:
                groups.setdefault((found.source, found.kind.name), []).append(found)
        for (source, kind), events in sorted(groups.items()):
            try:
                landed = _land(source, BY_NAME[kind], events, acting_user)
            except IntegrityError as error:
                raise ConcurrentChangeError(_CONCURRENT) from error
            results |= {result.index: result for result in landed}
        rejected = [result for result in results.values() if result.faults]
        _quarantine(documents, rejected, acting_user)
    return tuple(results[index] for index in range(len(documents)))


def replay_events(
    row_ids: Iterable[int], *, acting_user: User, holding: Holding
) -> tuple[EventResult, ...]:
    """Send quarantined events again, as after an upgrade; those that land now are resolved.

    An event that was not kept (its region was refused) waits until its system sends it again.
    """
    rows = list(
        QuarantinedRow.objects.filter(pk__in=list(row_ids), feed=FEED, resolved_at=None)
        .exclude(raw=WITHHELD)
        .order_by("pk")
        .values_list("pk", "source", "raw")
    )
    documents = [json.loads(raw) for _, _, raw in rows]
    results = land_events(documents, acting_user=acting_user, holding=holding)
    for (row_id, source, _), result in zip(rows, results, strict=True):
        if result.outcome != "rejected":
            sync.resolve_rows(
                [row_id], resolution="replayed", source=source, acting_user=acting_user
            )
    return results


def _read(
    index: int, document: object, region: str | None, holding: Holding, pepper: bytes
) -> _Event | EventResult:
    """An event that can land, or why it cannot."""
    if not isinstance(document, Mapping):
        fault = Fault(
            path="",
            found=shown(document),
            expected="a CloudEvent as a JSON object",
            remedy="Send it with specversion, id, source, type, subject and data.",
        )
        return EventResult(
            index=index, id="", source="", key="", outcome="rejected", faults=(fault,)
        )
    source, event_id, key = named(document)
    refused = refusal(document, region, holding)
    faults = [refused] if refused is not None else [*attribute_faults(document)]
    kind, op = kind_of(document)
    at = read_instant(document["time"]) if document.get("time") is not None else None
    content = Content(columns={}, custom={}, faults=())
    if kind is not None and op == "upsert" and not faults:
        content = read_content(kind, document.get("data"))
        faults += content.faults
    if faults or kind is None or region is None:
        return EventResult(
            index=index,
            id=event_id,
            source=source,
            key=key,
            outcome="rejected",
            faults=tuple(faults),
        )
    return _Event(
        index=index,
        id=event_id,
        source=source,
        kind=kind,
        op="upsert" if op == "upsert" else "gone",
        key=key,
        at=at,
        content=content,
        document=document,
        region=region,
        pepper=pepper,
    )


def _land(
    source: str, kind: RecordKind, events: list[_Event], acting_user: User
) -> list[EventResult]:
    """Land the events of one system and kind, in one transaction with its audit entry."""
    with recorded(
        acting_user=acting_user,
        action=f"{source}:{kind.name}:landed",
        right=Right.LAND,
        subject=f"{source}/{FEED}",
        is_company_wide=True,
    ) as entry:
        _wait_for_others(source, kind)
        fresh, results = _claimed(events)
        versions = landed_versions(kind, {event.key for event in fresh})
        now = timezone.now()
        rows: list[dict[str, Any]] = []
        for event in fresh:
            told = versions.setdefault(event.key, [])
            revision = max((version.revision for version in told), default=0)
            at = known_at(event.at, now)
            version = Version(at, revision + 1, event.op, event.row_hash, event.region)
            is_known = says_nothing_new(version, told)
            if not is_known:
                revision += 1
                told.append(version)
                rows.append(_row(event, revision, now))
            results.append(event.told("unchanged" if is_known else "landed", revision or None))
        entry.is_empty = not rows
        if rows:
            # The order in which the landing's Merkle root is computed again.
            rows.sort(key=lambda row: (row["key"], row["revision"]))
            batch = pa.RecordBatch.from_pylist(rows, schema=batch_schema(kind))
            landing = Landing.objects.create(
                source=source, feed=FEED, kind=kind.name, landed_at=now, fact_count=len(rows)
            )
            left_out = land_batch(kind.name, batch, landing_id=landing.pk, landed_at=now)
            entry.wrote(landing)
            entry.wrote_all(left_out.added)
            root = keep_leaves(landing.pk, leaf_hashes(kind.name, batch, landed_at=now))
            entry.landed(landing_id=landing.pk, kind=kind.name, count=len(rows), root=root)
    _resolve({event.key for event in fresh}, source, acting_user)
    return results


def _wait_for_others(source: str, kind: RecordKind) -> None:
    """One landing of a system's events of a kind at a time: revisions are counted."""
    name = f"troth-events/{source}/{kind.name}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _claimed(events: list[_Event]) -> tuple[list[_Event], list[EventResult]]:
    """The events that were never seen, and what becomes of the others."""
    digests: dict[str, str] = {}
    fresh: list[_Event] = []
    others: list[tuple[_Event, str]] = []
    for event in events:
        if event.claim_key in digests:
            others.append((event, digests[event.claim_key]))
        else:
            digests[event.claim_key] = event.digest
            fresh.append(event)
    taken = claim(digests, holder=system_user())
    others += [(event, taken[event.claim_key]) for event in fresh if event.claim_key in taken]
    results = [
        event.told("duplicate", None)
        if event.digest == before
        else event.told(
            "rejected",
            None,
            Fault(
                path="id",
                found=shown(event.id),
                expected=f"an id that {event.source} used for no other event",
                remedy="Give each event its own id; send the same event again unchanged.",
            ),
        )
        for event, before in others
    ]
    return [event for event in fresh if event.claim_key not in taken], results


def _row(event: _Event, revision: int, now: datetime) -> dict[str, Any]:
    """The columns of one version, as batch_schema wants them."""
    columns = dict(event.content.columns)
    occurred_at = columns.get(event.kind.occurs or "") or event.at
    data = _data(event.document)
    plain = {name: value for name, value in data.items() if not _is_apart(event.kind, name)}
    apart = {name: value for name, value in data.items() if _is_apart(event.kind, name)}
    custom = plain.pop("custom", None)
    return {
        **columns,
        "key": event.key,
        "revision": revision,
        "op": event.op,
        "region": event.region,
        "occurred_at": occurred_at,
        "known_at": known_at(event.at, now),
        "row_hash": event.row_hash,
        "raw": _json(plain) if plain else None,
        "raw_personal": _json(apart) if apart else None,
        "custom": _json(custom) if custom else None,
    }


def _is_apart(kind: RecordKind, name: str) -> bool:
    spec = kind.field(name)
    return spec is not None and spec.sensitivity.is_stored_apart


def _data(document: Mapping[str, Any]) -> Mapping[str, Any]:
    data = document.get("data")
    is_upsert = str(document.get("type")).endswith(".upserted")
    return data if is_upsert and isinstance(data, Mapping) else {}


def _quarantine(
    documents: Sequence[object], rejected: Iterable[EventResult], acting_user: User
) -> None:
    """Keep what could not land, a row a fault."""
    by_feed: dict[tuple[str, str], list[Reject]] = {}
    for result in sorted(rejected, key=lambda result: result.index):
        document = documents[result.index]
        kind = kind_of(document)[0] if isinstance(document, Mapping) else None
        for fault in result.faults:
            reject = Reject(
                file=FEED,
                row=result.index + 1,
                line=None,
                key=result.key or None,
                column=fault.path or None,
                code=fault.code
                or f"event:{'data' if fault.path.startswith('data') else 'attribute'}",
                message=fault.sentence,
                raw=WITHHELD if fault.code == REFUSED else _json(document),
            )
            source = result.source or "unknown"
            by_feed.setdefault((source, kind.name if kind else "event"), []).append(reject)
    for (source, record), rejects in sorted(by_feed.items()):
        feed = Feed(name=FEED, record=record, mode="delta")
        sync._quarantine(source, feed, rejects, acting_user)


def _resolve(keys: set[str], source: str, acting_user: User) -> None:
    """A record that landed after all needs nobody's care any more."""
    waiting = QuarantinedRow.objects.filter(
        source=source, feed=FEED, key__in=keys, resolved_at=None
    )
    sync.resolve_rows(
        list(waiting.values_list("pk", flat=True)),
        resolution="landed by a later event",
        source=source,
        acting_user=acting_user,
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(value: object, pepper: bytes) -> str:
    return hmac.digest(pepper, _json(value).encode(), "sha256").hex()
