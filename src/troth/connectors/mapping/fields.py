"""Is the mapping of one field sound, and what does it say?"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import yaml

from troth.connectors.errors import did_you_mean
from troth.connectors.mapping.nodes import Faults, Node, is_null, node_of
from troth.connectors.mapping.shapes import FieldMap, Moment
from troth.core.records.fields import FieldSpec, FieldType

_DATED = (FieldType.INSTANT, FieldType.DATE)
_PAIRED = (FieldType.MONEY, FieldType.QUANTITY)

# Which option belongs to which types; `None`: to all.
_OPTIONS: dict[str, tuple[FieldType, ...] | None] = {
    "column": None,
    "constant": None,
    "values": tuple(kind for kind in FieldType if kind not in _PAIRED),
    "known_at": None,
    "before": tuple(kind for kind in FieldType if kind not in _PAIRED),
    "format": _DATED,
    "time_zone": (FieldType.INSTANT,),
    "end_of_day": (FieldType.INSTANT,),
    "system": (FieldType.KEY,),
    "currency": (FieldType.MONEY,),
    "currency_column": (FieldType.MONEY,),
    "unit": (FieldType.QUANTITY,),
    "unit_column": (FieldType.QUANTITY,),
    "units": (FieldType.QUANTITY,),
    "factor": (FieldType.DECIMAL, FieldType.QUANTITY, FieldType.MONEY),
}
_EPOCHS = ("unix", "unix_ms")
_STRPTIME = re.compile(r"%(-?[dmyHIMSjf]|[aAbBYpfzZgnuwGVUWxXc%])")


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a field takes over from its source."""

    system: str
    time_zone: str
    places: frozenset[str] = frozenset()  # of `database` and `api`, those that the source names


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def read_zone(faults: Faults, node: Node, *, of: str) -> str:
    """An IANA zone's name."""
    name = faults.text(node, of=of)
    if name and name not in known_zones():
        hint = did_you_mean(name, known_zones())
        faults.add(node, f"{of}: there is no time zone {name!r}{hint}; write it as Europe/Berlin")
        return "UTC"
    return name or "UTC"


def read_formats(faults: Faults, node: Node, *, of: str) -> tuple[str, ...]:
    """One date format or several that are tried in turn, in strptime's letters."""
    formats = faults.texts(node, of=of)
    for text in formats:
        if text not in _EPOCHS and not _STRPTIME.search(text):
            expected = "letters as in %d.%m.%Y %H:%M, or unix, or unix_ms"
            faults.add(node, f"{of}: {text!r} is no date format; it takes {expected}")
        elif "%" in _STRPTIME.sub("", text):
            faults.add(node, f"{of}: {text!r} holds a % that is no part of a date")
    if len({"%z" in text or text in _EPOCHS for text in formats}) > 1:
        faults.add(node, f"{of}: either all formats carry an offset (%z, unix) or none does")
    return formats


def read_moment(faults: Faults, node: Node | None, *, of: str) -> Moment:
    """A column, a list of columns, or a column with its own format and time zone."""
    if node is None:
        return Moment()
    if not isinstance(node, yaml.MappingNode):
        return Moment(columns=faults.texts(node, of=of))
    entries = faults.entries(node, of=of, known=("column", "format", "time_zone"))
    column, form, zone = (node_of(entries, name) for name in ("column", "format", "time_zone"))
    if column is None:
        faults.add(node, f"{of} names no column")
        return Moment()
    return Moment(
        columns=faults.texts(column, of=f"{of}.column"),
        formats=read_formats(faults, form, of=f"{of}.format") if form else None,
        time_zone=read_zone(faults, zone, of=f"{of}.time_zone") if zone else None,
    )


