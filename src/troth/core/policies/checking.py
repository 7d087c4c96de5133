"""What is wrong with policies that are each well formed? Each finding with an input that shows it.

Inside a table by the exact analysis of `core.dmn.analysis`; across layers, answers that a
guardrail does not let stand. A gap of a policy's table is a hint: the next layer answers there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from troth.core.dmn.analysis import Column, Kind, Limits, analyse
from troth.core.dmn.models import HitPolicy
from troth.core.feel.values import Value
from troth.core.policies.differences import title_of, value_told
from troth.core.policies.guardrails import ContradictoryGuardrailsError, clamped, refuses
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import Layer
from troth.core.policies.specs import PolicyKind
from troth.core.policies.tables import PolicyTable, constant_of
from troth.core.policies.timelines import Staged, Timeline, slots
from troth.core.policies.versions import PolicyVersion, as_instant

GUARDRAIL = "guardrail"
_HINTS = (Kind.GAP, Kind.MERGEABLE, Kind.NOT_ANALYSED)
_MANY = 50


@dataclass(frozen=True, kw_only=True)
class PolicyFinding:
    """One thing that is wrong, or worth a look."""

    kind: str  # of `core.dmn.analysis.Kind`, or "guardrail"
    version: PolicyVersion
    sentence: str
    is_hint: bool
    rules: tuple[str, ...] = ()  # ids
    witness: Mapping[str, str] | None = None  # input expression → FEEL; None: any case shows it
    values: Mapping[str, Value] | None = None  # the same as values


def check(versions: Iterable[PolicyVersion], *, at: datetime) -> tuple[PolicyFinding, ...]:
    """All that is found about the versions that are in force at `at` or will be."""
    now = as_instant(at)
    held = list({item.id: item for line in _lines(versions) for item in _from(line, now)}.values())
    found: list[PolicyFinding] = []
    for version in held:
        if version.scope.layer is Layer.GUARDRAIL:
            continue
        if version.table is not None:
            found += _of_table(version, version.table)
        rails = [
            item
            for item in held
            if item.kind == version.kind
            and item.scope.layer is Layer.GUARDRAIL
            and _meet(item, version)
        ]
        found += _of_guardrails(version, rails)
    return tuple(sorted(found, key=lambda item: item.is_hint))


def _lines(versions: Iterable[PolicyVersion]) -> Iterator[Timeline]:
    for by_key in slots(versions).values():
        for line in by_key.values():
            if isinstance(line, Timeline):
                yield line
            else:
                yield from _of_stages(line)


def _of_stages(slot: Staged) -> Iterator[Timeline]:
    """What holds for whoever is in no audience, in one of them, and in all."""
    count = len(slot.audiences)
    yield slot.line_of((False,) * count)
    for place in range(count):
        yield slot.line_of(tuple(at == place for at in range(count)))
    yield slot.line_of((True,) * count)


def _from(line: Timeline, now: datetime) -> Iterator[PolicyVersion]:
    """What one timeline holds at an instant and later."""
    current = line.at(now)
    if current is not None:
        yield current
    for start, entry in zip(line.starts, line.entries[1:], strict=True):
        if start > now and entry is not None:
            yield entry


def _of_table(version: PolicyVersion, table: PolicyTable) -> Iterator[PolicyFinding]:
    analysis = analyse(
        table.box,
        columns_of_kind(kind_named(version.kind), table),
        names=[spec.name for spec in kind_named(version.kind).inputs],
        limits=Limits(findings=_MANY),
    )
    for item in analysis.findings:
        yield PolicyFinding(
            kind=item.kind.value,
            version=version,
            sentence=f"{title_of(version)}: {item.sentence}",
            is_hint=item.kind in _HINTS,
            rules=tuple(table.rules[rule - 1].id for rule in item.rules),
            witness=None if item.witness is None else dict(item.witness.feel),
            values=None if item.witness is None else dict(item.witness.values),
        )


def columns_of_kind(kind: PolicyKind, table: PolicyTable) -> tuple[Column, ...]:
    """What the analysis knows of a table's columns: types, allowed values, whole numbers."""
    specs = {spec.name: spec for spec in kind.inputs}
    columns = []
    for clause in table.box.inputs:
        spec = specs.get(clause.expression)
        columns.append(
            Column(
                expression=clause.expression,
                kind=clause.type_ref,
                allowed=(clause.values,) if clause.values else (),
                is_whole=spec is not None and spec.is_whole,
                is_computed=spec is None,
            )
        )
    return tuple(columns)


