"""Who gets in: people, programs, single-use links and tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from troth.actions.recording import recorded, writing
from troth.core.access.roles import Right, Role
from troth.store.models import ApiToken, LoginLink, User

SYSTEM_USERNAME = "troth"
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


def issue_token(*, user: User, label: str, days: int = 90, acting_user: User) -> str:
    """A token for a program, shown once. Only its digest is kept."""
    token = f"troth_{secrets.token_urlsafe(32)}"
    with recorded(
        acting_user=acting_user,
        action="access:token:issued",
        right=Right.ADMINISTER,
        subject=user.username,
    ) as entry:
        entry.wrote(
            ApiToken.objects.create(
                user=user,
                label=label,
                token_sha256=_digest(token),
                expires_at=timezone.now() + timedelta(days=days),
            )
        )
        entry.detail = {"label": label, "days": days}
    return token


def revoke_token(*, token_id: int, reason: str, acting_user: User) -> None:
    """End a token now."""
    with recorded(
        acting_user=acting_user,
        action="access:token:revoked",
        right=Right.ADMINISTER,
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
    """Whose token it is; None where it is unknown, ended, revoked or its user is locked out."""
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
    return found.user
