"""How is a decision recorded: once, with all that it rests on, and only where it is new?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from troth.actions.recording import Entry, recorded
from troth.actions.upserting import insert_missing
from troth.core.access.roles import Right
from troth.core.decisions.decision import Decision
from troth.core.decisions.receipt import Receipt
from troth.store.models import Decision as DecisionRow
from troth.store.models import SharedInput, User


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A decision with its receipt, and where it may be held."""

    decision: Decision
    receipt: Receipt
    region: str


@dataclass(kw_only=True)
class Tally:
    """What deciding came to."""

    subjects: int = 0
    decided: int = 0
    written: int = 0
    cold_starts: int = 0
    rows_changed: int = 0


def end_of_year(at: datetime) -> datetime:
    """The last second of an instant's year, UTC.

    Calendars are resolved from it, so that all decisions of a year share one, whichever came
    first; a calendar covers whole years.
    """
    return datetime(at.astimezone(UTC).year, 12, 31, 23, 59, 59, tzinfo=UTC)


def recorded_digests(kind: str, subjects: Iterable[str]) -> dict[tuple[str, str], str]:
    """(subject, input digest) → the id of the decision that was recorded for it."""
    found = DecisionRow.objects.filter(kind=kind, subject__in=list(subjects))
    return {
        (subject, input_digest): decision_id
        for decision_id, subject, input_digest in found.values_list("id", "subject", "input_digest")
    }


def record_decision(sealed: Sealed, *, acting_user: User) -> None:
    """Keep one decision that somebody asked for, with its audit entry; again changes nothing."""
    decision = sealed.decision
    with recorded(
        acting_user=acting_user,
        action=f"{decision.kind}:decision:recorded",
        right=Right.DECIDE,
        subject=decision.subject,
        customer_id=decision.customer or "",
        is_company_wide=decision.customer is None,  # nobody's, so not to be seen by its author
    ) as entry:
        record([sealed], entry)
        entry.is_empty = not entry.rows


def record(sealed: Sequence[Sealed], entry: Entry) -> None:
    """Write decisions and what they share, and commit the entry to what was not there yet.

    Runs in the caller's transaction. Both are named by a digest of their content.
    """
    shared = {item.digest: item for one in sealed for item in one.receipt.shared}
    inputs = [
        SharedInput(digest=item.digest, kind=item.kind, content=item.content.decode())
        for _, item in sorted(shared.items())
    ]
    entry.wrote_all(insert_missing(inputs))
    decisions = [
        DecisionRow(
            id=one.receipt.id,
            kind=one.decision.kind,
            subject=one.decision.subject,
            customer_id=one.decision.customer,
            region=one.region,
            at=one.decision.at,
            input_digest=one.receipt.input_digest,
            receipt=one.receipt.content.decode(),
        )
        for one in sorted(sealed, key=lambda one: one.receipt.id)
    ]
    entry.wrote_all(insert_missing(decisions))