def _of_guardrails(
    version: PolicyVersion, rails: Sequence[PolicyVersion]
) -> Iterator[PolicyFinding]:
    """Answers that do not stand: the constants of the version, then the cells of its table."""
    table = version.table
    for name, value in version.outputs.items():
        if value is not None:
            yield from _refused(version, rails, name, value, rule=None)
    for at, rule in enumerate(table.rules if table else ()):
        for name, cell in rule.then.items():
            value, is_constant = constant_of(cell)
            if is_constant and value is not None:
                yield from _refused(version, rails, name, value, rule=at)


def _refused(
    version: PolicyVersion,
    rails: Sequence[PolicyVersion],
    name: str,
    value: Any,
    *,
    rule: int | None,
) -> Iterator[PolicyFinding]:
    spec = kind_named(version.kind).by_name[name]
    bounds = [item for item in rails if item.outputs.get(name) is not None]
    refusing = [item for item in bounds if refuses(spec, value, item.outputs[name])]
    if not refusing:
        return
    witness = None if rule is None else reaching(version, rule)
    if rule is not None and witness is None:
        return  # another finding says that the rule never decides
    try:
        stands = clamped(spec, value, [item.outputs[name] for item in bounds])
    except ContradictoryGuardrailsError:
        return  # refused when the second of them is published
    ids = () if rule is None or version.table is None else (version.table.rules[rule].id,)
    which = f"rule {ids[0]}, " if ids else ""
    names = " and ".join(f"guardrail {item.scope.key}".strip() for item in refusing)
    yield PolicyFinding(
        kind=GUARDRAIL,
        version=version,
        sentence=f"{title_of(version)}: {which}{spec.label}: {value_told(spec, value)} does not "
        f"stand before {names}; it becomes {value_told(spec, stands)}.",
        is_hint=False,
        rules=ids,
        witness=None if witness is None else witness[0],
        values=None if witness is None else witness[1],
    )


def reaching(
    version: PolicyVersion, at: int, behind: Sequence[PolicyTable] = ()
) -> tuple[dict[str, str], dict[str, Value]] | None:
    """An input for which the rule at a place answers, as FEEL and as values; None: there is none.

    It is a gap of the rules that would come before it, among the inputs that its own cells let
    pass. `behind`: tables of which no rule matches either.
    """
    table = version.table
    assert table is not None
    rule = table.rules[at]
    is_ordered = table.hit is HitPolicy.FIRST
    others = table.rules[:at] if is_ordered else (*table.rules[:at], *table.rules[at + 1 :])
    ahead = (*others, *(item for other in behind for item in other.rules))
    names = [*table.inputs, *(name for other in behind for name in other.inputs)]
    joined = replace(
        table,
        hit=HitPolicy.FIRST,
        inputs=tuple(dict.fromkeys(names)),
        rules=ahead,
        priorities={},
    )
    columns = [
        replace(column, allowed=(*column.allowed, rule.when[column.expression]))
        if column.expression in rule.when
        else column
        for column in columns_of_kind(kind_named(version.kind), joined)
    ]
    inputs = [spec.name for spec in kind_named(version.kind).inputs]
    for item in analyse(joined.box, columns, names=inputs).of(Kind.GAP):
        if item.witness is not None:
            return dict(item.witness.feel), dict(item.witness.values)
    return None


def _meet(one: PolicyVersion, other: PolicyVersion) -> bool:
    """Whether both are in force at some instant."""
    return (other.effective_to is None or one.effective_from < other.effective_to) and (
        one.effective_to is None or other.effective_from < one.effective_to
    )
