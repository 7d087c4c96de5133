"""By which identity provider do people sign in, and what do its claims mean?

`[sign_in.oidc]` of troth.toml, with the client's secret from the environment or a file of its own,
so that troth.toml can be shared.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from troth.connectors.workspace import FILE_NAME, WorkspaceError
from troth.core.access.roles import Role

PROVIDER_ID = "oidc"
SECRET_VARIABLE = "TROTH_OIDC_SECRET"
_KNOWN, _CREATED = "known", "created"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEYS = {
    "name", "issuer", "client_id", "client_secret_file", "username_claim", "name_claim",
    "role_claim", "regions_claim", "team_claim", "accounts", "default_role", "scopes", "userinfo",
    "roles",
}  # fmt: skip


class IdentityProviderError(WorkspaceError):
    """The identity provider in troth.toml is not declared right. Correct what the message names."""

    code = "identity-provider"


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """An OpenID Connect provider and how we read it."""

    name: str  # on the button
    issuer: str
    client_id: str
    secret: str
    username_claim: str
    name_claim: str
    role_claim: str  # "": roles are given here, not there
    regions_claim: str
    team_claim: str
    makes_accounts: bool  # whoever the provider knows gets an account
    default_role: Role | None
    scopes: tuple[str, ...]
    asks_userinfo: bool  # some providers tell groups there alone
    roles: tuple[tuple[str, Role], ...]  # (value of the claim, role); the first that fits counts

    def __repr__(self) -> str:
        return f"IdentityProvider({self.issuer})"  # the secret stays out of logs

    def role_of(self, claimed: object) -> Role | None:
        """The role that a claim stands for; the default role where none fits."""
        values = {str(item) for item in claimed} if isinstance(claimed, list) else {str(claimed)}
        return next((role for value, role in self.roles if value in values), self.default_role)


def read_identity_provider(
    directory: Path, environment: Mapping[str, str]
) -> IdentityProvider | None:
    """The provider that a workspace names; None where it names none.

    Raises IdentityProviderError where it is not declared right.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return None
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None  # the workspace's own reader says what is wrong with the file
    sign_in = document.get("sign_in", {})
    declared = sign_in.get("oidc") if isinstance(sign_in, dict) else None
    if declared is None:
        return None
    return _read(_Declared(path=path, values=declared), environment)


def provider_settings(provider: IdentityProvider | None) -> dict[str, Any]:
    """What allauth calls SOCIALACCOUNT_PROVIDERS."""
    if provider is None:
        return {}
    app = {
        "provider_id": PROVIDER_ID,
        "name": provider.name,
        "client_id": provider.client_id,
        "secret": provider.secret,
        "settings": {
            "server_url": provider.issuer.rstrip("/"),
            "oauth_pkce_enabled": True,
            "scope": list(provider.scopes),
        },
    }
    return {"openid_connect": {"APPS": [app]}}


@dataclass(frozen=True, kw_only=True)
class _Declared:
    path: Path
    values: Any

    def fail(self, key: str, found: object, expected: str) -> IdentityProviderError:
        place = f"{self.path}, [sign_in.oidc] {key}"
        return IdentityProviderError(
            f"{place}: found {found!r}, expected {expected}. "
            "docs/guides/sign-in-with-your-identity-provider.md shows a whole example."
        )

    def text(self, key: str, default: str = "") -> str:
        found = self.values.get(key, default)
        if not isinstance(found, str):
            raise self.fail(key, found, "text")
        return found.strip()

    def texts(self, key: str, default: list[str]) -> tuple[str, ...]:
        found = self.values.get(key, default)
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.fail(key, found, "a list of texts")
        return tuple(found)

    def role(self, key: str, found: object) -> Role:
        if found not in set(Role):
            raise self.fail(key, found, "one of " + ", ".join(sorted(Role)))
        return Role(str(found))


def _read(declared: _Declared, environment: Mapping[str, str]) -> IdentityProvider:
    if not isinstance(declared.values, dict):
        raise declared.fail("", declared.values, "a table")
    for key in sorted(set(declared.values) - _KEYS):
        raise declared.fail(key, declared.values[key], "one of " + ", ".join(sorted(_KEYS)))
    default = declared.text("default_role")
    default_role = declared.role("default_role", default) if default else None
    accounts = declared.text("accounts", _KNOWN)
    if accounts not in (_KNOWN, _CREATED):
        raise declared.fail("accounts", accounts, f'"{_KNOWN}" or "{_CREATED}"')
    role_claim = declared.text("role_claim")
    if accounts == _CREATED and default_role is None and not role_claim:
        raise declared.fail("default_role", "", "a role for accounts that are created")
    asks_userinfo = declared.values.get("userinfo", False)
    if not isinstance(asks_userinfo, bool):
        raise declared.fail("userinfo", asks_userinfo, "true or false")
    return IdentityProvider(
        name=declared.text("name", "Single sign-on"),
        issuer=_issuer(declared),
        client_id=_client_id(declared),
        secret=_secret(declared, environment),
        username_claim=declared.text("username_claim", "preferred_username"),
        name_claim=declared.text("name_claim", "name"),
        role_claim=role_claim,
        regions_claim=declared.text("regions_claim"),
        team_claim=declared.text("team_claim"),
        makes_accounts=accounts == _CREATED,
        default_role=default_role,
        scopes=declared.texts("scopes", ["openid", "profile"]),
        asks_userinfo=asks_userinfo,
        roles=_roles(declared),
    )


def _issuer(declared: _Declared) -> str:
    issuer = declared.text("issuer")
    parts = urlsplit(issuer)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.netloc or parts.query or parts.fragment:
        raise declared.fail("issuer", issuer, "the issuer's address, https://…")
    return issuer


def _client_id(declared: _Declared) -> str:
    found = declared.text("client_id")
    if not found:
        raise declared.fail("client_id", found, "the id that the provider gave this client")
    return found


def _secret(declared: _Declared, environment: Mapping[str, str]) -> str:
    if "client_secret_file" not in declared.values:
        return environment.get(SECRET_VARIABLE, "")
    path = declared.path.parent / declared.text("client_secret_file")
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise declared.fail("client_secret_file", str(path), "a file that can be read") from error


def _roles(declared: _Declared) -> tuple[tuple[str, Role], ...]:
    found = declared.values.get("roles", {})
    if not isinstance(found, dict):
        raise declared.fail("roles", found, "a table of claim = role")
    return tuple((value, declared.role(f"roles.{value}", role)) for value, role in found.items())
