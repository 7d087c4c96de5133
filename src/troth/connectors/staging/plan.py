"""What does one feed's mapping come to, as SQL over the delivered columns?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from troth.connectors.columns import record_columns
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.shapes import FeedMap, SourceMap
from troth.connectors.staging.agreed import Agreed, contract_checks
from troth.connectors.staging.fields import Check, Compiler, FieldSql, Steps
from troth.connectors.staging.holding import ANYWHERE, REFUSED, Holding
from troth.connectors.staging.parsing import Column, as_digest_text
from troth.connectors.staging.quoting import any_of, literal, text
from troth.core.records.fields import FieldType


@dataclass(frozen=True, kw_only=True)
class Plan:
    """SQL expressions over `steps.over(relation)`, and the checks."""

    source: SourceMap
    feed: FeedMap
    columns: Mapping[str, Column]
    steps: Steps
    key: str
    row_hash: str
    region: str  # where the row may be held
    refused: str | None  # condition: it may not be held here; None where every region may
    known_at: str  # the row's own
    occurred_at: str  # over unrolled rows: it is hidden with the field that it comes from
    fields: tuple[FieldSql, ...]
    custom: tuple[FieldSql, ...]
    checks: tuple[Check, ...]

    @property
    def is_bad(self) -> str:
        """Condition: the row is kept out."""
        kept_out = [check for check in self.checks if not check.is_landed]
        return any_of([f"({check.is_broken}) IS TRUE" for check in kept_out])

    @property
    def knowns(self) -> tuple[str, ...]:
        """The distinct instants at which fields become known after the row itself."""
        found = (field.known_at for field in (*self.fields, *self.custom))
        return tuple(dict.fromkeys(known for known in found if known is not None))

    def storage(self) -> tuple[tuple[str, str], ...]:
        """The kind's plain and personal columns in their order, each with its SQL."""
        found = {
            name: visible(field, sql, kind, self.knowns)
            for field in self.fields
            for name, kind, sql in field.columns
        }
        return tuple(
            (name, found.get(name, literal(None, field_type)))
            for name, field_type in record_columns(self.feed.kind)
        )

    def custom_json(self) -> str:
        """The custom fields as one JSON text, or NULL where the feed has none.

        One that a contract calls personal stands in the personal part of the payload alone, which
        is erased with the person.
        """
        pairs = [
            (name, _json_value(visible(field, sql, kind, self.knowns), kind))
            for field in self.custom
            if not field.mapped.spec.sensitivity.is_stored_apart
            for name, kind, sql in field.columns
        ]
        return to_json(pairs)

    def raw(self, *, is_personal: bool) -> str:
        """The delivered columns as one JSON text: those that may be personal, or the others."""
        personal = personal_columns(self.feed, self.columns)
        return to_json(
            [
                (name, json_source(column))
                for name, column in self.columns.items()
                if name not in self.feed.ignore and (name in personal) is is_personal
            ]
        )


def compile_plan(
    source: SourceMap,
    feed: FeedMap,
    columns: Mapping[str, Column],
    *,
    checks: tuple[Check, ...] = (),
    may_hold_nul: bool = False,
    holding: Holding = ANYWHERE,
    agreed: Agreed | None = None,
) -> Plan:
    """Turn a mapping into SQL. `checks` are what the connector itself found out about a row,
    `agreed` is what a contract says of the feed."""
    compiler = Compiler(source, feed, columns, Steps())
    key = compiler.key()
    fields = tuple(compiler.field(mapped) for mapped in feed.fields)
    custom = tuple(compiler.field(mapped) for mapped in feed.custom)
    known_at = literal(None, FieldType.INSTANT)
    if feed.known_at.columns:
        known_at = compiler.moment(feed.known_at)
    if may_hold_nul:
        compiler.forbid_nul(tuple(name for name in columns if name not in feed.ignore))
        key = (
            f"CASE WHEN NOT contains({key}, chr(0)) THEN {key} END"  # quarantine keeps none either
        )
    region = compiler.region()
    refused = _refused(compiler, region, holding)
    if feed.has_history:
        compiler.checks.append(_undated(feed, known_at))
    if agreed is not None:
        compiler.checks += contract_checks(
            agreed, key=key, key_column=feed.key[0], fields=(*fields, *custom)
        )
    plan_known = tuple(
        dict.fromkeys(f.known_at for f in (*fields, *custom) if f.known_at is not None)
    )
    return Plan(
        source=source,
        feed=feed,
        columns=columns,
        steps=compiler.steps,
        key=key,
        row_hash=_row_hash(feed, columns, holding.pepper),
        region=region,
        refused=refused,
        known_at=known_at,
        occurred_at=_occurred_at(compiler, fields, plan_known),
        fields=fields,
        custom=custom,
        checks=(*checks, *compiler.checks),
    )


