"""Which changes of promises and clocks are news, and which are history?

News is a change of what Troth knew before, and what is still open when it is first seen. What was
over before Troth first saw it, as in the first run over a year of exports, is told to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from troth.actions.outbox import Event
from troth.store.models import Clock, Promise

PROMISE_EVENTS = (
    "promise.made",
    "promise.changed",
    "promise.late",
    "promise.kept",
    "promise.broken",
    "promise.cancelled",
)
CASE_EVENT = "case.clock_breached"
_OPEN = frozenset({"open", "late"})
Before = Mapping[str, tuple[str, datetime]]  # order → (state, promised_at)
ClockKey = tuple[str, str]  # case, metric


def promises_before(keys: Iterable[str]) -> Before:
    """What is promised now, before it is written again."""
    rows = Promise.objects.filter(pk__in=list(keys))
    return {key: (state, at) for key, state, at in rows.values_list("pk", "state", "promised_at")}


def promise_news(before: Before, changed: Iterable[Promise]) -> Iterator[Event]:
    """What there is to tell of promises that were written."""
    for row in changed:
        state, promised_at = before.get(row.pk, ("", row.promised_at))
        if not state and row.state in _OPEN:
            yield _of_promise("promise.made", row, decision_id=row.first_decision_id)
        elif state in _OPEN and promised_at != row.promised_at:
            yield _of_promise(
                "promise.changed",
                row,
                previously_promised_at=promised_at,
                decision_id=row.first_decision_id,
            )
        if state in _OPEN and row.state != state:
            yield from _turned(row)
        elif not state and row.state == "late":
            yield late(row)


def _turned(row: Promise) -> Iterator[Event]:
    if row.state in ("kept", "broken"):
        yield _of_promise(f"promise.{row.state}", row, delivered_at=row.delivered_at)
    elif row.state == "cancelled":
        yield _of_promise("promise.cancelled", row)
    elif row.state == "late":
        yield late(row)


def late(row: Promise) -> Event:
    """An order is open past its promise."""
    return _of_promise("promise.late", row)


def _of_promise(event_type: str, row: Promise, **more: object) -> Event:
    data = {
        "order_key": row.pk,
        "customer_id": row.customer_id,
        "promised_at": row.promised_at,
        **more,
    }
    return Event(type=event_type, data=data, customers=_whom(row.customer_id))


def breached_before(keys: Iterable[str]) -> Mapping[ClockKey, bool]:
    """Whether each clock of these cases is breached, before it is written again."""
    rows = Clock.objects.filter(subject_kind="case", subject__in=list(keys))
    return {
        (subject, metric): breached
        for subject, metric, breached in rows.values_list("subject", "metric", "breached")
    }


def clock_news(before: Mapping[ClockKey, bool], changed: Iterable[Clock]) -> Iterator[Event]:
    """What there is to tell of cases' clocks that were written."""
    for row in changed:
        was = before.get((row.subject, row.metric))
        is_new = was is None and row.state in ("in_progress", "paused")
        if row.breached and (was is False or is_new):
            yield breached(row)


def breached(row: Clock) -> Event:
    """A case's clock ran past its due time."""
    data = {
        "case_key": row.subject,
        "customer_id": row.customer_id,
        "metric": row.metric,
        "due_at": row.due_at,
    }
    return Event(type=CASE_EVENT, data=data, customers=_whom(row.customer_id))


def _whom(customer_id: str | None) -> tuple[str, ...]:
    return (customer_id,) if customer_id else ()
