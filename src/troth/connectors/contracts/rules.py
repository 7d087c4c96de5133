"""Which rules has each value of a field to keep, by its contract?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import duckdb
import yaml

from troth.connectors.contracts.shapes import Rule, Test
from troth.connectors.mapping.nodes import Faults, Node, is_null, node_of

Entries = Mapping[str, tuple[Node, Node]]
_QUALITY = (
    *("id", "name", "description", "type", "metric", "rule", "arguments", "unit", "dimension"),
    *("method", "severity", "businessImpact", "customProperties", "tags", "scheduler", "schedule"),
    *("authoritativeDefinitions", "query", "engine", "implementation"),
)
_OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan"),
    *("mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
_METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
_BOUNDS = {
    "minimum": (">=", "at least"),
    "exclusiveMinimum": (">", "more than"),
    "maximum": ("<=", "at most"),
    "exclusiveMaximum": ("<", "less than"),
}
_RANGED = (*_BOUNDS, "format")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": (*_RANGED, "multipleOf"),
    "integer": (*_RANGED, "multipleOf"),
    "date": _RANGED,
    "timestamp": (*_RANGED, "timezone", "defaultTimezone"),
    "time": (*_RANGED, "timezone", "defaultTimezone"),
    "boolean": (),
    "object": ("maxProperties", "minProperties", "required"),
    "array": ("maxItems", "minItems", "uniqueItems"),
}


@dataclass
class RuleReader:
    """Reads the rules of one field; where they are wrong, that is a fault."""

    faults: Faults
    is_at_entry: bool
    found: list[Rule]

    def add(self, node: Node, test: Test, says: str, asks: str, **more: object) -> None:
        self.found.append(
            Rule(
                test=test,
                says=says,
                asks=asks,
                is_at_entry=self.is_at_entry,
                file=self.faults.file,
                line=node.start_mark.line + 1,
                **more,  # type: ignore[arg-type]
            )
        )

    def read_flags(self, entries: Entries) -> None:
        """`required` and `unique`."""
        asks = {"required": "a value", "unique": "a value that no other record has"}
        for name in ("required", "unique"):
            node = node_of(entries, name)
            if node is not None and self.faults.flag(node, of=f"`{name}`"):
                test: Test = "required" if name == "required" else "unique"
                self.add(node, test, name, asks[name])

    def read_options(self, entries: Entries, logical_type: str) -> None:
        """`logicalTypeOptions`."""
        node = node_of(entries, "logicalTypeOptions")
        if node is None:
            return
        if not logical_type:
            self.faults.add(node, "`logicalTypeOptions` needs a `logicalType` beside it")
            return
        known = OPTIONS[logical_type]
        options = self.faults.entries(
            node, of=f"`logicalTypeOptions` of {logical_type}", known=known
        )
        self._lengths(options)
        for name, (sign, words) in _BOUNDS.items():
            bound = node_of(options, name)
            if bound is not None:
                value = self._bound(bound, name, logical_type)
                says = f"logicalTypeOptions.{name}"
                self.add(bound, "range", says, f"{words} {value}", bounds=((sign, value),))
        step = node_of(options, "multipleOf")
        if step is not None:
            value = self._bound(step, "multipleOf", "number")
            self.add(
                step,
                "step",
                "logicalTypeOptions.multipleOf",
                f"a multiple of {value}",
                bounds=(("%", value),),
            )
        pattern = node_of(options, "pattern")
        if pattern is not None:
            self._pattern(pattern, "logicalTypeOptions.pattern")

    def read_quality(self, node: Node) -> None:
        """One rule of `quality` of a field."""
        entries = self.faults.entries(node, of="a quality rule", known=(*_QUALITY, *_OPERATORS))
        kind = node_of(entries, "type")
        word = self.faults.choice(kind, _KINDS, of="`type`") if kind is not None else "library"
        if word != "library":
            return  # for people, or for another engine; nothing here runs it
        metric = node_of(entries, "metric")
        if metric is None:
            self.faults.add(node, "a quality rule of type library has no `metric`")
            return
        name = self.faults.choice(metric, _METRICS, of="`metric`")
        if not self._is_of_every_row(node, entries):
            return
        arguments = node_of(entries, "arguments")
        known = ("validValues", "pattern", "missingValues", "properties")
        given = (
            self.faults.entries(arguments, of="`arguments`", known=known)
            if arguments is not None
            else {}
        )
        self._metric(metric, name, given)

    def _metric(self, node: Node, name: str, given: Entries) -> None:
        says = f"quality.{name}"
        if name == "nullValues":
            self.add(node, "required", says, "a value")
        elif name == "duplicateValues":
            self.add(node, "unique", says, "a value that no other record has")
        elif name == "missingValues":
            words = self._words(node, given, "missingValues")
            shown = ", ".join(repr(word) for word in words)
            self.add(node, "missing", says, f"none of {shown}", words=words)
        elif name == "invalidValues":
            if not {"validValues", "pattern"} & given.keys():
                self.faults.add(node, "invalidValues needs `validValues` or `pattern`")
            if "validValues" in given:
                words = self._words(node, given, "validValues")
                self.add(node, "values", says, f"one of {', '.join(words)}", words=words)
            pattern = node_of(given, "pattern")
            if pattern is not None:
                self._pattern(pattern, says)
        elif name == "rowCount":
            self.faults.add(node, "rowCount is of a whole object, not of a field")

    def _is_of_every_row(self, node: Node, entries: Entries) -> bool:
        said = [name for name in _OPERATORS if name in entries]
        zero = node_of(entries, "mustBe")
        is_zero = zero is not None and self.faults.text(zero, of="`mustBe`") in ("0", "0.0")
        if said == ["mustBe"] and is_zero:
            return True
        self.faults.add(
            node,
            "a library rule is held row by row here, so it must say `mustBe: 0`, and nothing "
            f"else; it says {', '.join(said) or 'nothing'}. For shares of rows use `type: custom`",
        )
        return False

    def _words(self, node: Node, given: Entries, name: str) -> tuple[str, ...]:
        found = given.get(name)
        if found is None:
            self.faults.add(node, f"this metric needs `{name}` among its `arguments`")
            return ()
        if not isinstance(found[1], yaml.SequenceNode) or not found[1].value:
            self.faults.add(found[1], f"`{name}` must be a list of at least one value")
            return ()
        return tuple("" if is_null(item) else str(item.value) for item in found[1].value)

    def _lengths(self, options: Entries) -> None:
        for name, sign, words in (("minLength", ">=", "at least"), ("maxLength", "<=", "at most")):
            node = node_of(options, name)
            if node is None:
                continue
            value = self.faults.text(node, of=f"`{name}`")
            if not value.isdecimal():
                self.faults.add(node, f"`{name}` must be a whole number from 0, not {value!r}")
                continue
            self.add(
                node,
                "length",
                f"logicalTypeOptions.{name}",
                f"{words} {value} characters",
                bounds=((sign, value),),
            )

    def _bound(self, node: Node, name: str, logical_type: str) -> str:
        value = self.faults.text(node, of=f"`{name}`")
        if logical_type in ("number", "integer"):
            try:
                is_sound = Decimal(value).is_finite()
            except InvalidOperation:
                is_sound = False
            if name == "multipleOf" and is_sound and Decimal(value) <= 0:
                is_sound = False
            expected = "a number"
        else:
            is_sound, expected = _is_dated(value), "a date or a date-time (ISO 8601)"
        if not is_sound:
            self.faults.add(node, f"`{name}` must be {expected}, not {value!r}")
        return value

    def _pattern(self, node: Node, says: str) -> None:
        pattern = self.faults.text(node, of="`pattern`")
        try:
            duckdb.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
        except duckdb.Error as wrong:
            reason = str(wrong).splitlines()[0]
            self.faults.add(node, f"`pattern` {pattern!r} cannot be read (RE2): {reason}")
            return
        self.add(node, "pattern", says, f"what matches {pattern}", words=(pattern,))


_KINDS = ("library", "text", "sql", "custom")


def _is_dated(value: str) -> bool:
    try:
        duckdb.execute("SELECT CAST(? AS TIMESTAMP)", [value]).fetchall()
    except duckdb.Error:
        return False
    return True
