"""Which SQL gives each field of a record from a delivered row, and which tells its faults?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troth.connectors.columns import sql_type
from troth.connectors.mapping.shapes import FeedMap, FieldMap, Moment, SourceMap
from troth.connectors.staging.parsing import (
    Column,
    as_boolean,
    as_decimal,
    as_instant,
    as_integer,
    as_local,
    as_text,
)
from troth.connectors.staging.quoting import literal, text
from troth.connectors.staging.zones import end_of_day
from troth.core.records.fields import FieldType

_DATED = (FieldType.INSTANT, FieldType.DATE)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One way in which a row can be wrong."""

    code: str
    column: str  # the source's column
    is_broken: str  # SQL condition
    value: str  # SQL of what was found, as text
    message: str  # {column} and {value} are filled in
    is_landed: bool = False  # the row is let in all the same, and somebody looks at it


@dataclass
class Steps:
    """Expressions that are worked out once and then used by name, in two steps."""

    local: dict[str, str] = field(default_factory=dict)  # SQL → name; sees delivered columns
    typed: dict[str, str] = field(default_factory=dict)  # SQL → name; sees `local` as well

    def name_local(self, sql: str) -> str:
        return self.local.setdefault(sql, f"l{len(self.local)}")

    def name_typed(self, sql: str) -> str:
        return self.typed.setdefault(sql, f"t{len(self.typed)}")

    def over(self, relation: str) -> str:
        """A query of all columns of the relation and all named expressions."""
        inner = "".join(f", {sql} AS {name}" for sql, name in self.local.items())
        outer = "".join(f", {sql} AS {name}" for sql, name in self.typed.items())
        return f"SELECT *{outer} FROM (SELECT *{inner} FROM {relation})"


@dataclass(frozen=True, kw_only=True)
class FieldSql:
    """What one field becomes."""

    mapped: FieldMap
    columns: tuple[tuple[str, FieldType, str], ...]  # storage column, its type, SQL
    known_at: str | None  # SQL of the instant from which it is known


