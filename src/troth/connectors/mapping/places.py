"""Where does a source's database or API stand, and which secret opens it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from troth.connectors.mapping.nodes import Faults, Node, node_of, typed_value
from troth.connectors.mapping.origins import (
    ApiMap,
    AuthMap,
    DatabaseMap,
    Engine,
    QueryMap,
    Watermark,
)
from troth.connectors.secrets import SecretPlace
from troth.connectors.watermarks import Overlap

_ENGINES: dict[str, Engine] = {
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_API_KEYS = ("url", "network", "form", "auth", "headers", "ca", "timeout")
# Type → (texts that it needs, secrets that it needs, what it may have besides).
_AUTH: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "bearer": ((), ("token",), ("scheme",)),
    "basic": (("user",), ("password",), ()),
    "header": (("header",), ("value",), ()),
    "oauth2": (("token_url", "client_id"), ("client_secret",), ("scope",)),
    "session": (("path", "credentials"), ("password",), ("user", "scheme", "header", "encode")),
}
_AUTH_KEYS = tuple(
    dict.fromkeys(
        (
            "type",
            "body",
            "take",
            *(name for parts in _AUTH.values() for part in parts for name in part),
        )
    )
)
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_QUERY = re.compile(r"(?is)\s*(select|with|values)\b")


def read_database(faults: Faults, node: Node) -> DatabaseMap | None:
    """The source's `database`. None where it is too broken to be read further."""
    entries = faults.entries(node, of="`database`", known=("engine", "url", "file"))
    found = {name: node_of(entries, name) for name in ("engine", "url", "file")}
    if found["engine"] is None:
        faults.add(node, f"`database` has no `engine`; it is one of {', '.join(_ENGINES)}")
        return None
    word = faults.choice(found["engine"], _ENGINES, of="`database.engine`")
    engine = _ENGINES.get(word)
    if engine is None:
        return None
    wanted, other = ("file", "url") if engine == "sqlite" else ("url", "file")
    if found[wanted] is None:
        example = "file: data/shop.sqlite" if wanted == "file" else "url: {env: SHOP_DATABASE_URL}"
        faults.add(node, f"a {word} `database` needs `{example}`")
    if found[other] is not None:
        faults.add(entries[other][0], f"a {word} `database` has no `{other}`")
    url, file = found["url"], found["file"]
    return DatabaseMap(
        engine=engine,
        url=read_place(faults, url, of="`database.url`") if url and wanted == "url" else None,
        file=faults.text(file, of="`database.file`") if file and wanted == "file" else None,
        asked_by=f"{faults.file}:{node.start_mark.line + 1}",
    )


def read_place(faults: Faults, node: Node, *, of: str) -> SecretPlace:
    """`{env: NAME}` or `{file: path}`; a secret that is written out is a fault."""
    expected = "{env: NAME} or {file: path}"
    asked_by = f"{faults.file}:{node.start_mark.line + 1}"
    if not hasattr(node, "value") or isinstance(node.value, str):
        # What stands there may be the secret itself: it is not repeated.
        faults.add(node, f"{of} is a secret, which never stands in a mapping; write {expected}")
        return SecretPlace(asked_by=asked_by)
    entries = faults.entries(node, of=of, known=("env", "file"))
    if len(entries) != 1:
        faults.add(node, f"{of} takes {expected}")
        return SecretPlace(asked_by=asked_by)
    ((name, (_, value)),) = entries.items()
    text = faults.text(value, of=f"{of}.{name}")
    if name == "env":
        return SecretPlace(variable=text, asked_by=asked_by)
    return SecretPlace(file=text, asked_by=asked_by)


def read_query(faults: Faults, node: Node) -> QueryMap:
    """A feed's `sql`."""
    entries = faults.entries(node, of="`sql`", known=("query", "watermark"))
    query, mark = node_of(entries, "query"), node_of(entries, "watermark")
    text = faults.text(query, of="`sql.query`").strip() if query is not None else ""
    if query is None:
        faults.add(node, "`sql` has no `query`")
    elif not _QUERY.match(text):
        faults.add(query, "`sql.query` must begin with SELECT, WITH or VALUES: Troth only reads")
    elif text.endswith(";"):
        faults.add(query, "`sql.query` is one query without a semicolon at its end")
    watermark = None
    if mark is not None:
        inner = faults.entries(mark, of="`sql.watermark`", known=("column", "overlap"))
        column = node_of(inner, "column")
        if column is None:
            faults.add(mark, "`sql.watermark` has no `column`")
        else:
            watermark = Watermark(
                column=faults.text(column, of="`sql.watermark.column`"),
                overlap=read_overlap(faults, inner, of="`sql.watermark.overlap`"),
            )
    return QueryMap(
        query=text,
        watermark=watermark,
        asked_by=f"{faults.file}:{(query or node).start_mark.line + 1}",
    )


def read_overlap(faults: Faults, entries: Mapping[str, tuple[Node, Node]], *, of: str) -> Overlap:
    """`10m` of time, or a plain number for a column of numbers."""
    node = node_of(entries, "overlap")
    if node is None:
        return Overlap()
    text = faults.text(node, of=of)
    if text.isdecimal() and len(text) < 16:
        return Overlap(time=timedelta(0), number=Decimal(text))
    span = _span(text)
    if span is None:
        faults.add(node, f"{of} is {text!r}; it takes a time as 30s, 10m, 2h or 1d, or a number")
    return Overlap(time=span or timedelta(0))


