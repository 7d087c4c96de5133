"""How does a steward say which record is right about one field of a customer?

The word names a record, not a value: what the record says later counts too, and where it says
nothing any more the rules choose again. It goes where its record goes when customers are merged.
"""

from __future__ import annotations

import secrets

from django.utils import timezone

from troth.actions.golden import PLAIN, write_golden
from troth.actions.merging import seen
from troth.actions.questions import BadVerdictError, require_reason
from troth.actions.recording import recorded, writing
from troth.core.access.roles import Right
from troth.store.facts.verdicts import lock_identity
from troth.store.models import Crosswalk, FieldWord, User
from troth.store.queries.masking import GOLDEN
from troth.store.queries.viewing import as_the_program

FIELDS = (*GOLDEN, *PLAIN)


def believe(*, source_key: str, field: str, reason: str, acting_user: User) -> FieldWord:
    """Believe one source record about one field of its customer, before every rule.

    What was said of that field before is taken back. Raises BadVerdictError, ReasonMissingError,
    NotFoundError, NotAllowedError.
    """
    require_reason(reason)
    _require_field(field)
    with writing():
        with recorded(
            acting_user=acting_user,
            action="customer:field:believed",
            right=Right.SETTLE_IDENTITY,
            subject=source_key,
            reason=reason.strip(),
            is_company_wide=True,
        ) as entry:
            lock_identity()
            customer = seen(source_key, acting_user=acting_user)
            link = Crosswalk.objects.filter(pk=source_key, kind="customer").first()
            if link is None:
                raise BadVerdictError(f"{source_key} is no customer record; name one of those.")
            now = timezone.now()
            home = link.home_id or link.customer_id
            earlier = FieldWord.objects.filter(customer=home, field=field, withdrawn_at=None)
            for row in earlier:
                row.withdrawn_at = now
                row.save(update_fields=["withdrawn_at"])
                entry.wrote(row)
            word = FieldWord.objects.create(
                id="wrd_" + secrets.token_hex(8),
                customer_id=home,
                field=field,
                source_key=source_key,
                author=acting_user,
                reason=reason.strip(),
                given_at=now,
            )
            entry.wrote(word)
            entry.detail = {"field": field, "record": source_key}
        _write(customer, acting_user)
    return word


def disbelieve(*, customer_id: str, field: str, reason: str, acting_user: User) -> int:
    """Take back what was said of one field of a customer; how many words that were.

    Raises BadVerdictError, ReasonMissingError, NotFoundError, NotAllowedError.
    """
    require_reason(reason)
    _require_field(field)
    with writing():
        with recorded(
            acting_user=acting_user,
            action="customer:field:disbelieved",
            right=Right.SETTLE_IDENTITY,
            subject=customer_id,
            reason=reason.strip(),
            is_company_wide=True,
        ) as entry:
            lock_identity()
            customer = seen(customer_id, acting_user=acting_user)
            records = Crosswalk.objects.filter(customer=customer).values("source_key")
            words = FieldWord.objects.filter(source_key__in=records, field=field, withdrawn_at=None)
            taken = list(words.order_by("pk"))
            for row in taken:
                row.withdrawn_at = timezone.now()
                row.save(update_fields=["withdrawn_at"])
                entry.wrote(row)
            entry.is_empty = not taken
        _write(customer, acting_user)
    return len(taken)


def _require_field(field: str) -> None:
    if field not in FIELDS:
        raise BadVerdictError(f"There is no field {field!r}; there are {', '.join(FIELDS)}.")


def _write(customer: str, acting_user: User) -> None:
    with (
        recorded(
            acting_user=acting_user,
            action="customer:golden:written",
            right=Right.SETTLE_IDENTITY,
            is_company_wide=True,
        ) as entry,
        as_the_program(),
    ):
        write_golden(entry, {customer})
        entry.is_empty = not entry.rows
