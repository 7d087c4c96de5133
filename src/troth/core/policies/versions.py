"""What is one version of a policy, and what is wrong with a document that should be one?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from troth.core.calendars.errors import NaiveInstantError
from troth.core.ledger.canonical import digest, plain
from troth.core.policies.audiences import Audience, audience_document, audience_of
from troth.core.policies.kinds import BY_NAME
from troth.core.policies.outputs import Fault, FaultError, read_value, refuse, unknown_key
from troth.core.policies.scopes import Layer, Scope, ScopeError, parse_scope
from troth.core.policies.specs import OutputSpec, PolicyKind
from troth.core.policies.table_documents import read_table, table_document
from troth.core.policies.tables import PolicyTable

_KEYS = (
    "kind",
    "scope",
    "number",
    "effective_from",
    "effective_to",
    "published_at",
    "outputs",
    "author",
    "reason",
    "clause",
    "table",
    "audience",
)
_BOUNDS = ("minimum", "maximum", "allowed")


@dataclass(frozen=True, kw_only=True)
class PolicyVersion:
    """What was promised or allowed for one scope, from one instant on, as published once.

    It is in force at t where effective_from ≤ t < effective_to, unless a version of the same
    kind and scope that was published later covers t too; it is known from `published_at` on.
    Its instants are kept in UTC. Raises NaiveInstantError.
    """

    kind: str
    scope: Scope
    number: int  # counts the versions of one kind and scope
    effective_from: datetime
    effective_to: datetime | None  # exclusive; None: until superseded
    published_at: datetime
    outputs: Mapping[str, Any]  # null is no answer; a guardrail's: {minimum, maximum, allowed}
    author: str
    reason: str
    clause: str | None = None  # the clause of a signed document that it fulfils
    # Rules that depend on the case. Where none of them matches, `outputs` is what holds.
    table: PolicyTable | None = None
    # For whom within the scope it holds; None: for all of it. Others have the version below.
    audience: Audience | None = None

    def __post_init__(self) -> None:
        # Python compares two instants of one zone by the clock on the wall, which goes back once
        # a year; in UTC they compare as instants.
        for name in ("effective_from", "effective_to", "published_at"):
            at = getattr(self, name)
            if at is not None and at.tzinfo is not UTC:
                object.__setattr__(self, name, as_instant(at))

    @cached_property
    def id(self) -> str:
        """The digest of all that it says: "pol_" and 24 hex digits."""
        return "pol_" + digest(to_document(self))[:24]


def as_instant(at: datetime) -> datetime:
    """The same instant in UTC. Raises NaiveInstantError."""
    if at.tzinfo is None:
        raise NaiveInstantError(found=at)
    return at.astimezone(UTC)


class InvalidPolicyError(ValueError):
    """This document is no policy version. Correct what each fault names, and publish again."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(" ".join(fault.sentence for fault in faults))


def to_document(version: PolicyVersion) -> dict[str, Any]:
    """The plain mapping that `from_document` reads: decimals as text, instants in UTC."""
    document: dict[str, Any] = plain(
        {key: getattr(version, key) for key in _KEYS if key not in ("scope", "table", "audience")}
        | {"scope": str(version.scope)}
    )
    # Left out where there is none, so that versions from before there were any keep their ids.
    if version.table is not None:
        document["table"] = table_document(version.table)
    if version.audience is not None:
        document["audience"] = audience_document(version.audience)
    return document


def from_document(document: Mapping[str, Any]) -> PolicyVersion:
    """A version from a plain mapping, as YAML or JSON gives it. Raises InvalidPolicyError."""
    faults, fields = _read(document)
    if faults:
        raise InvalidPolicyError(tuple(faults))
    return PolicyVersion(**fields)


def from_written(document: Mapping[str, Any]) -> PolicyVersion:
    """The same of a document that leaves its number or its date to whoever publishes it.

    It counts as the first of its kind and scope, known once it is in force. Raises
    InvalidPolicyError.
    """
    return from_document({"number": 1, "published_at": document.get("effective_from"), **document})


