"""What do the sources say of customers, so that records which share no key can be compared?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from psycopg import sql

from troth.store.facts.versions import current, rows, stream
from troth.store.models import Crosswalk, IdentityVerdict

_CURRENT = current("customer", alias="record")
_COUNTED = sql.SQL(
    "SELECT count(*) AS records, coalesce(max(landing_id), 0) AS through,"
    " count(*) FILTER (WHERE party_kind = 'person') AS persons,"
    " count(*) FILTER (WHERE party_kind = 'organisation') AS organisations"
    " FROM {customer} WHERE record.op = 'upsert'"
).format(customer=_CURRENT)
_PARTIES = sql.SQL(
    "SELECT record.key, split_part(record.key, ':', 1) AS source, record.city, record.country,"
    " personal.fields->>'name' AS name, personal.fields->>'tax_id' AS tax_id,"
    " personal.fields->>'email' AS email, personal.fields->>'phone' AS phone,"
    " personal.fields->>'address' AS address, personal.fields->>'postal_code' AS postcode"
    " FROM {customer} LEFT JOIN fact_personal AS personal ON personal.kind = 'customer'"
    "   AND personal.key = record.key AND personal.revision = record.revision"
    " WHERE record.op = 'upsert' ORDER BY record.key"
).format(customer=_CURRENT)
_UNSCORED = sql.SQL(
    "SELECT record.key FROM {customer} WHERE record.op = 'upsert' AND ("
    " record.landing_id > %(through)s OR record.key = ANY(%(keys)s)"
    " OR NOT EXISTS (SELECT FROM store_crosswalk AS x WHERE x.source_key = record.key))"
    " ORDER BY record.key"
).format(customer=_CURRENT)


@dataclass(frozen=True, kw_only=True)
class PartyCount:
    """How many customer records there are, and up to which landing."""

    records: int
    through: int  # the newest landing that any of them is of; 0 where there is none
    persons: int  # that say so
    organisations: int


def count_parties() -> PartyCount:
    """Of the customer records that are there."""
    (row,) = rows(_COUNTED)
    return PartyCount(**row)


def party_rows() -> Iterator[dict[str, Any]]:
    """Key, source and what is compared of every customer record, by key."""
    yield from stream(_PARTIES)


def unscored_keys(*, through: int, since: datetime | None) -> list[str]:
    """The customer records that are new or changed after a landing, or of whose customer a
    steward said something of records `since`."""
    said: set[str] = set()
    if since is not None:
        verdicts = IdentityVerdict.objects.filter(
            Q(given_at__gt=since) | Q(withdrawn_at__gt=since), level="record"
        )
        named = verdicts.values_list("customers", flat=True)
        said = {customer for pair in named for customer in pair}
    linked = Crosswalk.objects.filter(Q(customer__in=said) | Q(home__in=said), kind="customer")
    keys = sorted(linked.values_list("source_key", flat=True)) if said else []
    return [row["key"] for row in rows(_UNSCORED, {"through": through, "keys": keys})]
