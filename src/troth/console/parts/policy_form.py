"""How does one version of a policy stand in a form, and which version does a form say?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from django.http import QueryDict

from troth.core.ledger.canonical import instant_text
from troth.core.policies.differences import Difference, differences, title_of
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import refuse
from troth.core.policies.scopes import Layer
from troth.core.policies.specs import InputSpec, OutputSpec, PolicyKind
from troth.core.policies.typed_tables import Looked, look, sheet_text
from troth.core.policies.versions import (
    InvalidPolicyError,
    PolicyVersion,
    from_document,
    validate,
)
from troth.store.queries.policy_editing import Editable

_WHOLE = re.compile(r"[+-]?\d+")
_BY_FIELD = ("effective_from", "reason")
_OUTPUT = "output:"
_OF_OUTPUT = re.compile(r"outputs\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class OutputField:
    """One output of the kind, as it stands in the form."""

    spec: OutputSpec
    text: str
    fault: str
    has_lines: bool  # it is written over several lines, as a policy file has it

    @property
    def name(self) -> str:
        return _OUTPUT + self.spec.name


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """A column that the table can have."""

    kind: str  # input, output
    name: str
    label: str
    hint: str  # the type, the unit, the values there are
    about: str
    values: tuple[str, ...]  # what a cell may be filled with, as FEEL


@dataclass(kw_only=True)
class PolicyForm:
    """What somebody typed, and what is to be said about it."""

    held: Editable
    typed: dict[str, str]
    looked: Looked = field(default_factory=lambda: Looked(document=None))
    faults: dict[str, str] = field(default_factory=dict)  # by the name of the field
    others: list[str] = field(default_factory=list)  # of no field
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> PolicyKind:
        return kind_named(self.held.version.kind)

    @property
    def is_readable(self) -> bool:
        """Whether it can be written down."""
        return self.looked.is_readable and not self.faults and not self.others

    @property
    def is_guardrail(self) -> bool:
        """Whether it says bounds and no values."""
        return self.held.version.scope.layer is Layer.GUARDRAIL

    @property
    def may_have_table(self) -> bool:
        """Whether its kind has something to ask for, and it is no guardrail."""
        return bool(self.kind.inputs) and not self.is_guardrail

    @property
    def begins_before(self) -> bool:
        """Whether it begins from a version that is not the last."""
        last = self.held.last
        return not self.held.documents and last is not None and last.id != self.held.version.id

    @property
    def columns(self) -> list[ColumnChoice]:
        """What a table of this kind may ask for, and what it may answer in this layer."""
        layer = self.held.version.scope.layer
        asked = [_choice("input", spec, label=spec.name, of=spec.type) for spec in self.kind.inputs]
        return asked + [
            _choice("output", spec, label=spec.label, of=spec.type)
            for spec in self.kind.outputs
            if layer in spec.layers
        ]

    @property
    def fields(self) -> list[OutputField]:
        """The outputs that a version of this layer may answer."""
        layer = self.held.version.scope.layer
        return [
            OutputField(
                spec=spec,
                text=self.typed.get(_OUTPUT + spec.name, ""),
                fault=self.faults.get(_OUTPUT + spec.name, ""),
                has_lines=_has_lines(spec) and not self.is_guardrail,
            )
            for spec in self.kind.outputs
            if layer in spec.layers
        ]

    def read(self) -> None:
        """Read what is typed, and find all that is wrong with it."""
        scope = self.held.version.scope

        def is_answerable(name: str, path: str) -> None:
            if scope.layer not in self.kind.by_name[name].layers:
                layers = ", ".join(self.kind.by_name[name].layers)
                refuse(path, str(scope), f"a scope in {layers}", "Remove the column.")

        self.looked = look(self.kind, self.typed["table"], is_answerable=is_answerable)
        self.document = self._document()
        for fault in validate(self._filled()):
            told = f"Found {fault.found}, expected {fault.expected}. {fault.remedy}"
            name = _field_of(fault.path)
            if name is not None:
                self.faults.setdefault(name, told)
            elif not fault.path.startswith(("table", "published_at")):
                self.others.append(f"{fault.path}: {told}")

    def _filled(self) -> dict[str, Any]:
        """The document with what is known when it is drafted."""
        number = 1 if self.held.last is None else self.held.last.number + 1
        known = {"number": number, "published_at": self.document.get("effective_from")}
        return {**known, "author": "-", **self.document}

    def version(self) -> PolicyVersion | None:
        """The version that it says; None where it says none yet."""
        filled = self._filled()
        filled["reason"] = filled["reason"] or "-"  # the words can wait, what changes cannot
        try:
            return from_document(filled)
        except InvalidPolicyError:
            return None

    def differences(self) -> tuple[Difference, ...] | None:
        """What it would change against what was published last; None: it cannot be read yet."""
        version = self.version() if self.looked.is_readable else None
        return None if version is None else differences(self.held.last, version)

    def _document(self) -> dict[str, Any]:
        old = self.held.document
        kept = {key: old[key] for key in ("kind", "scope", "effective_to", "clause", "audience")
                if old.get(key) is not None}  # fmt: skip
        # Known since another day than it holds from: that was said on purpose.
        known = old.get("published_at")
        if self.held.documents and known not in (None, old.get("effective_from")):
            kept["published_at"] = known
        kept["effective_from"] = _instant(self.typed["effective_from"])
        if self.held.documents and self.typed["effective_from"] == _field_text(
            self.held.version.effective_from
        ):
            kept["effective_from"] = old["effective_from"]  # to the microsecond
        kept["reason"] = self.typed["reason"]
        kept["outputs"] = {
            spec.name: self._value(spec)
            for spec in self.kind.outputs
            if self.typed.get(_OUTPUT + spec.name, "").strip()
        }
        if self.looked.document:
            kept["table"] = self.looked.document
        return kept

    def _value(self, spec: OutputSpec) -> Any:
        text = self.typed[_OUTPUT + spec.name].strip()
        if self.is_guardrail:
            text = text if text.startswith("{") else f"{{{text}}}"
        elif spec.type in ("text", "decimal"):
            return text
        if spec.type == "integer" and _WHOLE.fullmatch(text):
            return int(text)
        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            return text


def opened(held: Editable, *, effective_from: datetime, title: str, reason: str) -> PolicyForm:
    """The form as it stands when it is opened."""
    version = held.version
    typed = {
        "table": sheet_text(version.table),
        "effective_from": _field_text(effective_from),
        "title": title,
        "reason": reason,
        "seen": held.seen,
    }
    for name, value in held.document["outputs"].items():
        if value is not None:
            spec = kind_named(version.kind).by_name[name]
            is_rail = version.scope.layer is Layer.GUARDRAIL
            typed[_OUTPUT + name] = _bound_shown(value) if is_rail else _shown(spec, value)
    return PolicyForm(held=held, typed=typed)


def sent(held: Editable, found: QueryDict) -> PolicyForm:
    """The form as somebody sent it, everything as it was typed."""
    typed = dict.fromkeys(("table", "effective_from", "title", "reason", "seen", "over"), "")
    for name, value in found.items():
        if name in typed or name.startswith(_OUTPUT):
            typed[name] = str(value).replace("\0", "").replace("\r\n", "\n")
    for name in ("title", "reason", "effective_from", "seen", "over"):
        typed[name] = typed[name].strip()
    return PolicyForm(held=held, typed=typed)


def heading(held: Editable) -> str:
    """Whose policy it is."""
    told = title_of(held.version)
    return told[:1].upper() + told[1:]


def _has_lines(spec: OutputSpec) -> bool:
    return spec.type == "mapping" or (spec.item is not None and spec.item.type == "mapping")


def _shown(spec: OutputSpec, value: Any) -> str:
    if isinstance(value, str):
        return value
    if _has_lines(spec):
        dumped = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=72)
        return str(dumped).strip()
    return json.dumps(value, ensure_ascii=False)


def _bound_shown(bound: Mapping[str, Any]) -> str:
    """ "minimum: 1, maximum: 50"."""
    shown = {key: item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
             for key, item in bound.items()}  # fmt: skip
    return ", ".join(f"{key}: {text}" for key, text in shown.items())


def _field_text(at: datetime) -> str:
    """An instant as a field for a day and a time has it, in UTC."""
    return instant_text(at)[:19].removesuffix(":00")


def _instant(text: str) -> str:
    """What a browser sends of a day and a time, which the form says is UTC."""
    return f"{text}Z" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", text) else text


def _choice(kind: str, spec: InputSpec | OutputSpec, *, label: str, of: str) -> ColumnChoice:
    values = tuple(f'"{item}"' if isinstance(item, str) else str(item) for item in spec.allowed)
    return ColumnChoice(
        kind=kind,
        name=spec.name,
        label=label,
        hint=", ".join(str(item) for item in spec.allowed) or spec.unit or of,
        about=spec.about,
        values=("true", "false") if of == "boolean" else values,
    )


def _field_of(path: str) -> str | None:
    """The field of the form that a fault is about; None: no one field."""
    if path in _BY_FIELD:
        return path
    found = _OF_OUTPUT.match(path)
    return None if found is None else _OUTPUT + found[1]


def columns_json(columns: list[ColumnChoice]) -> str:
    """What the script has to know of the columns, by `kind:name`."""
    found: Mapping[str, Any] = {
        f"{item.kind}:{item.name}": {"label": item.label, "hint": item.hint, "about": item.about}
        for item in columns
    }
    return json.dumps(found, ensure_ascii=False)