class Compiler:
    """One feed's mapping over the columns that were delivered."""

    def __init__(
        self, source: SourceMap, feed: FeedMap, columns: Mapping[str, Column], steps: Steps
    ) -> None:
        self.source = source
        self.feed = feed
        self.columns = columns
        self.steps = steps
        self.checks: list[Check] = []

    def key(self) -> str:
        """SQL of the record's key with its system in front; NULL where a part is missing."""
        for name in self.feed.key:
            value = as_text(self.columns[name])
            self._check(
                "row:key:missing",
                name,
                f"nullif(trim({value}), '') IS NULL",
                "the key column {column!r} is empty; give the row its key in the source",
            )
        return self.steps.name_typed(self._keyed(self.feed.key, self.source.system))

    def field(self, mapped: FieldMap) -> FieldSql:
        """The field's storage columns; its checks are added to `checks`."""
        kind, name = mapped.spec.type, mapped.spec.name
        if kind is FieldType.MONEY:
            columns = self._money(mapped)
        elif kind is FieldType.QUANTITY:
            columns = self._quantity(mapped)
        else:
            columns = [(name, kind, self._single(mapped))]
        if mapped.spec.is_required and mapped.columns:
            self._require(mapped, columns[0][2])
        known = self.moment(mapped.known_at) if mapped.known_at.columns else None
        return FieldSql(mapped=mapped, columns=tuple(columns), known_at=known)

    def region(self) -> str:
        """SQL of the region in which the row may be held: its own, or else the source's."""
        usual = text(self.source.region)
        mapped = self.feed.region
        if mapped is None:
            return usual
        ((_, _, sql),) = self.field(mapped).columns
        return self.steps.name_typed(f"coalesce(nullif(trim({sql}), ''), {usual})")

    def moment(self, moment: Moment) -> str:
        """The latest of a moment's columns, as a named instant."""
        parts = []
        for name in moment.columns:
            # A column that a field reads as a date is read here in the same way.
            reader = next(
                (f for f in self.feed.fields if f.spec.type in _DATED and f.columns == (name,)),
                None,
            )
            formats = moment.formats
            if formats is None:
                formats = reader.formats if reader else ()
            zone = moment.time_zone or (reader.time_zone if reader else self.source.time_zone)
            parts.append(self._instant(name, formats, zone))
        if len(parts) == 1:
            return parts[0]
        return f"greatest({', '.join(parts)})"

    def forbid_nul(self, columns: tuple[str, ...]) -> None:
        """Text of these columns may hold no NUL, which no database of ours can keep."""
        for name in columns:
            if self.columns[name].is_text:
                self._check(
                    "row:text:nul",
                    name,
                    f"contains({self.columns[name].sql}, chr(0))",
                    "{column!r} holds a NUL character; take it out in the source",
                )

    def _check(self, code: str, column: str, is_broken: str, message: str) -> None:
        value = as_text(self.columns[column])
        check = Check(code=code, column=column, is_broken=is_broken, value=value, message=message)
        if check not in self.checks:
            self.checks.append(check)

    def _require(self, mapped: FieldMap, value: str) -> None:
        sources = [as_text(self.columns[name]) for name in mapped.columns]
        is_empty = " OR ".join(f"nullif(trim({source}), '') IS NULL" for source in sources)
        self._check(
            "row:field:missing",
            mapped.columns[0],
            f"{value} IS NULL AND ({is_empty})",
            f"{{column!r}} is empty, and a {self.feed.kind.name} needs its `{mapped.spec.name}`; "
            "fill it in the source, or map another column",
        )

    def _single(self, mapped: FieldMap) -> str:
        kind = mapped.spec.type
        if mapped.constant is not None:
            return literal(mapped.constant, kind)
        if mapped.values is not None:
            return self._translated(mapped)
        if kind is FieldType.KEY:
            return self.steps.name_typed(self._keyed(mapped.columns, mapped.system))
        if kind is FieldType.TEXT:
            return self._joined(mapped.columns)
        if kind is FieldType.CODE:
            return self._code(mapped)
        column = mapped.columns[0]
        if kind in _DATED:
            if kind is FieldType.DATE:
                return self._day(mapped)
            return self._instant(
                column, mapped.formats, mapped.time_zone, is_end_of_day=mapped.is_end_of_day
            )
        return self._number(mapped)

    def _number(self, mapped: FieldMap) -> str:
        if mapped.constant is not None:
            return literal(mapped.constant, FieldType.DECIMAL)
        name, kind = mapped.columns[0], mapped.spec.type
        column = self.columns[name]
        if kind is FieldType.BOOLEAN:
            value, expected = as_boolean(column), "true or false, yes or no, 1 or 0"
        elif kind is FieldType.INTEGER:
            value, expected = as_integer(column, self.feed.format), "a whole number"
        else:
            value = self._scaled(column, mapped.factor)
            expected = f"a number with {self.feed.format.decimal!r} before its decimals"
        found = self.steps.name_typed(value)
        code = "integer" if kind is FieldType.INTEGER else "decimal"
        code = "boolean" if kind is FieldType.BOOLEAN else code
        self._check(
            f"row:{code}:unreadable",
            name,
            f"{column.sql} IS NOT NULL AND {found} IS NULL",
            f"{{column!r}} is {{value!r}}, which is not {expected}; correct it in the source, "
            f"or the `format` in the mapping",
        )
        return found

    def _scaled(self, column: Column, factor: str) -> str:
        number = as_decimal(column, self.feed.format)
        if factor == "1":
            return number
        # 24 + 14 digits is all that a product may have; what is larger is refused as unreadable.
        product = f"TRY_CAST({number} AS DECIMAL(24, 6)) * CAST({text(factor)} AS DECIMAL(14, 6))"
        return f"TRY_CAST({product} AS {sql_type(FieldType.DECIMAL)})"

    def _instant(
        self, name: str, formats: tuple[str, ...], zone: str, *, is_end_of_day: bool = False
    ) -> str:
        column = self.columns[name]
        local = self.steps.name_local(as_local(column, formats))
        instant = as_instant(column, local, formats, zone)
        found = self.steps.name_typed(end_of_day(instant, zone) if is_end_of_day else instant)
        expected = " or ".join(formats) if formats else "2024-01-31 08:30:00 (ISO 8601)"
        self._check(
            "row:date:unreadable",
            name,
            f"{column.sql} IS NOT NULL AND {found} IS NULL",
            f"{{column!r}} is {{value!r}}, which is no date-time like {expected}; correct it in "
            "the source, or the field's `format` in the mapping",
        )
        return found

    def _day(self, mapped: FieldMap) -> str:
        name = mapped.columns[0]
        column = self.columns[name]
        local = self.steps.name_local(as_local(column, mapped.formats))
        # The day that stands there: no time zone moves it.
        day = f"CASE WHEN year({local}) BETWEEN 1 AND 9999 THEN CAST({local} AS DATE) END"
        found = self.steps.name_typed(day)
        expected = " or ".join(mapped.formats) if mapped.formats else "2024-01-31 (ISO 8601)"
        self._check(
            "row:date:unreadable",
            name,
            f"{column.sql} IS NOT NULL AND {found} IS NULL",
            f"{{column!r}} is {{value!r}}, which is no day like {expected}; correct it in the "
            "source, or the field's `format` in the mapping",
        )
        return found

    def _code(self, mapped: FieldMap) -> str:
        name = mapped.columns[0]
        value = f"nullif(trim({as_text(self.columns[name])}), '')"
        allowed = ", ".join(text(code) for code in mapped.spec.allowed)
        self._check(
            "row:code:unknown",
            name,
            f"{value} NOT IN ({allowed})",
            f"{{column!r}} is {{value!r}}; `{mapped.spec.name}` takes "
            f"{', '.join(mapped.spec.allowed)}. Translate it with `values` in the mapping",
        )
        return value

    def _translated(self, mapped: FieldMap) -> str:
        pairs = mapped.values or ()
        value = f"trim({self._joined(mapped.columns)})"
        kind = mapped.spec.type
        name = mapped.columns[0]

        def ours(target: str | None) -> str:
            keyed = kind is FieldType.KEY and target is not None
            return literal(f"{mapped.system}:{target}" if keyed else target, kind)

        known = [text(theirs) for theirs, _ in pairs if theirs is not None]
        if not mapped.has_otherwise:
            condition = f"{value} NOT IN ({', '.join(known)})" if known else f"{value} IS NOT NULL"
            self._check(
                "row:code:unknown",
                name,
                condition,
                "{column!r} is {value!r}, which `values` does not translate; add it there, or "
                'add "*" for all others',
            )
        whens = [f"WHEN {value} = {text(t)} THEN {ours(o)}" for t, o in pairs if t is not None]
        whens += [f"WHEN {value} IS NULL THEN {ours(o)}" for t, o in pairs if t is None]
        other = f"WHEN {value} IS NOT NULL THEN {ours(mapped.otherwise)}"
        if mapped.has_otherwise:
            whens.append(other)
        return self.steps.name_typed(f"CASE {' '.join(whens)} ELSE {ours(None)} END")

    def _money(self, mapped: FieldMap) -> list[tuple[str, FieldType, str]]:
        amount, name = self._number(mapped), mapped.spec.name
        if mapped.currency_column is None:
            found = text(mapped.currency or "")
        else:
            source = as_text(self.columns[mapped.currency_column])
            found = self.steps.name_typed(f"upper(nullif(trim({source}), ''))")
            self._check(
                "row:currency:missing",
                mapped.currency_column,
                f"{amount} IS NOT NULL AND {found} IS NULL",
                f"{{column!r}} is empty, so nobody knows the currency of `{name}`; fill it in the "
                "source, or say `currency: EUR` in the mapping",
            )
            self._check(
                "row:currency:unreadable",
                mapped.currency_column,
                f"NOT regexp_full_match({found}, '[A-Z]{{3}}')",
                "{column!r} is {value!r}, which is no currency code of three letters (ISO 4217); "
                "correct it in the source",
            )
        return [
            (name, FieldType.DECIMAL, amount),
            (
                f"{name}_currency",
                FieldType.TEXT,
                f"CASE WHEN {amount} IS NOT NULL THEN {found} END",
            ),
        ]

    def _quantity(self, mapped: FieldMap) -> list[tuple[str, FieldType, str]]:
        amount, name = self._number(mapped), mapped.spec.name
        found = text(mapped.unit or "")
        if mapped.unit_column is not None:
            found = self._unit(mapped, amount, mapped.unit_column)
        return [
            (name, FieldType.DECIMAL, amount),
            (f"{name}_unit", FieldType.TEXT, f"CASE WHEN {amount} IS NOT NULL THEN {found} END"),
        ]

    def _unit(self, mapped: FieldMap, amount: str, column: str) -> str:
        source = f"nullif(trim({as_text(self.columns[column])}), '')"
        if mapped.unit is not None:
            source = f"coalesce({source}, {text(mapped.unit)})"
        self._check(
            "row:unit:missing",
            column,
            f"{amount} IS NOT NULL AND {source} IS NULL",
            f"{{column!r}} is empty, so nobody knows the unit of `{mapped.spec.name}`; fill it in "
            "the source, or say `unit: piece` in the mapping",
        )
        if mapped.units is None:
            return source
        known = ", ".join(text(theirs) for theirs, _ in mapped.units)
        self._check(
            "row:unit:unknown",
            column,
            f"{source} NOT IN ({known})",
            "{column!r} is {value!r}, which `units` does not translate; add it there",
        )
        whens = " ".join(f"WHEN {text(theirs)} THEN {text(our)}" for theirs, our in mapped.units)
        return self.steps.name_typed(f"CASE {source} {whens} END")

    def _joined(self, names: tuple[str, ...]) -> str:
        values = [as_text(self.columns[name]) for name in names]
        if len(values) == 1:
            return values[0]
        return f"nullif(trim(concat_ws(' ', {', '.join(values)})), '')"

    def _keyed(self, names: tuple[str, ...], system: str) -> str:
        parts = [f"nullif(trim({as_text(self.columns[name])}), '')" for name in names]
        return f"{text(system + ':')} || {' || '.join(_between(parts))}"


def _between(parts: list[str]) -> list[str]:
    """The parts with a slash between them."""
    return [piece for part in parts for piece in ("'/'", part)][1:]