def read_field(faults: Faults, node: Node, spec: FieldSpec, defaults: Defaults) -> FieldMap:
    """One field's mapping: a column's name, or a mapping of options."""
    of = f"`{spec.name}`"
    if not isinstance(node, yaml.MappingNode):
        if spec.type in _PAIRED:
            _tell_missing_pair(faults, node, spec)
        columns = faults.texts(node, of=of)
        _check_columns(faults, node, spec, columns)
        return FieldMap(
            spec=spec, columns=columns, system=defaults.system, time_zone=defaults.time_zone
        )
    entries = faults.entries(node, of=of, known=(*_OPTIONS, "type"))
    for name, (key, _) in entries.items():
        types = _OPTIONS.get(name)
        if types is not None and spec.type not in types:
            takers = ", ".join(types)
            faults.add(key, f"{of} is a {spec.type} field; `{name}` belongs to {takers} fields")
    _check_sources(faults, node, entries, spec)
    return _read_options(_Options(faults, spec, entries), defaults)


@dataclass(frozen=True)
class _Options:
    """The options of one field, read one by one."""

    faults: Faults
    spec: FieldSpec
    entries: Mapping[str, tuple[Node, Node]]

    def node(self, name: str) -> Node | None:
        return node_of(self.entries, name)

    def of(self, name: str) -> str:
        return f"`{self.spec.name}.{name}`"

    def text(self, name: str) -> str | None:
        node = self.node(name)
        return None if node is None else self.faults.text(node, of=self.of(name))

    def flag(self, name: str) -> bool:
        node = self.node(name)
        return node is not None and self.faults.flag(node, of=self.of(name))

    def value(self, name: str) -> str | None:
        node = self.node(name)
        return None if node is None else read_value(self.faults, node, self.spec, of=self.of(name))


def _read_options(options: _Options, defaults: Defaults) -> FieldMap:
    faults, spec = options.faults, options.spec
    column, form, zone = options.node("column"), options.node("format"), options.node("time_zone")
    values, has_otherwise, otherwise = _read_values(options)
    columns = faults.texts(column, of=options.of("column")) if column else ()
    if column:
        _check_columns(faults, column, spec, columns)
    return FieldMap(
        spec=spec,
        columns=columns,
        constant=options.value("constant"),
        values=values,
        has_otherwise=has_otherwise,
        otherwise=otherwise,
        before=options.value("before"),
        known_at=read_moment(faults, options.node("known_at"), of=options.of("known_at")),
        formats=read_formats(faults, form, of=options.of("format")) if form else (),
        time_zone=read_zone(faults, zone, of=options.of("time_zone"))
        if zone
        else defaults.time_zone,
        is_end_of_day=options.flag("end_of_day"),
        system=options.text("system") or defaults.system,
        currency=_read_currency(options),
        currency_column=options.text("currency_column"),
        unit=options.text("unit"),
        unit_column=options.text("unit_column"),
        units=_read_units(options),
        factor=_read_factor(options),
    )


def _read_values(
    options: _Options,
) -> tuple[tuple[tuple[str | None, str | None], ...] | None, bool, str | None]:
    """(source's word → ours, whether "*" stands there, what "*" becomes)."""
    node = options.node("values")
    if node is None or options.spec.type in _PAIRED:
        return None, False, None
    pairs: list[tuple[str | None, str | None]] = []
    has_otherwise, otherwise = False, None
    for key, target in options.faults.entries(node, of=options.of("values")).values():
        ours = (
            None
            if is_null(target)
            else read_value(options.faults, target, options.spec, of=options.of("values"))
        )
        if str(key.value) == "*":
            has_otherwise, otherwise = True, ours
        else:
            pairs.append((None if is_null(key) else str(key.value), ours))
    return tuple(pairs), has_otherwise, otherwise


def _read_currency(options: _Options) -> str | None:
    node, currency = options.node("currency"), options.text("currency")
    if node and currency and not re.fullmatch("[A-Z]{3}", currency):
        expected = "three capital letters of ISO 4217, such as EUR"
        options.faults.add(node, f"{options.of('currency')} is {currency!r}; it takes {expected}")
    return currency


def _read_units(options: _Options) -> tuple[tuple[str, str], ...] | None:
    node = options.node("units")
    if node is None:
        return None
    pairs = options.faults.entries(node, of=options.of("units")).items()
    return tuple(
        (theirs, options.faults.text(ours, of=options.of("units"))) for theirs, (_, ours) in pairs
    )