def personal_columns(feed: FeedMap, columns: Mapping[str, Column]) -> frozenset[str]:
    """Columns that may say something about a person: mapped to such a field, or to nothing."""
    personal = {
        name
        for mapped in (*feed.fields, *feed.custom)
        if mapped.spec.sensitivity.is_stored_apart
        for name in mapped.columns
    }
    used = frozenset(used_columns(feed))
    unknown = {name for name in columns if name not in used and name not in feed.plain}
    return frozenset(personal | unknown)


def visible(field: FieldSql, sql: str, kind: FieldType, knowns: tuple[str, ...]) -> str:
    """The value as it was known at the version's instant.

    Over rows that hold `r0` (the row's own instant), `moment`, and `k0`… in the order of `knowns`.
    """
    if field.known_at is None:
        return sql
    known = f"k{knowns.index(field.known_at)}"
    before = literal(field.mapped.before, kind)
    unknown = before if field.mapped.before is not None else sql
    return (
        f"CASE WHEN {known} IS NULL THEN {unknown} "
        f"WHEN r0 IS NULL OR {known} <= moment THEN {sql} ELSE {before} END"
    )


def to_json(pairs: list[tuple[str, str]]) -> str:
    """SQL of a JSON object, in the order given; NULL without pairs."""
    if not pairs:
        return "CAST(NULL AS VARCHAR)"
    names = {name.casefold() for name, _ in pairs}
    if len(names) == len(pairs):
        inner = ", ".join(f"{text(name)}: {sql}" for name, sql in pairs)
        return f"CAST(to_json({{{inner}}}) AS VARCHAR)"
    # A struct's names are the same in capitals; a JSON object's are not. This way is slower.
    inner = ", ".join(f"{text(name)}, {sql}" for name, sql in pairs)
    return f"CAST(json_object({inner}) AS VARCHAR)"


def json_source(column: Column) -> str:
    """A delivered value inside JSON, which knows no infinity."""
    if column.is_float:
        return f"CASE WHEN isfinite({column.sql}) THEN {column.sql} END"
    return column.sql


def _json_value(sql: str, kind: FieldType) -> str:
    if kind is FieldType.DECIMAL:
        return f"rtrim(rtrim(CAST({sql} AS VARCHAR), '0'), '.')"
    if kind is FieldType.INSTANT:
        return f"strftime(timezone('UTC', {sql}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"strftime({sql}, '%Y-%m-%d')" if kind is FieldType.DATE else sql


def _row_hash(feed: FeedMap, columns: Mapping[str, Column], pepper: str) -> str:
    parts = [f"coalesce({as_digest_text(columns[name])}, chr(30))" for name in used_columns(feed)]
    return f"md5(concat_ws(chr(31), {text(pepper + feed.digest)}, {', '.join(parts)}))"


def _undated(feed: FeedMap, known_at: str) -> Check:
    return Check(
        code="row:known_at:missing",
        column=feed.known_at.columns[0],
        is_broken=f"{known_at} IS NULL",
        value="NULL",
        message="{column!r} is empty, so nobody knows when this state of the record began; "
        "fill it in the source",
    )


def _refused(compiler: Compiler, region: str, holding: Holding) -> str | None:
    """The condition under which a row may not be held here; its check goes before all others."""
    if not holding.has_limits:
        return None
    allowed = ", ".join(text(name) for name in holding.regions)
    condition = f"{region} NOT IN ({allowed})"
    mapped = compiler.feed.region
    check = Check(
        code=REFUSED,
        column=mapped.columns[0] if mapped and mapped.columns else "region",
        is_broken=condition,
        value=region,
        message="the row belongs into region {value!r}, and this workspace may hold "
        f"{', '.join(holding.regions)} alone; the row itself was not kept. Land it in a workspace "
        "of its region, or add the region to `regions` in troth.toml and replay",
    )
    compiler.checks.insert(0, check)
    return condition


def _occurred_at(compiler: Compiler, fields: tuple[FieldSql, ...], knowns: tuple[str, ...]) -> str:
    feed = compiler.feed
    is_own = feed.kind.occurs == "occurred_at"  # then the field is what the record says of itself
    if feed.occurred_at.columns and not is_own:
        return compiler.moment(feed.occurred_at)
    for field in fields:
        if field.mapped.spec.name == feed.kind.occurs:
            _, kind, sql = field.columns[0]
            return visible(field, sql, kind, knowns)
    return literal(None, FieldType.INSTANT)
