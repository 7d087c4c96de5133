"""How is it recorded what a customer said to a purpose, and how is a purpose declared?

Statements and notices are only ever added; the audit entry of each is the proof of who recorded
what, and when. Nothing is decided anew by it: what was decided stays as it was permitted then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError
from django.utils import timezone

from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.core.consent.purposes import Basis, Notice, NoticeError
from troth.core.consent.states import ConsentEvent, ConsentEventError, State, with_end
from troth.store.facts.consents import declared_purposes
from troth.store.models import ConsentEvent as EventRow
from troth.store.models import ConsentNotice, User
from troth.store.queries.customers import customer_key
from troth.store.queries.viewing import viewer_of


class How(StrEnum):
    """How a customer said it: a code, so that no words about them stay."""

    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    IN_PERSON = "in_person"
    WEB_FORM = "web_form"
    PORTAL = "portal"


def record_consent(
    *,
    customer_id: str,
    purposes: Sequence[str],
    said: State,
    how: How,
    source: str,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    acting_user: User,
) -> tuple[EventRow, ...]:
    """Record what a customer (by id or source key) said to purposes, from now or an instant on.

    To a yes that names no end the notice gives one. Raises UnknownPurposeError, ConsentEventError,
    NotFoundError, NotAllowedError. All or nothing.
    """
    key = customer_key(
        viewer=viewer_of(acting_user), customer_id=customer_id, right=Right.RECORD_CONSENT
    )
    if not purposes:
        raise ConsentEventError("It says to which purpose nothing was said: name one at least.")
    with recorded(
        acting_user=acting_user,
        action=f"customer:consent:{said.value}",
        right=Right.RECORD_CONSENT,
        subject=key,
        customer_id=key,
    ) as entry:
        now, declared = timezone.now(), declared_purposes()
        rows = []
        for purpose in dict.fromkeys(purposes):
            event = ConsentEvent(
                subject=key,
                purpose=purpose,
                said=said,
                effective_at=effective_at or now,
                known_at=now,
                expires_at=expires_at,
                notice_version=declared.notice(purpose, now).version,
                source=source,
            )
            rows.append(_row(_shown(event, declared.notice(purpose, now)), how, acting_user))
        EventRow.objects.bulk_create(rows)
        entry.wrote_all(rows)
        entry.detail = {
            "purposes": [row.purpose for row in rows],
            "notices": [row.notice_version for row in rows],
            "how": how.value,
        }
    return tuple(rows)


def declare_purpose(
    *,
    purpose: str,
    basis: Basis,
    title: str,
    text: str,
    layers: Sequence[str] = (),
    valid_days: int | None = None,
    asks_again: bool = False,
    acting_user: User,
) -> ConsentNotice:
    """Declare a purpose, or a new version of its notice, from now on.

    A notice that says what the last one did changes nothing. Raises NoticeError, NotAllowedError.
    """
    with recorded(
        acting_user=acting_user,
        action="consent:purpose:declared",
        right=Right.DECLARE_PURPOSE,
        subject=purpose,
    ) as entry:
        now = timezone.now()
        rows = ConsentNotice.objects.filter(purpose=purpose).order_by("-version")
        last = rows.select_for_update().first()
        notice = Notice(
            purpose=purpose,
            version=1 if last is None else last.version + 1,
            basis=basis,
            title=title.strip(),
            text=text.strip(),
            layers=tuple(dict.fromkeys(layers)),
            valid_days=valid_days,
            asks_again=asks_again,
            declared_at=now,
        )
        row = _notice_row(notice, acting_user)
        if last is not None and _says_the_same(last, row):
            entry.is_empty = True
            return last
        try:
            row.save(force_insert=True)
        except IntegrityError as error:
            raise NoticeError(
                f"Somebody else declared {purpose} at this moment: look at it, and declare it "
                "again."
            ) from error
        entry.wrote(row)
        entry.detail = {"version": row.version, "basis": row.basis, "layers": row.layers}
    return row


_TOLD = ("basis", "title", "text", "layers", "valid_days")


def _says_the_same(last: ConsentNotice, row: ConsentNotice) -> bool:
    return not row.asks_again and all(getattr(last, it) == getattr(row, it) for it in _TOLD)


def _shown(event: ConsentEvent, notice: Notice) -> ConsentEvent:
    """The statement to a notice, with the end that it gives. Raises ConsentEventError."""
    if not notice.basis.can_be_refused:
        raise ConsentEventError(
            f"{notice.title} rests on {notice.basis.value.replace('_', ' ')} "
            f"({notice.basis.article}): a customer neither grants nor refuses it."
        )
    return with_end(event, notice)


def _row(event: ConsentEvent, how: How, acting_user: User) -> EventRow:
    return EventRow(
        id=event.id,
        customer_id=event.subject,
        purpose=event.purpose,
        said=event.said.value,
        effective_at=event.effective_at,
        known_at=event.known_at,
        expires_at=event.expires_at,
        notice_version=event.notice_version,
        source=event.source,
        how=how.value,
        recorded_by=acting_user,
    )


def _notice_row(notice: Notice, acting_user: User) -> ConsentNotice:
    return ConsentNotice(
        id=f"{notice.purpose}/{notice.version}",
        purpose=notice.purpose,
        version=notice.version,
        basis=notice.basis.value,
        title=notice.title,
        text=notice.text,
        layers=list(notice.layers),
        valid_days=notice.valid_days,
        asks_again=notice.asks_again,
        declared_at=notice.declared_at,
        declared_by=acting_user,
    )