def _read_factor(options: _Options) -> str:
    node, factor = options.node("factor"), options.text("factor") or "1"
    if node and not re.fullmatch(r"-?\d{1,8}(\.\d{1,6})?", factor):
        expected = "a number below 100 million with at most six decimals"
        options.faults.add(node, f"{options.of('factor')} is {factor!r}; it takes {expected}")
        return "1"
    return factor


def _check_columns(faults: Faults, node: Node, spec: FieldSpec, columns: tuple[str, ...]) -> None:
    joinable = (FieldType.KEY, FieldType.TEXT)
    if len(columns) > 1 and spec.type not in joinable:
        faults.add(node, f"`{spec.name}` is a {spec.type} field and takes one column")


def _check_sources(
    faults: Faults, node: Node, entries: Mapping[str, tuple[Node, Node]], spec: FieldSpec
) -> None:
    of = f"`{spec.name}`"
    if ("column" in entries) == ("constant" in entries):
        faults.add(node, f"{of} needs either `column` or `constant`")
    if "before" in entries and "known_at" not in entries:
        faults.add(entries["before"][0], f"{of}: `before` means nothing without `known_at`")
    if "end_of_day" in entries and ("column" not in entries or "values" in entries):
        text = f"{of}: `end_of_day` belongs to a `column` that holds days, without `values`"
        faults.add(entries["end_of_day"][0], text)
    if "units" in entries and "unit_column" not in entries:
        faults.add(entries["units"][0], f"{of}: `units` means nothing without `unit_column`")
    if spec.type in _PAIRED:
        literal, column = (
            ("currency", "currency_column")
            if spec.type is FieldType.MONEY
            else ("unit", "unit_column")
        )
        if literal not in entries and column not in entries:
            _tell_missing_pair(faults, node, spec)
        elif literal in entries and column in entries:
            faults.add(node, f"{of} says both `{literal}` and `{column}`; one is enough")


def _tell_missing_pair(faults: Faults, node: Node, spec: FieldSpec) -> None:
    example = (
        "`{column: amount, currency: EUR}` or `currency_column`"
        if spec.type is FieldType.MONEY
        else "`{column: amount, unit: piece}` or `unit_column`"
    )
    faults.add(node, f"`{spec.name}` is a {spec.type} field; write {example}")


def read_value(faults: Faults, node: Node, spec: FieldSpec, *, of: str) -> str | None:
    """A value that the mapping itself gives to a field, checked against the field's type."""
    text = faults.text(node, of=of)
    if spec.type is FieldType.CODE:
        return faults.choice(node, spec.allowed, of=of) or None
    expected = _EXPECTED.get(spec.type)
    if expected is not None and not _is_value(spec.type, text):
        faults.add(node, f"{of} is {text!r}; a {spec.type} field takes {expected}")
        return None
    return text.casefold() if spec.type is FieldType.BOOLEAN else text


_EXPECTED = {
    FieldType.INTEGER: "a whole number",
    FieldType.DECIMAL: "a number such as 12.5",
    FieldType.MONEY: "a number such as 12.5",
    FieldType.QUANTITY: "a number such as 12.5",
    FieldType.BOOLEAN: "true or false",
    FieldType.INSTANT: "a date-time with its offset, such as 2024-05-01T08:00:00+02:00",
    FieldType.DATE: "a day such as 2024-05-01",
}


def _is_value(field_type: FieldType, text: str) -> bool:
    try:
        if field_type is FieldType.INTEGER:
            return abs(int(text)) < 2**63
        if field_type in (FieldType.DECIMAL, *_PAIRED):
            return abs(Decimal(text)) < 10**18
        if field_type is FieldType.BOOLEAN:
            return text.casefold() in ("true", "false")
        if field_type is FieldType.INSTANT:
            return datetime.fromisoformat(text).tzinfo is not None
        if field_type is FieldType.DATE:
            return bool(date.fromisoformat(text))
    except (ValueError, InvalidOperation):
        return False
    return True
