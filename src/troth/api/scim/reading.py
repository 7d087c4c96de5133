"""What does a SCIM request ask to change?

Read strictly where it changes something (a role that is none, a path that is not known), and
leniently where providers differ: Entra ID sends booleans as text, and attributes that nobody here
keeps (e-mail addresses, titles) are left aside, as RFC 7644 section 3.3 allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from troth.actions.accounts import Change
from troth.actions.event_records import is_storable
from troth.api.scim.documents import OURS, PATCH, ScimError
from troth.core.access.roles import Role

_LONGEST = 200
_FILTER = re.compile(r'\s*userName\s+eq\s+"((?:[^"\\]|\\.)*)"\s*', re.IGNORECASE)
_OURS = {"role": "role", "regions": "regions", "team": "team", "agentkey": "agent_key"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person should be; None leaves it as it is."""

    username: str | None
    change: Change
    is_active: bool | None


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request. Raises ScimError."""
    kind = (request.content_type or "").lower()
    if kind not in ("application/scim+json", "application/json"):
        raise ScimError(415, "Send application/scim+json.")
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ScimError(400, "The body is not JSON.", "invalidSyntax") from error
    if not isinstance(found, dict) or not is_storable(found):
        raise ScimError(400, "The body is no JSON object that can be kept.", "invalidSyntax")
    return found


def wanted_user(found: Mapping[str, Any]) -> Wanted:
    """What a whole user resource says. Raises ScimError where a value does not fit."""
    values: dict[str, Any] = {}
    is_active: bool | None = None
    username: str | None = None
    for name, value in found.items():
        key = name.lower()
        if key == "username":
            username = _text(name, value)
        elif key == "active":
            is_active = _boolean(value)
        else:
            values |= _attribute(name, value)
    return Wanted(username=username, change=Change(**values), is_active=is_active)


def wanted_patch(found: Mapping[str, Any]) -> Wanted:
    """What a PATCH says: RFC 7644 section 3.5.2, `add` and `replace`, with a path or without."""
    if PATCH not in found.get("schemas", []):
        raise ScimError(400, f"`schemas` does not name {PATCH}.", "invalidSyntax")
    operations = found.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise ScimError(400, "`Operations` is no list with an operation.", "invalidSyntax")
    merged: dict[str, Any] = {}
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimError(400, "An operation is no object.", "invalidSyntax")
        verb = str(operation.get("op", "")).lower()
        if verb not in ("add", "replace"):
            raise ScimError(400, "Only `add` and `replace` are taken here.", "invalidSyntax")
        path, value = operation.get("path"), operation.get("value")
        if path is None:
            if not isinstance(value, dict):
                raise ScimError(400, "Without a path the value is an object.", "invalidValue")
            merged |= value
        else:
            merged |= {_known_path(path): value}
    return wanted_user(merged)


def username_in(text: str) -> str:
    """The name that a filter asks for: `userName eq "ada"` is the one that is taken."""
    found = _FILTER.fullmatch(text)
    if found is None:
        raise ScimError(400, 'Filter by `userName eq "…"` alone.', "invalidFilter")
    return str(json.loads(f'"{found[1]}"')) if "\\" in found[1] else found[1]


def _known_path(path: object) -> str:
    name = str(path)
    short = name.removeprefix(f"{OURS}:")
    known = {"active", "displayname", "name.formatted", "username", OURS.lower(), *_OURS}
    if short.lower() not in known:
        raise ScimError(400, f"Nothing stands under the path {name!r} here.", "invalidPath")
    return short


def _attribute(name: str, value: Any) -> dict[str, Any]:
    key = name.lower()
    if key in ("displayname", "name.formatted"):
        return {"name": _text(name, value)}
    if key == OURS.lower():
        if not isinstance(value, dict):
            raise ScimError(400, f"{OURS} is an object.", "invalidValue")
        told = [_attribute(inner, one) for inner, one in value.items() if inner.lower() in _OURS]
        return {field: one for item in told for field, one in item.items()}
    if key == "role":
        return {"role": _role(value)}
    if key == "regions":
        if not isinstance(value, list):
            raise ScimError(400, "`regions` is a list of texts.", "invalidValue")
        return {"regions": [_text(name, item) for item in value]}
    if key in _OURS:
        return {_OURS[key]: _text(name, value, may_be_empty=True)}
    return {}


def _role(value: object) -> Role:
    if value not in set(Role):
        raise ScimError(400, "`role` is one of " + ", ".join(sorted(Role)), "invalidValue")
    return Role(str(value))


def _text(name: str, value: object, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or not (value.strip() or may_be_empty):
        raise ScimError(400, f"`{name}` is a text of 1 to {_LONGEST} characters.", "invalidValue")
    return value.strip()


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ScimError(400, "`active` is true or false.", "invalidValue")
