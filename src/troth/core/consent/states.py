"""What has a subject said to each purpose, in force at an instant, as known at another?

Two axes of time, as for policies: a statement counts from `effective_at`, and nobody can obey it
before `known_at`. Of those that count, the one that takes effect last holds; of two at once the
one that was heard last; of two heard at once the one that allows less; then the greater id. So the
order in which statements arrive says nothing, a repeated one changes nothing, and one that is
dated ahead waits for its day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from troth.core.consent.purposes import Basis, Notice, Purposes
from troth.core.ledger.canonical import canonical_bytes


class State(StrEnum):
    """Where a purpose stands for a subject."""

    GRANTED = "granted"
    DENIED = "denied"  # said no: a consent refused, or an objection (Art. 21)
    REVOKED = "revoked"  # took a yes back (Art. 7(3))
    EXPIRED = "expired"  # a yes whose time is over, or to a notice that has changed too much
    NONE = "none"  # nothing was said


SAID = (State.GRANTED, State.DENIED, State.REVOKED)  # what a person can say
_TOLD = {
    State.GRANTED: "said yes",
    State.DENIED: "said no",
    State.REVOKED: "took a yes back",
    State.EXPIRED: "once said yes, and that is over",
    State.NONE: "has said nothing",
}
_FIRST_YEAR, _LAST_YEAR = 1900, 9900
_STRICTNESS = {State.GRANTED: 0, State.DENIED: 1, State.REVOKED: 2}


class ConsentEventError(ValueError):
    """This is no statement about a purpose. Correct what the message names."""

    code = "consent.event"


@dataclass(frozen=True, kw_only=True)
class ConsentEvent:
    """One statement of a subject about one purpose. Raises ConsentEventError."""

    subject: str  # the customer's id
    purpose: str
    said: State  # granted, denied, revoked
    effective_at: datetime  # from when it counts
    known_at: datetime  # when we could have known it
    expires_at: datetime | None = None  # of a yes: when it ends, exclusive
    notice_version: int = 0  # the version that the subject was shown
    source: str = ""  # how we know: "console", "api", the key of a source's record

    def __post_init__(self) -> None:
        if self.said not in SAID:
            raise ConsentEventError(f"Nobody says {self.said}: use granted, denied or revoked.")
        instants = (self.effective_at, self.known_at, self.expires_at)
        if any(at is not None and at.tzinfo is None for at in instants):
            raise ConsentEventError("An instant needs a zone: write it as 2026-01-31T09:00:00Z.")
        if any(at is not None and not _FIRST_YEAR <= at.year <= _LAST_YEAR for at in instants):
            raise ConsentEventError(
                f"A statement lies between {_FIRST_YEAR} and {_LAST_YEAR}: correct its dates."
            )
        if self.expires_at is not None and self.said is not State.GRANTED:
            raise ConsentEventError("Only a yes ends by itself: leave expires_at out of a no.")
        if self.expires_at is not None and self.expires_at <= self.effective_at:
            raise ConsentEventError("It would end before it begins: correct expires_at.")

    @cached_property
    def id(self) -> str:
        """ "cns_" and 32 hex digits of what it says: the same statement has the same id."""
        content = canonical_bytes(
            {
                "subject": self.subject,
                "purpose": self.purpose,
                "said": self.said.value,
                "effective_at": self.effective_at,
                "known_at": self.known_at,
                "expires_at": self.expires_at,
                "notice_version": self.notice_version,
                "source": self.source,
            }
        )
        return "cns_" + sha256(content).hexdigest()[:32]

    @property
    def rank(self) -> tuple[datetime, datetime, int, str]:
        """Of two statements that count the one of higher rank holds."""
        return (self.effective_at, self.known_at, _STRICTNESS[self.said], self.id)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one purpose stands for one subject, and whether its data may be used for it."""

    notice: Notice  # that is declared now
    state: State
    is_permitted: bool
    event: ConsentEvent | None = None  # that says so; None where nothing was said
    ends_at: datetime | None = None  # of a yes

    @property
    def purpose(self) -> str:
        return self.notice.purpose

    @property
    def why(self) -> str:
        """Why data may be used for it or not, in a sentence."""
        basis = self.notice.basis
        rests = f"It rests on {basis.value.replace('_', ' ')} ({basis.article})"
        if not basis.can_be_refused:
            return f"{rests}, which does not ask."
        said = _TOLD[self.state]
        if basis is Basis.CONSENT:
            needs = "so that it may be done" if self.is_permitted else "and needs a yes that holds"
            return f"{rests}; the customer {said}, {needs}."
        refused = "so that it may be done" if self.is_permitted else "which is an objection"
        return f"{rests}; the customer {said}, {refused}."


def is_permitted(basis: Basis, state: State) -> bool:
    """Whether data may be used on a basis, given what was said.

    Consent needs a yes that holds. To a public task or a legitimate interest nobody may have
    objected. The other bases do not ask.
    """
    if basis is Basis.CONSENT:
        return state is State.GRANTED
    return not basis.can_be_refused or state not in (State.DENIED, State.REVOKED)


def standing(
    events: Iterable[ConsentEvent],
    purpose: str,
    purposes: Purposes,
    *,
    at: datetime,
    known_at: datetime,
) -> Standing:
    """Where a purpose stands for the subject of `events`, in force at `at` as known at `known_at`.

    Notices count as declared by `known_at`. Raises UnknownPurposeError.
    """
    notice = purposes.notice(purpose, known_at)
    counting = (
        event
        for event in events
        if event.purpose == purpose and event.known_at <= known_at and event.effective_at <= at
    )
    event = max(counting, key=lambda item: item.rank, default=None)
    if event is None:
        permitted = is_permitted(notice.basis, State.NONE)
        return Standing(notice=notice, state=State.NONE, is_permitted=permitted)
    state, ends_at = event.said, _end(event, purposes)
    if state is State.GRANTED:
        is_over = ends_at is not None and ends_at <= at
        is_outdated = event.notice_version < purposes.least_version(purpose, known_at)
        state = State.EXPIRED if is_over or is_outdated else state
    return Standing(
        notice=notice,
        state=state,
        is_permitted=is_permitted(notice.basis, state),
        event=event,
        ends_at=ends_at,
    )


def standings(
    events: Iterable[ConsentEvent], purposes: Purposes, *, at: datetime, known_at: datetime
) -> tuple[Standing, ...]:
    """The same of every purpose that is declared by `known_at`."""
    said = tuple(events)
    return tuple(
        standing(said, notice.purpose, purposes, at=at, known_at=known_at)
        for notice in purposes.at(known_at)
    )


def with_end(event: ConsentEvent, notice: Notice) -> ConsentEvent:
    """A yes that names no end, with the end that its notice gives it."""
    if event.said is not State.GRANTED or event.expires_at or notice.valid_days is None:
        return event
    return replace(event, expires_at=event.effective_at + timedelta(days=notice.valid_days))


def _end(event: ConsentEvent, purposes: Purposes) -> datetime | None:
    """When a yes ends: as it says, or as the notice that was shown said."""
    if event.said is not State.GRANTED or event.expires_at is not None:
        return event.expires_at
    shown = [
        item
        for item in purposes.versions(event.purpose)
        if item.version == event.notice_version and item.declared_at <= event.known_at
    ]
    return with_end(event, shown[-1]).expires_at if shown else None
