"""Who has an account, a token, a session?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from troth.core.access.roles import Right
from troth.store.models import ApiToken, Session, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import Viewer, viewing


@dataclass(frozen=True, kw_only=True)
class Account:
    """One person or program."""

    username: str
    name: str
    role: str
    team: str
    regions: tuple[str, ...]
    agent_key: str
    is_active: bool
    is_program: bool
    has_password: bool
    has_second_factor: bool
    is_linked: bool  # to an identity provider
    created_at: datetime
    last_login: datetime | None


@dataclass(frozen=True, kw_only=True)
class Token:
    """One token, without its secret."""

    id: int
    username: str
    label: str
    scopes: tuple[str, ...]  # () is every right of its user
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One browser that is signed in."""

    key: str  # digest of the session's key
    agent: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


def accounts(*, viewer: Viewer, username: str | None = None) -> tuple[Account, ...]:
    """Everybody, by name; or the one of this name."""
    with viewing(viewer, Right.ADMINISTER):
        users = User.objects.order_by("username")
        if username is not None:
            users = users.filter(username=username)
        factors = set(Authenticator.objects.filter(type="totp").values_list("user_id", flat=True))
        linked = set(SocialAccount.objects.values_list("user_id", flat=True))
        return tuple(_account(user, factors, linked) for user in users)


def own_account(*, viewer: Viewer) -> Account:
    """The viewer's own."""
    user = User.objects.get(pk=viewer.user_id)
    factors = Authenticator.objects.filter(type="totp", user=user).values_list("user_id", flat=True)
    linked = SocialAccount.objects.filter(user=user).values_list("user_id", flat=True)
    return _account(user, set(factors), set(linked))


def _account(user: User, factors: set[int], linked: set[int]) -> Account:
    return Account(
        username=user.username,
        name=user.name,
        role=user.role,
        team=user.team,
        regions=tuple(user.regions),
        agent_key=user.agent_key,
        is_active=user.is_active,
        is_program=user.is_program,
        has_password=user.has_usable_password(),
        has_second_factor=user.pk in factors,
        is_linked=user.pk in linked,
        created_at=user.created_at,
        last_login=user.last_login,
    )


def tokens(*, viewer: Viewer, username: str | None = None) -> tuple[Token, ...]:
    """Tokens, the newest first: one's own, or with the right to administer, anybody's.

    Without `username` all of them. Raises NotAllowedError for other people's.
    """
    is_own = (
        username is not None and User.objects.filter(pk=viewer.user_id, username=username).exists()
    )
    if not is_own:
        viewer.require(Right.ADMINISTER)
    found = ApiToken.objects.select_related("user").order_by("-pk")
    if username is not None:
        found = found.filter(user__username=username)
    return tuple(_token(row) for row in found)


def token(*, viewer: Viewer, token_id: int) -> Token:
    """One token: one's own, or with the right to administer, anybody's.

    Raises NotAllowedError before it tells whether there is one, NotFoundError.
    """
    found = ApiToken.objects.select_related("user").filter(pk=token_id)
    if not found.filter(user=viewer.user_id).exists():
        viewer.require(Right.ADMINISTER)
    row = found.first()
    if row is None:
        raise NotFoundError("token", str(token_id))
    return _token(row)


def _token(row: ApiToken) -> Token:
    return Token(
        id=row.pk,
        username=row.user.username,
        label=row.label,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
    )


def own_sessions(*, viewer: Viewer) -> tuple[OpenSession, ...]:
    """Where the viewer is signed in, the latest first."""
    found = Session.objects.filter(user_id=viewer.user_id, expires_at__gt=timezone.now())
    return tuple(
        OpenSession(
            key=row.pk,
            agent=row.agent,
            started_at=row.started_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )
        for row in found.order_by("-seen_at")
    )
