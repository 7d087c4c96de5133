"""Who asks an API, and how does it know?"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from troth.connectors.errors import (
    ApiAddressError,
    ApiAnswerError,
    ApiRefusedError,
    FileUnreadableError,
)
from troth.connectors.mapping.origins import ApiMap
from troth.connectors.rest.transport import Answer, Asked, Transport, Waiting, origin
from troth.connectors.rest.values import PathMissingError, as_text, at_path, filled, read_json
from troth.connectors.secrets import Secret, read_secret, scrub

# What a link may hold; blanks and the like, which some APIs leave in theirs, get percent signs.
_AS_IT_STANDS = "%/:=&?~#+!$,;'@()*[]"


class Asker:
    """Calls to one API, signed in; the sign-in is renewed once where it ran out."""

    def __init__(self, api: ApiMap, *, workspace: Path, waiting: Waiting) -> None:
        """Raises SecretMissingError, FileUnreadableError."""
        self.api = api
        self._base = api.url if api.url.endswith("/") else f"{api.url}/"
        self._secrets = {
            name: read_secret(place, workspace=workspace) for name, place in api.auth.secrets
        }
        self._transport = Transport(
            network=api.network,
            tls=_tls(api, workspace),
            timeout=api.timeout,
            waiting=waiting,
            asked_by=api.asked_by,
        )
        self._transport.secrets += self._secrets.values()
        self._proof: dict[str, str] | None = None
        self._has_clock = False
        self.now = datetime.now(UTC)  # by the API's own clock, as soon as it says

    def close(self) -> None:
        self._transport.close()

    def url(self, path: str) -> str:
        """A path below the API's own URL, or a URL that the API gave, which must be of it."""
        url = quote(urljoin(self._base, path), safe=_AS_IT_STANDS)
        if origin(url) != origin(self._base):
            host = urlsplit(url).hostname or "nowhere"
            reason = f"{urlsplit(self._base).hostname} points to {host}, which is not asked."
            raise ApiAddressError(file=self.api.asked_by, reason=reason)
        return url

    def ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> tuple[Any, Answer]:
        """The answer's JSON, and the answer. Raises as `Transport.ask` does, and where it is no
        JSON or tells a fault of JSON-RPC."""
        url = self.url(path)
        if parameters:
            url += ("&" if urlsplit(url).query else "?") + urlencode(parameters)
        sent = None if body is None else json.dumps(body, default=str).encode()
        for is_last in (False, True):
            headers = {**self._headers(), **self._signed()}
            if sent is not None:
                headers["Content-Type"] = "application/json"
            try:
                answer = self._transport.ask(
                    Asked(method=method, url=url, headers=headers, body=sent)
                )
            except ApiRefusedError as error:
                renews = self.api.auth.type in ("oauth2", "session")
                if error.found.get("status") != 401 or is_last or not renews:
                    raise
                self._proof = None
                continue
            self._look_at_clock(answer)
            return self._document(answer), answer
        raise AssertionError("a call is answered, or raises")

    def _document(self, answer: Answer) -> Any:
        try:
            document = read_json(answer.body)
        except ValueError:
            document, reason = None, "it is no JSON."
        else:
            reason = ""
        if not reason and self.api.form == "json-rpc" and isinstance(document, dict):
            fault = document.get("error")
            reason = f"it tells a fault, {as_text(fault)}." if fault else ""
        if reason:
            raise self.unusable(answer.url, reason)
        return document

    def unusable(self, url: str, reason: str) -> ApiAnswerError:
        """The error of an answer that is of another shape than the mapping says."""
        return ApiAnswerError(
            file=self.api.asked_by,
            host=urlsplit(url).hostname or "",
            path=scrub(urlsplit(url).path, self._transport.secrets),
            reason=scrub(reason, self._transport.secrets)[:400],
        )

    def _headers(self) -> dict[str, str]:
        # No compression: the limit of an answer's size is of what is read.
        return {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "troth",
            **dict(self.api.headers),
        }

    def _look_at_clock(self, answer: Answer) -> None:
        """The first answer's Date: what is read is from then on, by the source's own clock."""
        text = answer.headers.get("Date")
        if text and not self._has_clock:
            self._has_clock = True
            try:
                found = parsedate_to_datetime(text)
            except ValueError:
                return
            self.now = found if found.tzinfo else found.replace(tzinfo=UTC)

    def _signed(self) -> dict[str, str]:
        if self._proof is None:
            self._proof = self._sign_in()
        return self._proof

    def _sign_in(self) -> dict[str, str]:
        auth = self.api.auth
        if auth.type == "bearer":
            token = self._secrets["token"].reveal()
            return {"Authorization": f"{auth.text('scheme', 'Bearer')} {token}"}
        if auth.type == "basic":
            pair = f"{auth.text('user')}:{self._secrets['password'].reveal()}"
            return {"Authorization": f"Basic {self._encoded(pair)}"}
        if auth.type == "header":
            return {auth.text("header"): self._secrets["value"].reveal()}
        if auth.type == "oauth2":
            return {"Authorization": f"Bearer {self._token()}"}
        return self._session() if auth.type == "session" else {}

    def _token(self) -> str:
        """Client credentials (RFC 6749, section 4.4), the client named as in section 2.3.1."""
        auth = self.api.auth
        client, secret = auth.text("client_id"), self._secrets["client_secret"].reveal()
        pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
        form = {"grant_type": "client_credentials"}
        if auth.text("scope"):
            form["scope"] = auth.text("scope")
        headers = {
            **self._headers(),
            "Authorization": f"Basic {self._encoded(pair)}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        url = urljoin(self._base, auth.text("token_url"))
        if urlsplit(url).scheme != "https" and self.api.network == "public":
            raise ApiAddressError(file=self.api.asked_by, reason="`token_url` must be https.")
        asked = Asked(method="POST", url=url, headers=headers, body=urlencode(form).encode())
        answer = self._transport.ask(asked)
        return self._kept(self._taken(self._document(answer), "access_token", answer.url))

    def _session(self) -> dict[str, str]:
        """A first call that gives what all others carry."""
        auth = self.api.auth
        signs: dict[str, str] = {
            "user": auth.text("user"),
            "password": self._secrets["password"].reveal(),
        }
        body = json.dumps(filled(auth.body, signs)).encode()
        headers = {**self._headers(), "Content-Type": "application/json"}
        url = self.url(auth.text("path"))
        answer = self._transport.ask(Asked(method="POST", url=url, headers=headers, body=body))
        document = self._document(answer)
        signs.pop("password")
        for name, path in auth.take:
            signs[name] = self._kept(self._taken(document, path, answer.url))
        credentials = str(filled(auth.text("credentials"), signs))
        if auth.text("encode") == "base64":
            credentials = self._encoded(credentials)
        scheme = auth.text("scheme")
        value = f"{scheme} {credentials}" if scheme else self._kept(credentials)
        return {auth.text("header", "Authorization"): value}

    def _taken(self, document: Any, path: str, url: str) -> str:
        try:
            found = as_text(at_path(document, path))
        except PathMissingError:
            found = None
        if not found:
            raise self.unusable(url, f"it gives nothing under {path!r}, by which Troth signs in.")
        return found

    def _encoded(self, text: str) -> str:
        return self._kept(base64.b64encode(text.encode()).decode())

    def _kept(self, text: str) -> str:
        """The same text, which from now on is taken out of every message."""
        self._transport.secrets.append(Secret(text))
        return text


def _tls(api: ApiMap, workspace: Path) -> ssl.SSLContext:
    if api.ca is None:
        return ssl.create_default_context()
    path = workspace / api.ca
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        reason = "it is no file of certificates."
    raise FileUnreadableError(file=str(path), reason=reason)
