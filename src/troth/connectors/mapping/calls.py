"""How is one feed asked for from an API?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from troth.connectors.mapping.nodes import Faults, Node, node_of, typed_value
from troth.connectors.mapping.origins import CallMap, PageKind, PageMap, SinceMap
from troth.connectors.mapping.places import read_overlap

_KEYS = (
    *("path", "method", "parameters", "body", "rows", "page", "since"),
    *("detail", "detail_rows", "optional", "null"),
)
_PAGE_KEYS = ("by", "parameter", "size_parameter", "size", "first", "at", "total", "most")
_SINCE_KEYS = ("column", "token", "parameter", "format", "first", "overlap")
_PAGE_KINDS: dict[str, PageKind] = {
    "number": "number",
    "offset": "offset",
    "cursor": "cursor",
    "link": "link",
    "header": "header",
}
_FORMATS = ("same", "iso", "unix", "unix_ms", "json-rpc")
_SIGN = re.compile(r"\$\{([^}]*)\}")


def read_call(faults: Faults, node: Node) -> CallMap:
    """A feed's `rest`."""
    entries = faults.entries(node, of="`rest`", known=_KEYS)
    found = {name: node_of(entries, name) for name in _KEYS}
    path, method, body = found["path"], found["method"], found["body"]
    if path is None:
        faults.add(node, "`rest` has no `path`: where the rows are, below `api.url`")
    word = faults.choice(method, ("GET", "POST"), of="`rest.method`") if method else "GET"
    if body is not None and word == "GET" and method is not None:
        faults.add(body, "`rest.body` needs `method: POST`")
    call = CallMap(
        path=faults.text(path, of="`rest.path`") if path is not None else "",
        method="POST" if word == "POST" or body is not None else "GET",
        parameters=_pairs(faults, found["parameters"]),
        body=typed_value(body) if body is not None else None,
        rows=_text(faults, found["rows"], "`rest.rows`"),
        page=_read_page(faults, found["page"]),
        since=_read_since(faults, found["since"]),
        detail=_text(faults, found["detail"], "`rest.detail`") or None,
        detail_rows=_text(faults, found["detail_rows"], "`rest.detail_rows`"),
        optional=frozenset(
            faults.texts(found["optional"], of="`rest.optional`") if found["optional"] else ()
        ),
        null=frozenset(faults.texts(found["null"], of="`rest.null`") if found["null"] else ()),
        asked_by=f"{faults.file}:{node.start_mark.line + 1}",
    )
    _check_signs(faults, node, call)
    return call


def signs_in(value: Any) -> set[str]:
    """Every name that stands as `${name}` in texts of the value."""
    if isinstance(value, str):
        return set(_SIGN.findall(value))
    if isinstance(value, Mapping):
        return {sign for item in value.values() for sign in signs_in(item)}
    if isinstance(value, list | tuple):
        return {sign for item in value for sign in signs_in(item)}
    return set()


def _check_signs(faults: Faults, node: Node, call: CallMap) -> None:
    used = signs_in(call.body) | signs_in(call.parameters) | signs_in(call.path)
    for sign in sorted(used - {"since", "page", "size"}):
        faults.add(node, f"`${{{sign}}}` means nothing here; there are since, page and size")
    if "since" in used and (call.since is None or call.since.first is None):
        faults.add(node, "`${since}` needs `since` with `first`: what to send the first time")
    if call.since is not None and call.since.parameter is None and "since" not in used:
        faults.add(node, "`since` needs a `parameter`, or `${since}` somewhere in the call")
    needs = call.page.by in ("number", "offset", "cursor")
    if needs and call.page.parameter is None and "page" not in used:
        text = f"`page` by {call.page.by} needs a `parameter`, or `${{page}}` in the call"
        faults.add(node, text)


def _pairs(faults: Faults, node: Node | None) -> tuple[tuple[str, str], ...]:
    if node is None:
        return ()
    entries = faults.entries(node, of="`rest.parameters`")
    return tuple(
        (name, faults.text(value, of=f"`rest.parameters.{name}`"))
        for name, (_, value) in entries.items()
    )


def _text(faults: Faults, node: Node | None, of: str) -> str:
    return faults.text(node, of=of) if node is not None else ""


def _read_page(faults: Faults, node: Node | None) -> PageMap:
    if node is None:
        return PageMap()
    entries = faults.entries(node, of="`page`", known=_PAGE_KEYS)
    by = node_of(entries, "by")
    if by is None:
        faults.add(node, f"`page` has no `by`; it is one of {', '.join(_PAGE_KINDS)}")
        return PageMap()
    kind = _PAGE_KINDS.get(faults.choice(by, _PAGE_KINDS, of="`page.by`"), "none")
    at = node_of(entries, "at")
    if kind in ("cursor", "link") and at is None:
        faults.add(node, f"`page` by {kind} needs `at`: the path of the {kind} in the answer")
    return PageMap(
        by=kind,
        parameter=_text(faults, node_of(entries, "parameter"), "`page.parameter`") or None,
        size_parameter=_text(faults, node_of(entries, "size_parameter"), "`page.size_parameter`")
        or None,
        size=_number(faults, entries, "size", 100, least=1),
        first=_number(faults, entries, "first", 0 if kind == "offset" else 1, least=0),
        at=_text(faults, at, "`page.at`") or None,
        total=_text(faults, node_of(entries, "total"), "`page.total`") or None,
        most=_number(faults, entries, "most", 10_000, least=1),
    )


def _number(
    faults: Faults, entries: Mapping[str, tuple[Node, Node]], name: str, default: int, *, least: int
) -> int:
    node = node_of(entries, name)
    if node is None:
        return default
    text = faults.text(node, of=f"`page.{name}`")
    if not re.fullmatch(r"\d{1,7}", text) or int(text) < least:
        faults.add(node, f"`page.{name}` is {text!r}; it takes a whole number from {least}")
        return default
    return int(text)


def _read_since(faults: Faults, node: Node | None) -> SinceMap | None:
    if node is None:
        return None
    entries = faults.entries(node, of="`since`", known=_SINCE_KEYS)
    found = {name: node_of(entries, name) for name in _SINCE_KEYS}
    if (found["column"] is None) == (found["token"] is None):
        text = "`since` needs either `column`, of the rows, or `token`, the path of what the API "
        faults.add(node, text + "gives for the next time")
    form = _text(faults, found["format"], "`since.format`") or "same"
    if form not in _FORMATS and "%" not in form:
        text = f"`since.format` is {form!r}; it takes {', '.join(_FORMATS)} or strptime's letters"
        faults.add(found["format"] or node, text)
    return SinceMap(
        columns=faults.texts(found["column"], of="`since.column`") if found["column"] else (),
        token=_text(faults, found["token"], "`since.token`") or None,
        parameter=_text(faults, found["parameter"], "`since.parameter`") or None,
        form=form,
        first=_text(faults, found["first"], "`since.first`") or None,
        overlap=read_overlap(faults, entries, of="`since.overlap`"),
    )
