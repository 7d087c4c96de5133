"""Who restricts a customer, names the people who may see it, and takes access in an emergency?

Everything here is asked of the table of rights first, thing by thing: nobody names themselves, and
nobody reviews the glass that they broke. The rows are written as the program writes, since whoever
names people for a customer need not be able to see it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from troth.actions.outbox import tell
from troth.actions.recording import Entry, recorded
from troth.core.access.deciding import Thing, decide
from troth.core.access.roles import Right, Role, may
from troth.core.access.vocabulary import State
from troth.store.facts.access import Glass, customer_thing, find_customer, glass_of, person_of
from troth.store.models import BreakGlass, Customer, CustomerAccess, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_the_program

SHORTEST_REASON = 10
LONGEST_HOURS = 24
VERDICTS = ("justified", "not_justified")


class AccessError(ValueError):
    """Access cannot be changed like that. The message says why, and what to do instead."""

    code = "access"


class ShortReasonError(AccessError):
    """A reason is missing or too short to be understood by whoever reviews it."""

    code = "access.reason"


class GlassHoursError(AccessError):
    """A glass is broken for 1 to 24 hours."""

    code = "access.glass.hours"


class GlassNotNeededError(AccessError):
    """You may see this customer already, so there is no glass to break."""

    code = "access.glass.needless"


class GlassVerdictError(AccessError):
    """A review ends in one of two verdicts, once."""

    code = "access.glass.verdict"


class AccessRefusedError(NotAllowedError):
    """The table of rights refuses this very thing. The message names the reason."""

    def __init__(self, right: Right, role: Role, sentence: str) -> None:
        super().__init__(right, role)
        self.args = (sentence,)


def active_user(username: str) -> User:
    """The person of this name who may sign in. Raises NotFoundError."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise NotFoundError("user", username)
    return found


def restrict(*, customer_id: str, reason: str, acting_user: User) -> Customer:
    """Make a customer visible to named people alone. Restricted already: no entry.

    Raises ShortReasonError, NotFoundError, NotAllowedError, as all of these do.
    """
    return _set_restricted(customer_id, True, reason, acting_user)


def unrestrict(*, customer_id: str, reason: str, acting_user: User) -> Customer:
    """Make a customer visible again to whoever's rights reach it."""
    return _set_restricted(customer_id, False, reason, acting_user)


def _set_restricted(key: str, is_restricted: bool, reason: str, acting_user: User) -> Customer:
    action = "restricted" if is_restricted else "unrestricted"
    with _writing(Right.RESTRICT_CUSTOMERS, action, reason, acting_user, key) as (row, entry):
        entry.is_empty = row.is_restricted is is_restricted
        if not entry.is_empty:
            for one in (row, *Customer.objects.filter(merged_into=row).order_by("pk")):
                one.is_restricted = is_restricted
                one.save(update_fields=["is_restricted"])
                entry.wrote(one)
        return row


def name_person(
    *,
    customer_id: str,
    user: User,
    reason: str,
    ends_at: datetime | None = None,
    acting_user: User,
) -> CustomerAccess:
    """Let somebody see a customer even where it is restricted; until it is taken back, or
    `ends_at`. Somebody who is named already gets the new reason and end."""
    with _writing(
        Right.NAME_PEOPLE, "named", reason, acting_user, customer_id, concerns=user.pk
    ) as (customer, entry):
        row, _ = CustomerAccess.objects.update_or_create(
            customer=customer,
            user=user,
            defaults={
                "reason": reason.strip(),
                "granted_by": acting_user,
                "granted_at": timezone.now(),
                "ends_at": ends_at,
            },
        )
        entry.wrote(row)
        entry.detail = {
            "user": user.pk,
            "ends_at": None if ends_at is None else ends_at.isoformat(),
        }
        return row


def unname_person(*, customer_id: str, user: User, reason: str, acting_user: User) -> None:
    """Take a name back, one's own too. Who is not named: no entry."""
    with _writing(Right.NAME_PEOPLE, "unnamed", reason, acting_user, customer_id) as (
        customer,
        entry,
    ):
        row = CustomerAccess.objects.filter(customer=customer, user=user).first()
        entry.is_empty = row is None
        if row is not None:
            entry.wrote(row, op="delete")
            entry.detail = {"user": user.pk}
            row.delete()


