"""What has every customer said to each purpose, and what is declared?"""

from __future__ import annotations

from collections.abc import Mapping

from troth.core.consent.book import ConsentBook
from troth.core.consent.purposes import Basis, Notice, Purposes
from troth.core.consent.states import ConsentEvent, State
from troth.store.facts.aliases import survivors
from troth.store.models import ConsentEvent as EventRow
from troth.store.models import ConsentNotice


def declared_purposes() -> Purposes:
    """Those that come with the product, and what this workspace declared."""
    return Purposes(notice_of(row) for row in ConsentNotice.objects.order_by("purpose", "version"))


def consent_book(customer: str | None = None) -> ConsentBook:
    """Every statement of one customer; None: of all.

    What was said under an id that was merged into another counts for that other one: the two are
    one person, and the later statement holds, whichever record it was made to.
    """
    stands_for = survivors()
    rows = EventRow.objects.order_by("pk")
    if customer is not None:
        rows = rows.filter(customer_id__in=ids_of(customer, stands_for))
    return ConsentBook(
        (
            event_of(row, subject=stands_for.get(row.customer_id, row.customer_id))
            for row in rows.iterator(chunk_size=10_000)
        ),
        declared_purposes(),
    )


def ids_of(customer: str, stands_for: Mapping[str, str]) -> list[str]:
    """A customer's id and those that were merged into it."""
    return [customer, *(alias for alias, survivor in stands_for.items() if survivor == customer)]


def event_of(row: EventRow, *, subject: str = "") -> ConsentEvent:
    """A row as a record, of the customer whose it is now."""
    return ConsentEvent(
        subject=subject or row.customer_id,
        purpose=row.purpose,
        said=State(row.said),
        effective_at=row.effective_at,
        known_at=row.known_at,
        expires_at=row.expires_at,
        notice_version=row.notice_version,
        source=row.source,
    )


def notice_of(row: ConsentNotice) -> Notice:
    """A row as a record."""
    return Notice(
        purpose=row.purpose,
        version=row.version,
        basis=Basis(row.basis),
        title=row.title,
        text=row.text,
        layers=tuple(row.layers),
        valid_days=row.valid_days,
        asks_again=row.asks_again,
        declared_at=row.declared_at,
    )
