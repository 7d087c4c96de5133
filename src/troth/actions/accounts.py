"""Who changes what an account may do, and who locks a leaver out?

Nobody is deleted: what somebody wrote keeps its author. A leaver's sessions and tokens end in the
transaction that makes the account inactive, and every request asks whether it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.utils import timezone

from troth.actions.recording import recorded
from troth.core.access.roles import Right, Role
from troth.store.models import ApiToken, Session, User


class AccountError(Exception):
    """An account cannot be changed like that. The message says why, and what to do instead."""

    code = "account"


class LastAdministratorError(AccountError):
    """This is the last administrator who can sign in. Make somebody else administrator first."""

    code = "account:last-administrator"


class NoSuchUserError(AccountError):
    """There is no account of this name. `troth user list` shows them all."""

    code = "account:unknown"


class UserExistsError(AccountError):
    """There is an account of this name already. Choose another name, or change that account."""

    code = "account:exists"


class ReasonNeededError(AccountError):
    """Locking somebody out takes a reason. Say in a sentence why."""

    code = "account:reason"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be changed of an account; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    team: str | None = None
    regions: Sequence[str] | None = None
    agent_key: str | None = None


def find_user(username: str) -> User:
    """The account of this name. Raises NoSuchUserError."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NoSuchUserError(
            f"There is no account {username!r}. `troth user list` shows them all."
        )
    return found


def change_user(*, user: User, change: Change, reason: str = "", acting_user: User) -> User:
    """Change what somebody is and may do; the account as it is then. No change: no entry.

    Raises LastAdministratorError where nobody who may administer would be left.
    """
    with recorded(
        acting_user=acting_user,
        action="access:user:changed",
        right=Right.ADMINISTER,
        subject=user.username,
        reason=reason,
    ) as entry:
        row = _locked(user)
        wanted = {
            "name": change.name,
            "role": None if change.role is None else change.role.value,
            "team": change.team,
            "regions": None if change.regions is None else sorted(set(change.regions)),
            "agent_key": change.agent_key,
        }
        changed = {
            field: value
            for field, value in wanted.items()
            if value is not None and value != getattr(row, field)
        }
        if "role" in changed and row.role == Role.ADMINISTRATOR and row.is_active:
            _keep_one_administrator(row)
        entry.is_empty = not changed
        if changed:
            # A name is a person's; the entry says that it changed.
            entry.detail = {
                field: value for field, value in changed.items() if field not in ("name",)
            } | {"fields": sorted(changed)}
            for field, value in changed.items():
                setattr(row, field, value)
            row.save(update_fields=sorted(changed))
            entry.wrote(row)
    return row


def deactivate(*, user: User, reason: str, acting_user: User) -> User:
    """Lock a leaver out at once: the account, every session, every token.

    Raises ReasonNeededError, LastAdministratorError. Who is out already stays out: no entry.
    """
    if not reason.strip():
        raise ReasonNeededError(
            f"{user.username} was not locked out: say in a sentence why, for who reads it later."
        )
    with recorded(
        acting_user=acting_user,
        action="access:user:deactivated",
        right=Right.ADMINISTER,
        subject=user.username,
        reason=reason.strip(),
    ) as entry:
        row = _locked(user)
        entry.is_empty = not row.is_active
        if row.is_active:
            if row.role == Role.ADMINISTRATOR:
                _keep_one_administrator(row)
            row.is_active = False
            row.save(update_fields=["is_active"])
            entry.wrote(row)
            tokens = list(
                ApiToken.objects.select_for_update()
                .filter(user=row, revoked_at=None)
                .order_by("pk")
            )
            for token in tokens:
                token.revoked_at = timezone.now()
                token.save(update_fields=["revoked_at"])
                entry.wrote(token)
            ended, _ = Session.objects.filter(user=row).delete()
            entry.detail = {"tokens": len(tokens), "sessions": ended}
    return row


def activate(*, user: User, reason: str = "", acting_user: User) -> User:
    """Let somebody in again. Tokens and sessions that ended stay ended."""
    with recorded(
        acting_user=acting_user,
        action="access:user:activated",
        right=Right.ADMINISTER,
        subject=user.username,
        reason=reason,
    ) as entry:
        row = _locked(user)
        entry.is_empty = row.is_active
        if not row.is_active:
            row.is_active = True
            row.save(update_fields=["is_active"])
            entry.wrote(row)
    return row


def remove_second_factor(*, user: User, reason: str = "", acting_user: User) -> None:
    """Take somebody's second factor away: their own, or as an administrator, of who lost it."""
    with recorded(
        acting_user=acting_user,
        action="access:factor:removed",
        right=None if user.pk == acting_user.pk else Right.ADMINISTER,
        subject=user.username,
        reason=reason,
    ) as entry:
        rows = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
        entry.is_empty = not rows
        entry.detail = {"kinds": sorted(row.type for row in rows)}
        for row in rows:
            row.delete()


def set_password(*, user: User, password: str, acting_user: User) -> User:
    """Give an account its password: one's own. Every other session of it ends by that."""
    with recorded(
        acting_user=acting_user,
        action="access:password:set",
        right=None if user.pk == acting_user.pk else Right.ADMINISTER,
        subject=user.username,
    ) as entry:
        row = _locked(user)
        row.set_password(password)
        row.save(update_fields=["password"])
        entry.wrote(row)
    return row


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _keep_one_administrator(leaving: User) -> None:
    """Raises LastAdministratorError where no person would be left who may administer.

    Programs do not count: nobody signs in as one. The rows are locked in the order of their id, so
    that two who lock each other out at once cannot both succeed.
    """
    others = [
        row.pk
        for row in User.objects.select_for_update()
        .filter(role=Role.ADMINISTRATOR.value, is_active=True, is_program=False)
        .order_by("pk")
        if row.pk != leaving.pk
    ]
    if not others and not leaving.is_program:
        raise LastAdministratorError(
            f"{leaving.username} is the last administrator who can sign in. "
            "Make somebody else administrator first; nothing was changed."
        )