def validate(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Everything that is wrong with a document, in the order of its keys; empty: nothing."""
    return tuple(_read(document)[0])


def _read(document: Any) -> tuple[list[Fault], dict[str, Any]]:
    if not isinstance(document, Mapping):
        remedy = f"Write one 'name: value' a line, with {', '.join(_KEYS)}."
        return [
            Fault(path="document", found=repr(document), expected="a mapping", remedy=remedy)
        ], {}
    faults = [unknown_key(str(key), key, _KEYS, "one of") for key in document if key not in _KEYS]
    fields: dict[str, Any] = {}
    for key in _KEYS:
        if key in ("outputs", "table", "audience"):
            continue
        try:
            fields[key] = _FIELDS[key](document.get(key), key)
        except FaultError as error:
            faults.append(error.fault)
    start, end = fields.get("effective_from"), fields.get("effective_to")
    if start and end and end <= start:
        faults.append(
            Fault(
                path="effective_to",
                found=str(end),
                expected=f"an instant after {start}",
                remedy="Correct it, or leave it out for a version without an end.",
            )
        )
    kind, scope = BY_NAME.get(fields.get("kind", "")), fields.get("scope")
    if kind and scope:
        fields["table"] = _table(kind, scope, document.get("table"), faults)
        is_needed = document.get("table") is None
        fields["outputs"] = _outputs(kind, scope, document.get("outputs"), faults, is_needed)
        fields["audience"] = audience_of(kind, scope.layer, document.get("audience"), faults)
    return faults, fields


def _table(kind: PolicyKind, scope: Scope, found: Any, faults: list[Fault]) -> PolicyTable | None:
    if found is None:
        return None
    if scope.layer is Layer.GUARDRAIL:
        remedy = "Bound the outputs with minimum, maximum or allowed."
        what = "no table: a guardrail holds for every case"
        faults.append(Fault(path="table", found="a table", expected=what, remedy=remedy))
        return None

    def is_answerable(name: str, path: str) -> None:
        _check_layer(kind.by_name[name], scope, path)

    table, found_faults = read_table(kind, found, path="table", is_answerable=is_answerable)
    faults.extend(found_faults)
    return table


def _outputs(
    kind: PolicyKind, scope: Scope, found: Any, faults: list[Fault], is_needed: bool
) -> dict[str, Any]:
    if not is_needed and (found is None or found == {}):
        return {}
    if not isinstance(found, Mapping) or not found:
        remedy = f"Give at least one of {', '.join(kind.by_name)}."
        faults.append(Fault(path="outputs", found=repr(found), expected="a mapping", remedy=remedy))
        return {}
    outputs: dict[str, Any] = {}
    for name, value in found.items():
        path, spec = f"outputs.{name}", kind.by_name.get(name)
        if spec is None:
            faults.append(unknown_key(path, name, kind.by_name, f"an output of {kind.name}"))
            continue
        try:
            _check_layer(spec, scope, path)
            is_bound = scope.layer is Layer.GUARDRAIL
            read = _read_bound if is_bound else read_value
            outputs[name] = read(spec, value, path=path)
        except FaultError as error:
            faults.append(error.fault)
    return outputs


def _check_layer(spec: OutputSpec, scope: Scope, path: str) -> None:
    if scope.layer not in spec.layers:
        layers = ", ".join(spec.layers)
        refuse(path, str(scope), f"a scope in {layers}", "Publish it for one of these layers.")


def _read_bound(spec: OutputSpec, found: Any, *, path: str) -> dict[str, Any] | None:
    """What a guardrail says of one output, without what it leaves open. Raises FaultError."""
    if found is None:
        return None
    if spec.type in ("list", "mapping"):
        refuse(path, found, "no guardrail on a list or a mapping", "Remove it.")
    if not isinstance(found, Mapping) or not found:
        refuse(path, found, "a mapping with minimum, maximum or allowed", "Give at least one.")
    bound: dict[str, Any] = {}
    for key, value in found.items():
        at = f"{path}.{key}"
        if key not in _BOUNDS:
            raise FaultError(unknown_key(at, key, _BOUNDS, "one of"))
        if key != "allowed" and not spec.is_number:
            refuse(at, value, f"'allowed', as {spec.name} is no number", "List what is allowed.")
        if key == "allowed":
            bound[key] = _read_allowed(spec, value, at)
        elif value is not None:
            bound[key] = read_value(spec, value, path=at)
    if not bound:
        refuse(path, found, "a minimum, a maximum or an allowed set", "Give at least one.")
    return bound


def _read_allowed(spec: OutputSpec, found: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(found, (list, tuple)) or not found or None in found:
        refuse(path, found, "a list of values", "Write it as [a, b].")
    return tuple(read_value(spec, item, path=f"{path}[{at}]") for at, item in enumerate(found))


def _kind(found: Any, path: str) -> str:
    if isinstance(found, str) and found in BY_NAME:
        return found
    raise FaultError(unknown_key(path, found, BY_NAME, "a policy kind"))


def _scope(found: Any, path: str) -> Scope:
    if isinstance(found, Scope):
        return found
    if not isinstance(found, str):
        refuse(path, found, "a layer and its key", "Write 'company' or, say, 'tier:gold'.")
    try:
        return parse_scope(found)
    except ScopeError as error:
        refuse(path, found, "a layer and its key, as 'tier:gold'", f"{error}.")


def _number(found: Any, path: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        refuse(path, found, "a whole number from 1", "Count the versions of this kind and scope.")
    return int(found)


def _instant(found: Any, path: str) -> datetime:
    value = found
    if isinstance(found, str):
        try:
            value = datetime.fromisoformat(found)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        remedy = "Write date, time and offset, as 2026-01-31T00:00:00+01:00."
        refuse(path, found if found is None else str(found), "an instant with its offset", remedy)
    return as_instant(value)


def _instant_or_none(found: Any, path: str) -> datetime | None:
    return None if found is None else _instant(found, path)


def _words(found: Any, path: str) -> str:
    if not isinstance(found, str) or not found.strip():
        refuse(path, found, "text", f"Say the {path} in words.")
    return found


def _words_or_none(found: Any, path: str) -> str | None:
    return None if found is None else _words(found, path)


_FIELDS = {
    "kind": _kind,
    "scope": _scope,
    "number": _number,
    "effective_from": _instant,
    "effective_to": _instant_or_none,
    "published_at": _instant,
    "author": _words,
    "reason": _words,
    "clause": _words_or_none,
}
