"""Which rows break what a contract says of them? Its rules, as checks over the typed values."""

from __future__ import annotations

from collections.abc import Iterable

from troth.connectors.contracts.shapes import Contract, FeedTerms, FieldTerms, Rule
from troth.connectors.staging.fields import Check, FieldSql
from troth.connectors.staging.quoting import literal, text
from troth.core.records.fields import FieldType

_TEXTS = (FieldType.TEXT, FieldType.CODE, FieldType.KEY)
Agreed = tuple[FeedTerms, Contract]
_Value = tuple[FieldType, str, str]  # type, SQL, the source's column


def contract_checks(
    agreed: Agreed, *, key: str, key_column: str, fields: Iterable[FieldSql]
) -> tuple[Check, ...]:
    """A check for each rule of a feed's contract."""
    terms, _ = agreed
    values: dict[str, _Value] = {"key": (FieldType.KEY, key, key_column)}
    for field in fields:
        for name, kind, sql in field.columns:
            mapped = field.mapped
            own = mapped.columns[0] if mapped.columns else name
            beside = mapped.currency_column or mapped.unit_column or name
            values[name] = (kind, sql, own if name == mapped.spec.name else beside)
    return tuple(
        _check(rule, field, values[field.name], agreed, key=key)
        for field, rule in terms.rules
        if field.name in values
    )


def _check(rule: Rule, field: FieldTerms, value: _Value, agreed: Agreed, *, key: str) -> Check:
    (kind, sql, column), (terms, contract) = value, agreed
    if kind is FieldType.KEY:
        sql = f"substr({sql}, strpos({sql}, ':') + 1)"  # as the source has it, without its system
    whom = contract.owner or "its owner"
    return Check(
        code=rule.code,
        column=column,
        is_broken=_BROKEN[rule.test](rule, kind, sql, key),
        value=f"CAST({sql} AS VARCHAR)",
        message=f"{{column!r}} is {{value!r}}, and {rule.place} ({terms.record}.{field.name}, "
        f"{rule.says}) asks for {rule.asks}; correct it in the source, or agree on other terms "
        f"with {whom}",
        is_landed=not rule.is_at_entry,
    )


def _required(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    return f"nullif(trim({sql}), '') IS NULL" if kind in _TEXTS else f"{sql} IS NULL"


def _unique(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    # Of two records, so that the states of one record may share a value.
    over = f"OVER (PARTITION BY {sql})"
    return f"{sql} IS NOT NULL AND min({key}) {over} <> max({key}) {over}"


def _pattern(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    return f"NOT regexp_matches(CAST({sql} AS VARCHAR), {text(rule.words[0])})"


def _length(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    ((sign, bound),) = rule.bounds
    return f"NOT length(CAST({sql} AS VARCHAR)) {sign} {int(bound)}"


def _range(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    ((sign, bound),) = rule.bounds
    typed = FieldType.DECIMAL if kind is FieldType.INTEGER else kind
    return f"NOT {sql} {sign} {literal(bound, typed)}"


def _step(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    ((_, bound),) = rule.bounds
    return f"{sql} % {literal(bound, FieldType.DECIMAL)} <> 0"


def _values(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    words = ", ".join(_word(word, kind) for word in rule.words)
    return f"{sql} NOT IN ({words})"


def _missing(rule: Rule, kind: FieldType, sql: str, key: str) -> str:
    words = ", ".join(text(word) for word in rule.words)
    return f"coalesce(trim(CAST({sql} AS VARCHAR)), '') IN ({words})"


def _word(word: str, kind: FieldType) -> str:
    return text(word) if kind in _TEXTS else f"TRY_{literal(word, kind)}"


_BROKEN = {
    "required": _required,
    "unique": _unique,
    "pattern": _pattern,
    "length": _length,
    "range": _range,
    "step": _step,
    "values": _values,
    "missing": _missing,
}
