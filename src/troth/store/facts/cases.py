"""What is there to know about each case: as it was opened, as it stands, and what happened?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql

from troth.store.facts.versions import first, latest, rows, stream

_SELECT = (
    "SELECT first.key, first.region, first.opened_at,"
    " greatest(first.opened_at, first.known_at) AS decided_at, first.known_at AS first_known_at,"
    " coalesce(first.severity, 3) AS severity, first.severity IS NULL AS is_severity_missing,"
    " first.category, coalesce(latest.team, first.team) AS team, latest.customer,"
    " latest.order_key, latest.status, latest.op = 'gone' AS is_gone,"
    " latest.first_responded_at, latest.resolved_at, latest.closed_at,"
    " latest.known_at AS latest_known_at, coalesce(latest.reopen_count, 0) AS reopen_count,"
    " crosswalk.customer_id, customer.segment, customer.sales_region, customer.country,"
    " customer.time_zone"
    " FROM {first} JOIN {latest} ON latest.key = first.key"
    " LEFT JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = latest.customer"
    " LEFT JOIN store_customer AS customer ON customer.id = crosswalk.customer_id"
)


def _query(chosen: LiteralString) -> sql.Composed:
    return sql.SQL(_SELECT + " WHERE " + chosen + " ORDER BY decided_at, first.key").format(
        first=first("case"), latest=latest("case", alias="latest")
    )


_ALL = _query("true")
_SOME = _query("first.key = ANY(%(keys)s) AND latest.key = ANY(%(keys)s)")
_CASES_OF = (
    "SELECT DISTINCT opened.key FROM fact_case AS opened JOIN store_crosswalk AS crosswalk"
    " ON crosswalk.source_key = opened.customer WHERE crosswalk.customer_id = ANY(%(customers)s)"
)

_EVENTS = sql.SQL(
    "SELECT case_key, key, event_kind, occurred_at FROM {events}"
    " WHERE case_key = ANY(%(cases)s) AND op = 'upsert' AND occurred_at <= %(as_of)s"
    " ORDER BY case_key, occurred_at, key"
).format(events=latest("case_event", alias="events"))


@dataclass(frozen=True, kw_only=True)
class CaseHistory:
    """One case: what was known when it was opened, and how it stands."""

    key: str
    region: str
    opened_at: datetime
    decided_at: datetime
    first_known_at: datetime
    severity: int
    is_severity_missing: bool
    category: str | None
    team: str | None
    customer: str | None
    customer_id: str | None
    segment: str | None
    sales_region: str | None
    country: str | None
    time_zone: str | None
    order_key: str | None
    status: str | None
    is_gone: bool
    first_responded_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    latest_known_at: datetime
    reopen_count: int

    @property
    def is_open(self) -> bool:
        return not self.is_gone and self.status not in ("resolved", "closed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class CaseHappening:
    """One event of a case."""

    key: str
    kind: str | None
    occurred_at: datetime


def case_histories(
    as_of: datetime, customers: Collection[str] | None = None
) -> Iterator[CaseHistory]:
    """Every case known at `as_of`, in the order of its decision; those of some customers."""
    if customers is None:
        found: Iterable[dict[str, Any]] = stream(_ALL, {"as_of": as_of})
    else:
        keys = [row["key"] for row in rows(_CASES_OF, {"customers": list(customers)})]
        found = rows(_SOME, {"as_of": as_of, "keys": keys}) if keys else ()
    for row in found:
        yield CaseHistory(**row)


def case_happenings(cases: Sequence[str], as_of: datetime) -> dict[str, list[CaseHappening]]:
    """The events of some cases, known and past at `as_of`, each case's in order."""
    found: dict[str, list[CaseHappening]] = {case: [] for case in cases}
    for row in rows(_EVENTS, {"cases": list(cases), "as_of": as_of}):
        found[row["case_key"]].append(
            CaseHappening(key=row["key"], kind=row["event_kind"], occurred_at=row["occurred_at"])
        )
    return found
