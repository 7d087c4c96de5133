"""From when to when was each customer under contract, as far as was known at a moment?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql

from troth.store.facts.versions import first, latest, stream

# A draft binds nobody. Contracts that follow each other are one spell: a renewal is no ending.
_SPELLS = sql.SQL(
    "WITH contract AS ("
    "  SELECT crosswalk.customer_id, coalesce(now.starts_on, now.signed_on) AS begun_on,"
    "    least((first.known_at AT TIME ZONE 'UTC')::date, %(as_of)s::date) AS seen_on,"
    "    CASE WHEN now.op = 'gone' OR now.status = 'ended'"
    "        THEN coalesce(now.ends_on, (now.known_at AT TIME ZONE 'UTC')::date)"
    "      WHEN now.ends_on <= (%(as_of)s AT TIME ZONE 'UTC')::date THEN now.ends_on"
    "    END AS ended_on"
    "  FROM {now} JOIN {first} ON first.key = now.key"
    "  JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = now.customer"
    "  WHERE coalesce(now.status, 'signed') <> 'draft'"
    ")"
    " SELECT customer_id, min(begun_on) AS begun_on, min(seen_on) AS seen_on,"
    "   CASE WHEN bool_and(ended_on IS NOT NULL) THEN max(ended_on) END AS ended_on"
    " FROM contract WHERE begun_on IS NOT NULL"
    "   AND begun_on <= (%(as_of)s AT TIME ZONE 'UTC')::date"
    " GROUP BY customer_id ORDER BY customer_id"
).format(now=latest("contract", alias="now"), first=first("contract", alias="first"))


@dataclass(frozen=True, kw_only=True)
class Spell:
    """One customer's time under contract, by days (UTC)."""

    customer_id: str
    begun_on: date
    seen_on: date  # the first day on which we knew of a contract
    ended_on: date | None  # None: one of its contracts runs on


def spells(as_of: datetime) -> Iterator[Spell]:
    """Of each customer with a contract that is no draft and has begun, by customer."""
    for row in stream(_SPELLS, {"as_of": as_of}):
        yield Spell(**row)
