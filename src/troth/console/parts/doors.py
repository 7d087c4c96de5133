"""Where does allauth meet Troth? What it asks of a site is answered here.

allauth brings the flows: attempts that are counted, sign-in in stages, the second factor, OpenID
Connect. Accounts, roles and the audit trail are ours.
"""

from __future__ import annotations

import base64
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as second_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from troth.actions.sessions import note_sign_in
from troth.store.models import User
from troth.store.sealing import unwrap, wrap
from troth.store.sessions import AGENT

_LOG = structlog.get_logger("troth.sign_in")
# A code is good in its step and in one on each side; none is taken twice while it is.
_CODE_SECONDS = 90
_PLACE = b"second factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Who may come in, and what happens when somebody did."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by others."""
        return False

    def respond_user_inactive(
        self, request: HttpRequest, user: AbstractBaseUser
    ) -> HttpResponseRedirect:
        """As if there were no such account."""
        return HttpResponseRedirect(settings.LOGIN_URL)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted and logged without the name: people type their password there."""
        _LOG.warning("sign-in refused", by="password")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        request.session[AGENT] = request.headers.get("User-Agent", "")
        super().login(request, user)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **named: Any
    ) -> HttpResponse:
        """The entry of the audit trail, then where the reader wanted to go."""
        assert isinstance(user, User)
        records = get_authentication_records(request, user)
        note_sign_in(methods=[str(record["method"]) for record in records], acting_user=user)
        answer: HttpResponse = super().post_login(request, user, **named)
        return answer


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Secrets of authenticator apps are kept encrypted, under the workspace's key."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(wrap(text.encode(), _PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unwrap(base64.b64decode(encrypted_text), _PLACE).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """The one identity provider is that of the workspace's file; no table can add another."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]


def take_code(user: User, kind: str, code: str) -> None:
    """Take a code of an authenticator app; none is taken twice.

    Raises ValidationError. allauth remembers a code for one step, and takes codes of three.
    """
    if kind == Authenticator.Type.TOTP and not cache.add(
        f"totp:{user.pk}:{code.strip()}", True, _CODE_SECONDS
    ):
        raise second_factor_adapter().validation_error("incorrect_code")


class CodeForm(AuthenticateForm):  # type: ignore[misc] # allauth has no types
    """The second factor at the door."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        take_code(self.user, self.authenticator.type, code)
        return code


class ConfirmingCodeForm(ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """The second factor once more, before something that matters."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        take_code(self.user, self.authenticator.type, code)
        return code