def read_api(faults: Faults, node: Node) -> ApiMap | None:
    """The source's `api`. None where it is too broken to be read further."""
    entries = faults.entries(node, of="`api`", known=_API_KEYS)
    url = node_of(entries, "url")
    if url is None:
        faults.add(node, "`api` has no `url`")
        return None
    private = _choice(faults, entries, "network", ("public", "private"), of="`api.network`")
    form = _choice(faults, entries, "form", ("json", "json-rpc"), of="`api.form`")
    auth, headers = node_of(entries, "auth"), node_of(entries, "headers")
    ca, timeout = node_of(entries, "ca"), node_of(entries, "timeout")
    seconds = _span(faults.text(timeout, of="`api.timeout`")) if timeout else timedelta(seconds=30)
    if timeout and (seconds is None or not 1 <= seconds.total_seconds() <= 600):
        faults.add(timeout, "`api.timeout` takes a time from 1s to 10m")
    network: Literal["public", "private"] = "private" if private == "private" else "public"
    return ApiMap(
        url=_read_url(faults, url, network),
        network=network,
        form="json-rpc" if form == "json-rpc" else "json",
        auth=_read_auth(faults, auth) if auth is not None else AuthMap(),
        headers=_read_headers(faults, headers) if headers is not None else (),
        ca=faults.text(ca, of="`api.ca`") if ca is not None else None,
        timeout=(seconds or timedelta(seconds=30)).total_seconds(),
        asked_by=f"{faults.file}:{url.start_mark.line + 1}",
    )


def _read_url(faults: Faults, node: Node, network: str) -> str:
    url = faults.text(node, of="`api.url`")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        faults.add(node, "`api.url` is no URL; write https://host/path/")
        return url
    if parts.username is not None or parts.password is not None:
        # Not repeated: there may be a password in it.
        faults.add(node, "`api.url` carries no user and no password; name them in `api.auth`")
    elif parts.scheme not in ("https", "http") or not host:
        faults.add(node, f"`api.url` is {url!r}; write https://host/path/")
    elif parts.scheme == "http" and network == "public":
        text = "`api.url` must be https: http would send the secret in the open. "
        faults.add(node, text + "Inside of your own network say `network: private`")
    elif parts.query or parts.fragment:
        faults.add(node, "`api.url` ends with its path; parameters stand in a feed's `rest`")
    return url


def _read_auth(faults: Faults, node: Node) -> AuthMap:
    entries = faults.entries(node, of="`api.auth`", known=_AUTH_KEYS)
    kind_node = node_of(entries, "type")
    if kind_node is None:
        faults.add(node, f"`api.auth` has no `type`; it is one of {', '.join(_AUTH)}")
        return AuthMap()
    kind = faults.choice(kind_node, _AUTH, of="`api.auth.type`")
    if kind not in _AUTH:
        return AuthMap()
    texts, secrets, more = _AUTH[kind]
    of = f"`api.auth` of type {kind}"
    for name in (*texts, *secrets):
        if node_of(entries, name) is None:
            faults.add(node, f"{of} has no `{name}`")
    allowed = {"type", *texts, *secrets, *more} | ({"body", "take"} if kind == "session" else set())
    for name in entries.keys() - allowed:
        faults.add(
            entries[name][0], f"{of} takes no `{name}`; it takes {', '.join(sorted(allowed))}"
        )
    take, body = node_of(entries, "take"), node_of(entries, "body")
    pairs = faults.entries(take, of="`api.auth.take`") if take is not None else {}
    found = {name: node_of(entries, name) for name in (*texts, *secrets, *more)}
    types: dict[str, Literal["bearer", "basic", "header", "oauth2", "session"]] = {
        "bearer": "bearer", "basic": "basic", "header": "header", "oauth2": "oauth2",
        "session": "session",
    }  # fmt: skip
    return AuthMap(
        type=types[kind],
        secrets=tuple(
            (name, read_place(faults, at, of=f"`api.auth.{name}`"))
            for name in secrets
            if (at := found[name]) is not None
        ),
        texts=tuple(
            (name, faults.text(at, of=f"`api.auth.{name}`"))
            for name in (*texts, *more)
            if (at := found[name]) is not None
        ),
        body=typed_value(body) if body is not None else None,
        take=tuple(
            (name, faults.text(value, of=f"`api.auth.take.{name}`"))
            for name, (_, value) in pairs.items()
        ),
    )


def _read_headers(faults: Faults, node: Node) -> tuple[tuple[str, str], ...]:
    result = []
    for name, (key, value) in faults.entries(node, of="`api.headers`").items():
        if name.casefold() in ("authorization", "cookie", "proxy-authorization"):
            faults.add(key, f"`{name}` carries a secret, so it belongs into `api.auth`")
        elif not re.fullmatch(r"[A-Za-z0-9-]{1,80}", name):
            faults.add(key, f"`{name}` is no name of a header")
        else:
            result.append((name, faults.text(value, of=f"`api.headers.{name}`")))
    return tuple(result)


def _choice(
    faults: Faults,
    entries: Mapping[str, tuple[Node, Node]],
    name: str,
    known: tuple[str, ...],
    *,
    of: str,
) -> str:
    node = node_of(entries, name)
    return known[0] if node is None else faults.choice(node, known, of=of)


def _span(text: str) -> timedelta | None:
    found = _SPAN.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
