"""Does only what the identity provider signed, for us and for this sign-in, let somebody in?

The provider is here, on the loopback: discovery, keys, tokens, each of which can be made wrong.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, override_settings
from jwt.algorithms import RSAAlgorithm
from tests.console.test_sign_in import stranger

from troth.actions.accounts import deactivate
from troth.actions.people import system_user
from troth.connectors.identity_provider import IdentityProvider, provider_settings
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, User

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Idp:
    """A tiny provider: whom it tells of, and what is wrong with it."""

    issuer: str = ""
    key: Any = KEY
    algorithm: str = "RS256"
    told: dict[str, Any] = field(default_factory=dict)  # over the right claims
    nonce: str = ""
    asked: dict[str, list[str]] = field(default_factory=dict)
    published_issuer: str = ""

    def answer(self, path: str) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.published_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path.endswith("/keys"):
            public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [public | {"kid": "one", "use": "sig"}]}
        if path.endswith("/token"):
            return {"access_token": "an-access-token", "id_token": self.signed(),
                    "token_type": "Bearer"}  # fmt: skip
        return {}

    def signed(self) -> str:
        claims = {
            "iss": self.issuer, "sub": "sub-1", "aud": "troth", "nonce": self.nonce,
            "iat": int(time.time()), "exp": int(time.time()) + 300,
            "preferred_username": "agent", "name": "Ada", "groups": ["service"],
        } | self.told  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "one"})


@pytest.fixture
def idp() -> Iterator[Idp]:
    """The provider, listening."""
    found = Idp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(found.answer(self.path))

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            found.asked = parse_qs(self.rfile.read(length).decode())
            self._say(found.answer(self.path))

        def _say(self, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def declared(idp: Idp, **changed: Any) -> Any:
    """The settings of a workspace that names this provider."""
    provider = replace(
        IdentityProvider(
            name="Example", issuer=idp.issuer, client_id="troth", secret="the-client-secret",
            username_claim="preferred_username", name_claim="name", role_claim="",
            regions_claim="", team_claim="", makes_accounts=False, default_role=None,
            scopes=("openid",), asks_userinfo=False, roles=(),
        ),
        **changed,
    )  # fmt: skip
    return override_settings(
        IDENTITY_PROVIDER=provider, SOCIALACCOUNT_PROVIDERS=provider_settings(provider)
    )


def visit(idp: Idp, client: Client) -> Any:
    """To the provider and back; what we answer then."""
    left = client.get("/sign-in/with/oidc?next=/orders")
    assert left.status_code == 302, left.status_code
    asked = parse_qs(urlsplit(left["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].endswith("/sign-in/with/oidc/back")
    idp.nonce = asked["nonce"][0]
    back = {"code": "a-code", "state": asked["state"][0]}
    return client.get("/sign-in/with/oidc/back", back)


def test_a_known_person_gets_in_and_the_account_is_theirs_from_then_on(
    idp: Idp, people: dict[Role, User]
) -> None:
    with declared(idp):
        client = stranger()
        assert b"Sign in with Example" in client.get("/sign-in").content
        answer = visit(idp, client)
        assert answer["Location"] == "/orders"
        assert client.get("/account").status_code == 200
        assert idp.asked["client_secret"] == ["the-client-secret"]
        assert idp.asked["code_verifier"]
        # Another person who was given the same name there does not get the account.
        idp.told = {"sub": "sub-2"}
        assert visit(idp, stranger()).status_code == 403
        # The control: the same person under a new name does.
        idp.told = {"preferred_username": "renamed"}
        assert visit(idp, stranger())["Location"] == "/orders"
    kept = "".join(AuditEntry.objects.values_list("envelope", flat=True))
    assert "an-access-token" not in kept
    assert "socialaccount" in kept


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"told": {"iss": "https://elsewhere.example"}},
    "another audience": {"told": {"aud": "another-client"}},
    "another party": {"told": {"aud": ["troth", "b"], "azp": "b"}},
    "another sign-in": {"told": {"nonce": "of-yesterday"}},
    "no nonce": {"told": {"nonce": None}},
    "too old": {"told": {"exp": int(time.time()) - 3600}},
    "another key": {"key": ANOTHER_KEY},
    "a shared secret": {"key": "the-client-secret-the-client-secret", "algorithm": "HS256"},
    "no signature": {"key": "", "algorithm": "none"},
    "a false discovery document": {"published_issuer": "https://elsewhere.example"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_hold_lets_nobody_in(idp: Idp, people: dict[Role, User], what: str) -> None:
    with declared(idp):
        client = stranger()
        assert visit(idp, stranger()).status_code == 302  # the control: as it should be
        for name, value in WRONG[what].items():
            setattr(idp, name, value)
        is_early = bool(idp.published_issuer)
        answer = client.get("/sign-in/with/oidc") if is_early else visit(idp, client)
        assert answer.status_code in (401, 502)
        assert b"You are not signed in" in answer.content
        assert client.get("/account").status_code == 302


def test_an_answer_that_nobody_asked_for_is_refused(idp: Idp, people: dict[Role, User]) -> None:
    with declared(idp):
        answer = stranger().get("/sign-in/with/oidc/back", {"code": "x", "state": "y"})
        assert answer.status_code == 401
        elsewhere = stranger().get("/sign-in/with/oidc", headers={"Sec-Fetch-Site": "cross-site"})
        assert elsewhere["Location"] == "/sign-in"


def test_whoever_has_no_account_stays_out_or_gets_one_as_the_workspace_says(
    idp: Idp, people: dict[Role, User]
) -> None:
    idp.told = {"preferred_username": "new"}
    with declared(idp):
        assert visit(idp, stranger()).status_code == 403
        assert not User.objects.filter(username="new").exists()
    with declared(idp, makes_accounts=True, default_role=Role.AGENT):
        assert visit(idp, stranger())["Location"] == "/orders"
    made = User.objects.get(username="new")
    assert (made.role, made.name, made.has_usable_password()) == ("agent", "Ada", False)


def test_a_claim_gives_role_and_regions_at_every_sign_in(
    idp: Idp, people: dict[Role, User]
) -> None:
    roles = (("chiefs", Role.EXECUTIVE), ("service", Role.STEWARD))
    with declared(idp, role_claim="groups", roles=roles, regions_claim="regions"):
        idp.told = {"regions": ["SP"]}
        assert visit(idp, stranger())["Location"] == "/orders"
        user = User.objects.get(username="agent")
        assert (user.role, user.regions) == ("steward", ["SP"])
        idp.told = {"groups": ["chiefs", "service"]}
        visit(idp, stranger())
        user.refresh_from_db()
        assert user.role == "executive"
        idp.told = {"groups": ["strangers"]}
        assert visit(idp, stranger()).status_code == 403


def test_a_leaver_stays_out_whatever_the_provider_says(idp: Idp, people: dict[Role, User]) -> None:
    with declared(idp):
        client = stranger()
        visit(idp, client)
        deactivate(user=people[Role.AGENT], reason="left", acting_user=system_user())
        assert client.get("/account").status_code == 302
        assert visit(idp, stranger()).status_code == 403


def test_without_a_provider_there_is_no_such_address(people: dict[Role, User]) -> None:
    assert stranger().get("/sign-in/with/oidc").status_code == 404
    assert b"Sign in with" not in stranger().get("/sign-in").content
