"""What may a customer's data be used for, who said so, and what was the customer told?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.core.consent.purposes import Notice
from troth.core.consent.states import standings
from troth.store.facts.aliases import survivors
from troth.store.facts.consents import declared_purposes, event_of, ids_of
from troth.store.models import ConsentEvent, ConsentNotice
from troth.store.queries.customers import customer_key
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    """Where one purpose stands for a customer, and why."""

    purpose: str
    title: str
    text: str  # what the customer is told now
    basis: str
    article: str  # of the GDPR: "Art. 6(1)(f)"
    notice_version: int  # that is declared now
    layers: tuple[str, ...]  # of policy that rest on it
    can_be_refused: bool
    state: str  # granted, denied, revoked, expired, none
    is_permitted: bool
    ends_at: datetime | None  # of a yes
    said: StatementRow | None  # the statement that holds
    why: str


@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """One statement of a customer."""

    id: str
    purpose: str
    title: str
    said: str
    effective_at: datetime
    known_at: datetime
    expires_at: datetime | None
    notice_version: int  # that the customer was shown
    source: str
    how: str
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class CustomerConsents:
    """All of a customer's purposes, and all that it ever said."""

    customer: str
    at: datetime
    known_at: datetime
    purposes: tuple[ConsentRow, ...]
    history: tuple[StatementRow, ...]  # as known at `known_at`, the newest first

    @property
    def left_out(self) -> tuple[str, ...]:
        """The layers of policy that no decision about it rests on."""
        off = {layer for row in self.purposes if not row.is_permitted for layer in row.layers}
        return tuple(layer for layer in ("customer", "tier", "segment") if layer in off)


@dataclass(frozen=True, kw_only=True)
class NoticeRow:
    """One version of what customers are told of a purpose."""

    purpose: str
    version: int
    title: str
    text: str
    basis: str
    article: str
    layers: tuple[str, ...]
    valid_days: int | None
    asks_again: bool
    declared_at: datetime | None  # None: it comes with the product
    declared_by: str
    is_in_force: bool


def customer_consents(
    *, viewer: Viewer, customer_id: str, at: datetime, known_at: datetime | None = None
) -> CustomerConsents:
    """Where each purpose stands for a customer (by id or source key) at `at`, as known then.

    Raises NotFoundError.
    """
    known = known_at or at
    key = customer_key(viewer=viewer, customer_id=customer_id)
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        ids = ids_of(key, survivors())
        rows = visible(ConsentEvent.objects.filter(customer_id__in=ids), sight)
        found = list(rows.select_related("recorded_by").order_by("-known_at", "-effective_at"))
        purposes = declared_purposes()
    titles = {notice.purpose: notice.title for notice in purposes.at(known)}
    told = {
        row.pk: _statement(row, titles.get(row.purpose, row.purpose))
        for row in found
        if row.known_at <= known
    }
    said = {row.pk: event_of(row, subject=key) for row in found}
    by_content = {event.id: pk for pk, event in said.items()}
    shown = []
    for item in standings(said.values(), purposes, at=at, known_at=known):
        statement = None if item.event is None else told[by_content[item.event.id]]
        shown.append(
            ConsentRow(
                purpose=item.purpose,
                title=item.notice.title,
                text=item.notice.text,
                basis=item.notice.basis.value,
                article=item.notice.basis.article,
                notice_version=item.notice.version,
                layers=item.notice.layers,
                can_be_refused=item.notice.basis.can_be_refused,
                state=item.state.value,
                is_permitted=item.is_permitted,
                ends_at=item.ends_at,
                said=statement,
                why=item.why,
            )
        )
    return CustomerConsents(
        customer=key,
        at=at,
        known_at=known,
        purposes=tuple(shown),
        history=tuple(told.values()),
    )


def find_purposes(*, viewer: Viewer, at: datetime) -> tuple[NoticeRow, ...]:
    """Every version of every notice, by purpose, the newest version first."""
    with viewing(viewer, Right.SEE_CUSTOMERS):
        authors = {
            row.pk: row.declared_by.name
            for row in ConsentNotice.objects.select_related("declared_by")
        }
        purposes = declared_purposes()
    return tuple(
        _notice(notice, authors.get(f"{notice.purpose}/{notice.version}", ""), is_last=not place)
        for current in purposes.at(at)
        for place, notice in enumerate(reversed(purposes.versions(current.purpose)))
    )


def _statement(row: ConsentEvent, title: str) -> StatementRow:
    return StatementRow(
        id=row.pk,
        purpose=row.purpose,
        title=title,
        said=row.said,
        effective_at=row.effective_at,
        known_at=row.known_at,
        expires_at=row.expires_at,
        notice_version=row.notice_version,
        source=row.source,
        how=row.how,
        recorded_by=row.recorded_by.name,
    )


def _notice(notice: Notice, author: str, *, is_last: bool) -> NoticeRow:
    return NoticeRow(
        purpose=notice.purpose,
        version=notice.version,
        title=notice.title,
        text=notice.text,
        basis=notice.basis.value,
        article=notice.basis.article,
        layers=notice.layers,
        valid_days=notice.valid_days,
        asks_again=notice.asks_again,
        declared_at=notice.declared_at if notice.version else None,
        declared_by=author,
        is_in_force=is_last,
    )
