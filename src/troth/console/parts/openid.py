"""Did the identity provider say this, to us, now?

allauth asks for the code and trades it for tokens. It sends no nonce and does not check the
signature of an id_token that came over TLS; both are allowed (OpenID Connect Core 3.1.3.7), and
both are done here, so that a provider behind a proxy is not a way in.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

from troth.connectors.identity_provider import PROVIDER_ID, IdentityProvider

# Public keys alone: with a shared secret, whoever can check a token can make one.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
               "EdDSA")  # fmt: skip
_LEEWAY_SECONDS = 60
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


class NotVerifiedError(OAuth2Error):  # type: ignore[misc] # allauth has no types
    """What came back from the identity provider does not hold. Sign in again."""


class OpenIdAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # allauth has no types
    """The provider's addresses, and what it signed."""

    def get_provider(self) -> OpenIdProvider:
        app = get_adapter(self.request).get_app(self.request, provider=PROVIDER_ID)
        return OpenIdProvider(self.request, app=app)

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes of itself; it has to be the issuer that we know."""
        found: dict[str, Any] = super().openid_config
        wanted = self.get_provider().app.settings["server_url"]
        if not isinstance(found, dict) or str(found.get("issuer", "")).rstrip("/") != wanted:
            raise NotVerifiedError("the discovery document names another issuer")
        return found

    def claims_of(
        self, tokens: dict[str, Any], *, nonce: str, provider: IdentityProvider
    ) -> dict[str, Any]:
        """The claims of the id_token (and of userinfo, where it is asked). NotVerifiedError."""
        credential = tokens.get("id_token")
        if not isinstance(credential, str):
            raise NotVerifiedError("the provider sent no id_token")
        claims = self._verified(credential, provider.client_id)
        if not nonce or not hmac.compare_digest(str(claims["nonce"]), nonce):
            raise NotVerifiedError("the id_token belongs to another sign-in")
        if provider.asks_userinfo:
            told = self._fetch_user_info(str(tokens.get("access_token", "")))
            if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
                raise NotVerifiedError("userinfo tells of somebody else")
            claims = {**told, **claims}
        return claims

    def _verified(self, credential: str, client_id: str) -> dict[str, Any]:
        """OpenID Connect Core 3.1.3.7: signature, issuer, audience, authorised party, times."""
        try:
            claims: dict[str, Any] = jwt.decode(
                credential,
                key=self._key_of(credential),
                algorithms=list(_ALGORITHMS),
                audience=client_id,
                issuer=self.openid_config["issuer"],
                leeway=_LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except jwt.PyJWTError as error:
            raise NotVerifiedError(f"the id_token does not hold: {type(error).__name__}") from error
        is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_for_several else client_id) != client_id:
            raise NotVerifiedError("the id_token is for another client")
        return claims

    def _key_of(self, credential: str) -> Any:
        """The key that the token names, among those that the provider publishes."""
        kid = jwt.get_unverified_header(credential).get("kid")
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        published = answer.json().get("keys", [])
        usable = [key for key in published if key.get("use", "sig") == "sig"]
        named = [key for key in usable if key.get("kid") == kid] if kid else usable
        if len(named) != 1:
            raise NotVerifiedError("the id_token names no key that the provider publishes")
        return jwt.PyJWK.from_json(json.dumps(named[0])).key

    def trade(self, client: OAuth2Client, *, state: dict[str, Any]) -> dict[str, Any]:
        """The code that came back, traded for tokens."""
        found: dict[str, Any] = self.get_access_token_data(
            self.request,
            self.get_provider().app,
            client,
            pkce_code_verifier=state.get("pkce_code_verifier"),
        )
        return found


class OpenIdProvider(OpenIDConnectProvider):  # type: ignore[misc] # allauth has no types
    """Sends the reader to the provider."""

    oauth2_adapter_class = OpenIdAdapter
    app: SocialApp

    def leave(self, request: HttpRequest, *, goal: str) -> HttpResponse:
        """To the provider and, signed in, back to `goal`. Only this browser can come back."""
        nonce = secrets.token_urlsafe(24)
        answer: HttpResponse = self.redirect(
            request,
            "login",
            next_url=goal,
            auth_params={"nonce": nonce},
            scope=self.get_scope(),
            nonce=nonce,
        )
        return answer
