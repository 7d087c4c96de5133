"""In which region may the record of an event be held, and may it be held here?

A record has one region: the one that the event says, or else the one in which the record is held
already, or else that of the customer (order, case, shipment) that it belongs to, or else the
workspace's. It is asked before anything else is read: what may not be held here is not kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from troth.actions.event_attributes import kind_of, named, said_region
from troth.actions.event_records import Fault, is_storable, shown
from troth.connectors.staging.holding import REFUSED, Holding
from troth.core.records.kinds import KINDS
from troth.store.models.facts import LOOKED_UP_BY, table_name

_PLACES = {kind.name: place for place, kind in enumerate(KINDS)}  # what belongs to what comes later
_Record = tuple[str, str]  # kind, key


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What an event says of the place of its record, however wrong the rest of it is."""

    index: int
    record: _Record
    said: object  # what stands as `region`
    belongs_to: tuple[_Record, ...]


def regions_of(documents: Sequence[object], holding: Holding) -> dict[int, str]:
    """Place of an event → the region of its record; without those whose region cannot be read.

    Reads what is landed, so whoever asks has to see it all.
    """
    asked = sorted(_asked(documents), key=lambda item: (_PLACES[item.record[0]], item.index))
    known = _known({record for item in asked for record in (item.record, *item.belongs_to)})
    regions: dict[int, str] = {}
    for item in asked:
        document = documents[item.index]
        assert isinstance(document, Mapping)  # or nothing would have been asked
        said = said_region(document)
        if said is None and item.said is not None:
            continue
        found = (known.get(record) for record in (item.record, *item.belongs_to))
        region = said or next((name for name in found if name), holding.region)
        regions[item.index] = known[item.record] = region
    return regions


def refusal(document: object, region: str | None, holding: Holding) -> Fault | None:
    """Why the record of an event may not be held here; None where it may."""
    if not holding.has_limits or not isinstance(document, Mapping) or region in holding.regions:
        return None
    allowed = ", ".join(holding.regions)
    if region is None:
        if document.get("region") is None:
            return None  # it names no record, so it is refused for that
        region = ""
    return Fault(
        path="region",
        found=shown(region or document["region"]),
        expected=f"one of {allowed}, which alone this workspace may hold",
        remedy="The event was not kept. Send it to a workspace of its region, or add the region "
        "to `regions` in troth.toml and send it again.",
        code=REFUSED,
    )


def _asked(documents: Sequence[object]) -> list[_Asked]:
    found: list[_Asked] = []
    for index, document in enumerate(documents):
        if not isinstance(document, Mapping) or (kind := kind_of(document)[0]) is None:
            continue
        data = document.get("data")
        fields: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        parents = ((name, fields.get(name)) for name in LOOKED_UP_BY.get(kind.name, ()))
        found.append(
            _Asked(
                index=index,
                record=(kind.name, named(document)[2]),
                said=document.get("region"),
                belongs_to=tuple(
                    (name, key)
                    for name, key in parents
                    if isinstance(key, str) and is_storable(key)
                ),
            )
        )
    return found


def _known(records: set[_Record]) -> dict[_Record, str]:
    """The region in which the newest version of each record is held, where there is one."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, key in sorted(records):
        by_kind[kind].append(key)
    query = (
        "SELECT DISTINCT ON (key) key, region FROM {} WHERE key = ANY(%s)"
        " ORDER BY key, revision DESC"
    )
    known: dict[_Record, str] = {}
    with connection.cursor() as cursor:
        for kind, keys in by_kind.items():
            cursor.execute(sql.SQL(query).format(sql.Identifier(table_name(kind))), [keys])
            known |= {(kind, key): region for key, region in cursor.fetchall()}
    return known
