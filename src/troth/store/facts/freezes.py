"""Which freeze windows are there, and which customers are in two scopes at once?"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg import sql

from troth.core.policies.freezes import Between, FreezeKind, FreezeWindow, WholeDays
from troth.core.policies.recurrence import parse
from troth.core.policies.scopes import Layer, Scope
from troth.store.models import FreezeWindow as FreezeRow

# Whoever writes windows or publishes takes this lock, so that neither misses the other.
_LOCK = 0x7472_6F74_6866_727A  # "trothfrz"

# One customer's membership of a scope; the parameters are named after the side that asks.
_MEMBERS = {
    Layer.CUSTOMER: """(customer.id = %({side})s OR EXISTS (
        SELECT FROM store_customer AS alias
        WHERE alias.id = %({side})s AND alias.merged_into_id = customer.id))""",
    Layer.TIER: """(customer.tier = %({side})s OR EXISTS (
        SELECT FROM store_tierassignment AS held
        WHERE held.customer_id = customer.id AND held.tier = %({side})s
          AND (held.ends_at IS NULL OR held.ends_at > statement_timestamp())))""",
    Layer.SEGMENT: "customer.segment = %({side})s",
    # Whatever became of the contract: it may be signed, or begin, while the window holds.
    Layer.CONTRACT: """EXISTS (
        SELECT FROM fact_contract AS contract
        JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = contract.customer
        WHERE contract.key = %({side})s AND crosswalk.customer_id = customer.id)""",
    # A policy of a region holds where the customer belongs, and where an order goes to.
    Layer.REGION: """(%({side})s IN (customer.sales_region, customer.country) OR EXISTS (
        SELECT FROM fact_order AS placed
        JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = placed.customer
        WHERE crosswalk.customer_id = customer.id
          AND %({side})s IN (placed.destination_country, placed.destination_region)))""",
}


def lock_freezes(*, is_writing: bool) -> None:
    """Wait for whoever writes windows; and where `is_writing`, for whoever publishes too.

    Held until the transaction ends. What is read next is what was committed by then.
    """
    name = "pg_advisory_xact_lock" if is_writing else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}(%s)", [_LOCK])


def window_of(row: FreezeRow) -> FreezeWindow:
    """A row as the rules know it."""
    whole = (_day(row.first_on), _day(row.last_on)) if row.first_on and row.last_on else None
    return _window(
        said=(row.pk, row.layer, row.scope, row.kind, row.title, row.reason, str(row.author_id)),
        span=whole or (row.starts_at, row.ends_at),
        time_zone=row.time_zone,
        repeats=row.repeats,
        skips=tuple(row.skips),
        ended_at=row.ended_at,
    )


@lru_cache(maxsize=20_000)  # every publication and every page of the calendar asks for all
def _window(
    *,
    said: tuple[str, ...],
    span: tuple[date, date] | tuple[datetime, datetime],
    time_zone: str,
    repeats: str,
    skips: tuple[str, ...],
    ended_at: datetime | None,
) -> FreezeWindow:
    key, layer, scope, kind, title, reason, author = said
    first, last = span
    span_of: WholeDays | Between = WholeDays(first_on=first, last_on=last)
    if isinstance(first, datetime) and isinstance(last, datetime):
        span_of = Between(starts_at=first, ends_at=last)
    return FreezeWindow(
        id=key,
        scope=Scope(layer=Layer(layer), key=scope),
        kind=FreezeKind(kind),
        title=title,
        reason=reason,
        author=author,
        span=span_of,
        time_zone=time_zone,
        repeats=parse(repeats) if repeats else None,
        skips=tuple(date.fromisoformat(day) for day in skips),
        ended_at=ended_at,
    )


def _day(on: date | str) -> date:
    return date.fromisoformat(on) if isinstance(on, str) else on


def all_windows() -> tuple[FreezeWindow, ...]:
    """Every window, the earliest first. For the program alone: nobody is shown all of them."""
    return tuple(window_of(row) for row in FreezeRow.objects.order_by("starts_at", "id"))


class StoredDirectory:
    """Who is in which scope, as the customers and their records stand now.

    For the program alone: it looks at every customer.
    """

    def has_both(self, one: Scope, other: Scope) -> bool:
        """Whether a customer is in both."""
        return self._has((("one", one), ("other", other)))

    def has_any(self, one: Scope) -> bool:
        """Whether a customer is in it."""
        return self._has((("one", one),))

    def _has(self, asked: tuple[tuple[str, Scope], ...]) -> bool:
        tests = [
            sql.SQL(_MEMBERS[scope.layer].format(side=side))
            for side, scope in asked
            if scope.layer in _MEMBERS
        ]
        query = sql.SQL(
            "SELECT EXISTS (SELECT FROM store_customer AS customer"
            " WHERE customer.merged_into_id IS NULL AND {})"
        ).format(sql.SQL(" AND ").join(tests) if tests else sql.SQL("true"))
        values: dict[str, Any] = {side: scope.key for side, scope in asked}
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            (found,) = cursor.fetchone()
        return bool(found)
