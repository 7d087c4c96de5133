"""What happened between us and this customer, in order?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from troth.core.access.roles import Right
from troth.store.models import FACTS
from troth.store.queries.customers import source_keys
from troth.store.queries.lists import NotFoundError
from troth.store.queries.masking import said
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_customers


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened, from one fact."""

    at: datetime
    kind: str  # order, case, interaction, survey_response, return, invoice_line
    what: str  # a stable code: placed, delivered, opened, resolved, answered…
    key: str  # of the source record
    subject: str  # the order or case that it belongs to, "" for neither
    detail: tuple[tuple[str, str], ...]  # (name, value) in reading order
    words: str = ""  # what was said; "" where there is nothing or it may not be seen


def timeline(
    *, viewer: Viewer, customer_id: str, before: datetime | None = None, most: int = 100
) -> tuple[Event, ...]:
    """The newest `most` events before `before`, newest first, from facts known to us.

    Raises NotAllowedError, NotFoundError.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        keys = source_keys(sight, customer_id)
        if not keys and not visible_customers(sight).filter(pk=customer_id).exists():
            raise NotFoundError("customer", customer_id)
        events: list[Event] = []
        for kind, to_events in _READ.items():
            for row in _newest(kind, keys, before, most):
                events.extend(to_events(row))
            if kind in _WORDS:
                events = _with_words(viewer, events, kind, _WORDS[kind])
        if before is not None:
            events = [event for event in events if event.at < before]
        events.sort(key=lambda event: (event.at, event.kind, event.key, event.what), reverse=True)
        return tuple(events[:most])


def _newest(kind: str, keys: list[str], before: datetime | None, most: int) -> list[Any]:
    table = FACTS[kind]._default_manager
    newer = table.filter(key=OuterRef("key"), revision__gt=OuterRef("revision"))
    rows = table.filter(customer__in=keys, occurred_at__isnull=False).exclude(op="gone")
    if before is not None:
        rows = rows.filter(occurred_at__lt=before)
    return list(rows.filter(~Exists(newer)).order_by("-occurred_at", "key")[:most])


def _event(row: Any, kind: str, what: str, at: datetime, subject: str, **detail: Any) -> Event:
    return Event(
        at=at,
        kind=kind,
        what=what,
        key=row.key,
        subject=subject,
        detail=tuple((name, str(value)) for name, value in detail.items() if value is not None),
    )


def _order(row: Any) -> Iterator[Event]:
    total = None if row.total is None else f"{row.total:.2f} {row.total_currency or ''}".strip()
    yield _event(row, "order", "placed", row.occurred_at, row.key, total=total)
    for what in ("shipped_at", "delivered_at", "cancelled_at"):
        at = getattr(row, what)
        if at is not None:
            yield _event(row, "order", what.removesuffix("_at"), at, row.key)


def _case(row: Any) -> Iterator[Event]:
    yield _event(
        row,
        "case",
        "opened",
        row.occurred_at,
        row.key,
        category=row.category,
        severity=row.severity,
    )
    if row.resolved_at is not None:
        yield _event(row, "case", "resolved", row.resolved_at, row.key)


def _interaction(row: Any) -> Iterator[Event]:
    yield _event(
        row,
        "interaction",
        row.direction or "contact",
        row.occurred_at,
        row.case or "",
        channel=row.channel,
    )


def _survey(row: Any) -> Iterator[Event]:
    score = None
    if row.score is not None:
        score = f"{row.score:g}" + (f" of {row.scale_high}" if row.scale_high else "")
    yield _event(
        row,
        "survey_response",
        "answered",
        row.occurred_at,
        row.order or row.case or "",
        method=row.method,
        score=score,
    )


_READ: dict[str, Callable[[Any], Iterator[Event]]] = {
    "order": _order,
    "case": _case,
    "interaction": _interaction,
    "survey_response": _survey,
}
_WORDS = {"interaction": "summary", "survey_response": "verbatim", "case": "subject"}


def _with_words(viewer: Viewer, events: list[Event], kind: str, column: str) -> list[Event]:
    """The same events with what was said, in one query for all of a kind."""
    wanted = [event.key for event in events if event.kind == kind]
    words = said(viewer, kind, column, wanted)
    return [
        Event(**{**event.__dict__, "words": words.get(event.key, "")})
        if event.kind == kind and event.what not in ("resolved",)
        else event
        for event in events
    ]
