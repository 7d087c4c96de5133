"""What does a checked mapping say about a source that is asked, rather than delivered?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from troth.connectors.secrets import SecretPlace
from troth.connectors.watermarks import Overlap

Engine = Literal["postgresql", "mysql", "sqlite"]
PageKind = Literal["none", "number", "offset", "cursor", "link", "header"]


@dataclass(frozen=True, kw_only=True)
class DatabaseMap:
    """The database of a source."""

    engine: Engine
    url: SecretPlace | None  # of a server; it holds the password, so it is a secret as a whole
    file: str | None  # of SQLite
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """The column by whose value a reading goes on where the last one ended."""

    column: str
    overlap: Overlap


@dataclass(frozen=True, kw_only=True)
class QueryMap:
    """One feed's query."""

    query: str
    watermark: Watermark | None
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class AuthMap:
    """How an API knows who asks."""

    type: Literal["none", "bearer", "basic", "header", "oauth2", "session"] = "none"
    secrets: tuple[tuple[str, SecretPlace], ...] = ()  # token, password, client_secret…
    texts: tuple[tuple[str, str], ...] = ()  # user, header, token_url, scope, path…
    body: Any = None  # of the log-in call
    take: tuple[tuple[str, str], ...] = ()  # name → path in the answer to the log-in call

    def text(self, name: str, default: str = "") -> str:
        return dict(self.texts).get(name, default)


@dataclass(frozen=True, kw_only=True)
class ApiMap:
    """The API of a source."""

    url: str
    network: Literal["public", "private"]
    form: Literal["json", "json-rpc"]
    auth: AuthMap
    headers: tuple[tuple[str, str], ...]
    ca: str | None  # a file of certificates, instead of the system's
    timeout: float  # seconds, of one call
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class PageMap:
    """How the next rows are asked for."""

    by: PageKind = "none"
    parameter: str | None = None  # number, offset, cursor; None where `${page}` stands in the call
    size_parameter: str | None = None
    size: int = 100
    first: int = 1
    at: str | None = None  # the path of the cursor or link in the answer
    total: str | None = None  # the path of the number of all rows
    most: int = 10_000  # pages of one reading


@dataclass(frozen=True, kw_only=True)
class SinceMap:
    """How only what changed is asked for."""

    columns: tuple[str, ...]  # of the rows, the first that holds something; none with a token
    token: str | None  # the path of what the API gives for the next time
    parameter: str | None  # None where `${since}` stands in the call
    form: str  # as the field's own, "iso", "unix", "unix_ms", "json-rpc", or strptime's letters
    first: str | None  # what is sent when nothing was read yet; None: the parameter is left out
    overlap: Overlap


@dataclass(frozen=True, kw_only=True)
class CallMap:
    """One feed's calls."""

    path: str
    method: Literal["GET", "POST"]
    parameters: tuple[tuple[str, str], ...]
    body: Any
    rows: str  # the path of the list in the answer; "" is the answer itself
    page: PageMap
    since: SinceMap | None
    detail: str | None  # the path of a call for each row, with ${column} in it
    detail_rows: str  # the path of the row in the detail's answer
    optional: frozenset[str]  # columns that no row may have
    null: frozenset[str]  # words that stand for no value
    asked_by: str
