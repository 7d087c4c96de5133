"""Who is signed in, how did they prove it, and who signs them out?

Sessions come and go with every visit and say nothing about a customer, so their rows are not
committed to one by one: that somebody signed in, and that somebody was signed out, is an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from troth.actions.accounts import Change, LastAdministratorError, change_user
from troth.actions.people import add_user, system_user
from troth.actions.recording import recorded
from troth.connectors.identity_provider import PROVIDER_ID, IdentityProvider
from troth.core.access.roles import Right, Role
from troth.store.models import Session, SharedValue, User

Result = TypeVar("Result")


class NotAdmittedError(Exception):
    """The identity provider knows this person, Troth does not let them in. Ask an administrator."""


def note_sign_in(*, methods: Sequence[str], acting_user: User) -> None:
    """Write down that somebody signed in, and by what."""
    with recorded(
        acting_user=acting_user,
        action="access:session:started",
        right=None,
        subject=acting_user.username,
    ) as entry:
        entry.detail = {"methods": list(methods)}


def end_sessions(
    *, user: User, only: str | None = None, keep: str | None = None, acting_user: User
) -> int:
    """Sign somebody out: of one session, or everywhere but `keep`; how many sessions ended.

    `only` and `keep` are digests of session keys, as `troth.store.sessions.row_key` makes them.
    """
    with recorded(
        acting_user=acting_user,
        action="access:session:ended",
        right=None if user.pk == acting_user.pk else Right.ADMINISTER,
        subject=user.username,
    ) as entry:
        found = Session.objects.filter(user=user)
        if only is not None:
            found = found.filter(pk=only)
        if keep is not None:
            found = found.exclude(pk=keep)
        ended, _ = found.delete()
        entry.is_empty = ended == 0
        entry.detail = {"sessions": ended}
    return ended


def note_second_factor(*, action: str, work: Callable[[], Result], acting_user: User) -> Result:
    """Do what changes one's own second factor, in one transaction with its entry.

    `action` is "added" or "codes-made".
    """
    with recorded(
        acting_user=acting_user,
        action=f"access:factor:{action}",
        right=None,
        subject=acting_user.username,
    ):
        return work()


def admit(*, provider: IdentityProvider, claims: dict[str, object]) -> User:
    """The account of whom the identity provider has told us, brought up to what it says.

    `claims` are those of a verified id_token. By its `sub` where we know it; else by the name that
    the provider gives, once: from then on the account belongs to that `sub`. Raises
    NotAdmittedError where there is no such account and none is to be made.
    """
    subject = str(claims["sub"])
    link = (
        SocialAccount.objects.select_related("user")
        .filter(provider=PROVIDER_ID, uid=subject)
        .first()
    )
    user = link.user if link is not None else _linked(provider, subject, claims)
    if not isinstance(user, User) or not user.is_active or user.is_program:
        raise NotAdmittedError("The account is closed, or is not one that people sign in to.")
    return _brought_up(provider, user, claims)


def _linked(provider: IdentityProvider, subject: str, claims: dict[str, object]) -> User:
    username = claims.get(provider.username_claim)
    if not isinstance(username, str) or not username.strip():
        raise NotAdmittedError("The provider did not say who this is.")
    author = system_user()
    user = User.objects.filter(username=username).first()
    if user is None:
        if not provider.makes_accounts:
            raise NotAdmittedError("There is no account for this person.")
        role = _role(provider, claims)
        if role is None:
            raise NotAdmittedError("No role is given to this person.")
        name = claims.get(provider.name_claim)
        user = add_user(
            username=username,
            name=name if isinstance(name, str) and name.strip() else username,
            role=role,
            acting_user=author,
        )
    if not user.is_active or user.is_program:
        raise NotAdmittedError("The account is closed, or is not one that people sign in to.")
    with recorded(
        acting_user=author,
        action="access:identity:linked",
        right=None,
        subject=user.username,
    ) as entry:
        User.objects.select_for_update().get(pk=user.pk)
        if SocialAccount.objects.filter(provider=PROVIDER_ID, user=user).exists():
            raise NotAdmittedError("The account belongs to another identity.")
        SocialAccount.objects.create(provider=PROVIDER_ID, uid=subject, user=user, extra_data={})
        entry.detail = {"provider": provider.issuer}
    return user


def _role(provider: IdentityProvider, claims: dict[str, object]) -> Role | None:
    if not provider.role_claim:
        return provider.default_role
    return provider.role_of(claims.get(provider.role_claim, []))


def _brought_up(provider: IdentityProvider, user: User, claims: dict[str, object]) -> User:
    """What the provider says of a person counts at every sign-in."""
    role = None
    if provider.role_claim:
        role = _role(provider, claims)
        if role is None:
            raise NotAdmittedError("No role is given to this person.")
    regions = claims.get(provider.regions_claim) if provider.regions_claim else None
    team = claims.get(provider.team_claim) if provider.team_claim else None
    change = Change(
        role=role,
        regions=[str(item) for item in regions] if isinstance(regions, list) else None,
        team=team if isinstance(team, str) else None,
    )
    try:
        return change_user(
            user=user, change=change, reason="claims at sign-in", acting_user=system_user()
        )
    except LastAdministratorError:
        return user  # a wrong claim must not lock everybody out


def forget_ended() -> int:
    """Delete sessions and shared values that have run out; how many there were."""
    now = timezone.now()
    sessions, _ = Session.objects.filter(expires_at__lte=now).delete()
    values, _ = SharedValue.objects.filter(expires_at__lte=now).delete()
    return sessions + values
