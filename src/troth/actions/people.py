"""Who gets in: people, programs, single-use links and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.utils import timezone

from troth.actions.recording import recorded, writing
from troth.core.access.roles import Right, Role, may
from troth.store.models import ApiToken, LoginLink, User
from troth.store.models.accounts import SYSTEM_USERNAME

TOKEN_PREFIX = "troth_"  # what scanners for secrets in code look for
LONGEST_TOKEN_DAYS = 365
_LINK_LIFETIME = timedelta(hours=24)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def system_user() -> User:
    """The program itself, as the author of what the main job writes."""
    found = User.objects.filter(username=SYSTEM_USERNAME).first()
    if found is not None:
        return found
    with writing():
        user, is_new = User.objects.get_or_create(
            username=SYSTEM_USERNAME,
            defaults={
                "name": "Troth",
                "role": Role.ADMINISTRATOR.value,
                "is_program": True,
                "password": "!",
            },
        )
        if is_new:  # the first author there is: its own
            with recorded(
                acting_user=user, action="access:user:added", right=None, subject=user.username
            ) as entry:
                entry.wrote(user)
    return user


def add_user(
    *,
    username: str,
    name: str,
    role: Role,
    password: str | None = None,
    is_program: bool = False,
    acting_user: User,
) -> User:
    """Make an account; the same username again changes nothing and returns it."""
    existing = User.objects.filter(username=username).first()
    if existing is not None:
        return existing
    with recorded(
        acting_user=acting_user,
        action="access:user:added",
        right=Right.ADMINISTER,
        subject=username,
    ) as entry:
        user = User(username=username, name=name, role=role.value, is_program=is_program)
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save()
        entry.wrote(user)
        entry.detail = {"role": role.value, "is_program": is_program}
    return user


def issue_login_link(*, user: User, acting_user: User) -> str:
    """A token that signs `user` in once, within a day. Only its digest is kept."""
    token = secrets.token_urlsafe(32)
    with recorded(
        acting_user=acting_user,
        action="access:link:issued",
        right=Right.ADMINISTER,
        subject=user.username,
    ) as entry:
        entry.wrote(
            LoginLink.objects.create(
                user=user, token_sha256=_digest(token), expires_at=timezone.now() + _LINK_LIFETIME
            )
        )
    return token


def redeem_login_link(token: str) -> User | None:
    """The user whom a link signs in, once; None where it is unknown, used or too old."""
    now = timezone.now()
    with writing():
        link = (
            LoginLink.objects.select_for_update(of=["self"])
            .select_related("user")
            .filter(
                token_sha256=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True
            )
            .first()
        )
        if link is None:
            return None
        user = link.user
        with recorded(
            acting_user=user, action="access:link:used", right=None, subject=user.username
        ) as entry:
            link.used_at = now
            link.save(update_fields=["used_at"])
            entry.wrote(link)
    return user


class TokenError(Exception):
    """A token cannot be issued like that. The message says why, and what to do instead."""

    code = "token"


def issue_token(
    *,
    user: User,
    label: str,
    days: int = 90,
    scopes: Iterable[Right] = (),
    acting_user: User,
) -> str:
    """A token for a program, shown once. Only its digest is kept.

    Whoever may sign in may have tokens of their own; one for somebody else takes the right to
    administer. `scopes` are rights, a part of the role's; none given are all of them. `days` is 1
    to 365. Raises TokenError, NotAllowedError.
    """
    kept = sorted(set(scopes))
    token = f"{TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
    with recorded(
        acting_user=acting_user,
        action="access:token:issued",
        right=_right_over(user, acting_user),
        subject=user.username,
    ) as entry:
        _check_token(user, label=label, days=days, scopes=kept, acting_user=acting_user)
        entry.wrote(
            ApiToken.objects.create(
                user=user,
                label=label.strip(),
                scopes=kept,
                token_sha256=_digest(token),
                expires_at=timezone.now() + timedelta(days=days),
            )
        )
        entry.detail = {"label": label.strip(), "days": days, "scopes": kept}
    return token


def _right_over(user: User, acting_user: User) -> Right | None:
    return None if user.pk == acting_user.pk else Right.ADMINISTER


def _check_token(
    user: User, *, label: str, days: int, scopes: Collection[Right], acting_user: User
) -> None:
    if not label.strip():
        raise TokenError("The token has no label. Say what it is for, as `--label erp`.")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise TokenError(
            f"A token may last 1 to {LONGEST_TOKEN_DAYS} days, not {days}. "
            "Issue a new one before it ends."
        )
    if not user.is_active:
        raise TokenError(f"{user.username} is locked out. Activate the account first.")
    foreign = [scope for scope in scopes if not may(Role(user.role), scope)]
    if foreign:
        raise TokenError(
            f"The role {user.role} does not have {', '.join(foreign)}. "
            "A token can leave rights out; it cannot add any."
        )
    # Otherwise a token of one scope could give itself the others.
    if acting_user.scopes is not None and not set(scopes or Right) <= acting_user.scopes:
        raise TokenError(
            "The token in use has fewer rights than the one that is asked for. "
            "Name scopes that it has itself, or sign in."
        )


def revoke_token(*, token_id: int, reason: str, acting_user: User) -> None:
    """End a token now: one's own, or with the right to administer, anybody's."""
    is_own = ApiToken.objects.filter(pk=token_id, user=acting_user).exists()
    with recorded(
        acting_user=acting_user,
        action="access:token:revoked",
        right=None if is_own else Right.ADMINISTER,
        subject=str(token_id),
        reason=reason,
    ) as entry:
        token = ApiToken.objects.select_for_update().filter(pk=token_id, revoked_at=None).first()
        entry.is_empty = token is None
        if token is not None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            entry.wrote(token)


def user_of_token(token: str) -> User | None:
    """Whose token it is, with its scopes; None where it is unknown, ended, revoked, or its user is
    locked out.

    Found by the digest of the whole: how much a wrong token shares with a right one shows in no
    time that anybody could measure.
    """
    now = timezone.now()
    found = (
        ApiToken.objects.select_related("user")
        .filter(
            token_sha256=_digest(token),
            revoked_at=None,
            expires_at__gt=now,
            user__is_active=True,
        )
        .first()
    )
    if found is None:
        return None
    if found.last_used_on != now.date():
        ApiToken.objects.filter(pk=found.pk).update(last_used_on=now.date())
    if found.scopes:
        found.user.scopes = frozenset(right for right in Right if right in found.scopes)
    return found.user