def break_glass(*, customer_id: str, reason: str, hours: int = 1, acting_user: User) -> Glass:
    """See a restricted customer now, for `hours` (1 to 24), without being named for it.

    It is in the log, on every page of whoever does it, before whoever reviews it, and over by
    itself. Raises GlassHoursError, GlassNotNeededError, and NotFoundError alike for a customer
    that there is not and for one that is out of reach.
    """
    if not 1 <= hours <= LONGEST_HOURS:
        raise GlassHoursError(
            f"A glass is broken for 1 to {LONGEST_HOURS} hours, not {hours}. "
            "Break it again when its time is over and the need is not."
        )
    with _writing(Right.BREAK_GLASS, "broken", reason, acting_user, customer_id) as (
        customer,
        entry,
    ):
        if _may(acting_user, Right.SEE_CUSTOMERS, customer_thing(customer)):
            raise GlassNotNeededError(
                f"You may see {customer.pk} already: there is no glass to break."
            )
        now = timezone.now()
        row = BreakGlass.objects.create(
            id=f"glass_{secrets.token_hex(8)}",
            customer=customer,
            user=acting_user,
            reason=reason.strip(),
            starts_at=now,
            ends_at=now + timedelta(hours=hours),
        )
        entry.wrote(row)
        entry.detail = {"glass": row.pk, "hours": hours}
        tell("access.glass_broken", {"glass_id": row.pk, "ends_at": row.ends_at})
        return glass_of(row, now)


def review_glass(*, glass_id: str, verdict: str, comment: str = "", acting_user: User) -> Glass:
    """Say whether it was justified, when its time is over; by somebody else than who broke it.

    Raises GlassVerdictError where the verdict is no verdict, or there is one already.
    """
    if verdict not in VERDICTS:
        raise GlassVerdictError(f"{verdict!r} is no verdict. Give one of {', '.join(VERDICTS)}.")
    if not may(Role(acting_user.role), Right.REVIEW_GLASS):
        raise NotAllowedError(Right.REVIEW_GLASS, Role(acting_user.role))
    with as_the_program():
        about = BreakGlass.objects.filter(pk=glass_id).values_list("customer_id", flat=True).first()
    if about is None:
        raise NotFoundError("glass", glass_id)
    with (
        recorded(
            acting_user=acting_user,
            action="access:glass:reviewed",
            right=Right.REVIEW_GLASS,
            subject=glass_id,
            reason=comment.strip(),
            customer_id=about,  # under whose key the comment is sealed
        ) as entry,
        as_the_program(),
    ):
        rows = BreakGlass.objects.select_for_update(of=("self",)).select_related("user")
        row = rows.get(pk=glass_id)
        now = timezone.now()
        states = frozenset({State.RUNNING}) if row.ends_at > now else frozenset()
        _require(acting_user, Right.REVIEW_GLASS, Thing(states=states, concerns=row.user_id))
        if row.reviewed_at is not None:
            raise GlassVerdictError(f"{glass_id} was reviewed already, as {row.verdict}.")
        row.reviewed_by, row.reviewed_at = acting_user, now
        row.verdict, row.comment = verdict, comment.strip()
        row.save(update_fields=["reviewed_by", "reviewed_at", "verdict", "comment"])
        entry.wrote(row)
        entry.detail = {"verdict": verdict}
        tell("access.glass_reviewed", {"glass_id": row.pk, "verdict": verdict})
        return glass_of(row, now)


@contextmanager
def _writing(
    right: Right,
    verb: str,
    reason: str,
    acting_user: User,
    key: str,
    *,
    concerns: int | None = None,
) -> Iterator[tuple[Customer, Entry]]:
    """The customer, locked, once the table of rights lets this person do this to it."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ShortReasonError(
            f"The reason {reason.strip()!r} is too short: say in a sentence why, "
            "so that whoever reviews it understands."
        )
    if not may(Role(acting_user.role), right):
        raise NotAllowedError(right, Role(acting_user.role))
    with as_the_program():
        found = find_customer(key)
    if found is None:
        raise NotFoundError("customer", key)
    noun = "glass" if right is Right.BREAK_GLASS else "customer"
    with (
        recorded(
            acting_user=acting_user,
            action=f"access:{noun}:{verb}",
            right=right,
            subject=found.pk,
            reason=reason.strip(),
            customer_id=found.pk,
        ) as entry,
        as_the_program(),
    ):
        customer = Customer.objects.select_for_update().get(pk=found.pk)
        thing = replace(customer_thing(customer), concerns=concerns)
        if right is Right.BREAK_GLASS and not _may(acting_user, right, thing):
            raise NotFoundError("customer", key)  # out of reach is as if it were not there
        _require(acting_user, right, thing)
        yield customer, entry


def _require(user: User, right: Right, thing: Thing) -> None:
    verdict = decide(person_of(user), right, thing)
    if not verdict.is_allowed:
        raise AccessRefusedError(right, Role(user.role), verdict.sentence)


def _may(user: User, right: Right, thing: Thing) -> bool:
    return decide(person_of(user), right, thing).is_allowed
