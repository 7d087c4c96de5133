"""Which policies of customers could be one, with a few values that differ?

Three ways of being alike, the strongest first: the same answers in every case; the same text but
for some values, at most half of it, which become parameters; other texts, but the same answer in
each case that happened. The last proves nothing about cases that did not happen, and one of these
is told where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from troth.core.dmn.models import HitPolicy
from troth.core.ledger.canonical import digest
from troth.core.policies.differences import value_told
from troth.core.policies.equivalence import Asked, Equivalence, compare
from troth.core.policies.kinds import kind_named
from troth.core.policies.regions import Case, regions_of
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.tables import PolicyRule, PolicyTable, constant_of, said
from troth.core.policies.versions import PolicyVersion

SAME, PARAMETERS, HISTORY = "same", "parameters", "history"
LEAST_HISTORY = 30  # different cases that happened, before the same answers to them say anything
_PROBES = 300  # regions of one table that its answers are compared by at first
_MOST_PROBES = 4_000  # of all tables; those that answer alike to these are compared in full
_COMPANY = Scope(layer=Layer.COMPANY)
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.])\d+(?:\.\d+)?')
_Mark = tuple[object, ...]
_Place = tuple[int, str, bool]  # of a value: its rule, −1 for none; its name; is it a test


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One place of a template whose value is not the same for all."""

    rule: str  # id of the template's rule; "": what holds where no rule matches
    name: str  # of the output, or of the input whose test differs
    is_test: bool
    values: tuple[tuple[Scope, str], ...]  # what each member has there, as people say it


@dataclass(frozen=True, kw_only=True)
class Template:
    """Policies of one kind that could be one."""

    how: str  # SAME, PARAMETERS or HISTORY
    standard: PolicyVersion  # whose text is the template's: what most of them say
    members: tuple[PolicyVersion, ...]  # by scope, the standard one among them
    # Of each member a version of the template's shape that answers as it does.
    texts: Mapping[Scope, PolicyVersion]
    parameters: tuple[Parameter, ...]
    agreed: int  # answers to cases that happened that are the same of all members
    answered: int  # of so many that any of them gave
    proof: Equivalence  # that all answer alike; of PARAMETERS and HISTORY, with a difference

    @property
    def id(self) -> str:
        """The digest of what it would replace: "tpl_" and 16 hex digits."""
        return "tpl_" + digest([item.id for item in self.members])[:16]

    def has_standard(self, version: PolicyVersion) -> bool:
        """Whether a member has the template's own value for every parameter."""
        told = [dict(item.values) for item in self.parameters]
        return all(item[version.scope] == item[self.standard.scope] for item in told)


def templates(
    versions: Iterable[PolicyVersion], observed: Sequence[Case], *, at: datetime
) -> tuple[Template, ...]:
    """What of these versions, one for each scope and all of one kind, could be one.

    Each belongs to one template at most. `observed`: cases of their customers.
    """
    held = sorted(versions, key=lambda item: item.scope)
    groups = list(_same(held, observed, at))
    found: list[Template] = []
    alone: list[list[PolicyVersion]] = []
    for alike in _by(groups, lambda group: _shape(group[0])):
        rest = alike
        while rest:
            near, rest = _parametrised(rest, observed, at)
            if len(near) > 1:
                found.append(_template(PARAMETERS, near, observed, at))
            elif len(near[0]) > 1:
                found.append(_template(SAME, near, observed, at))
            else:
                alone += near
    if len(observed) >= LEAST_HISTORY:
        for alike in _by(alone, lambda group: _answers(group[0], observed, at)):
            if len(alike) > 1 and _agreed([alike[0][0]], observed, at)[1]:
                found.append(_template(HISTORY, alike, observed, at))
    return tuple(sorted(found, key=lambda item: item.members[0].scope))


def own_rules(
    template: Template, member: PolicyVersion, *, with_earlier: bool = False
) -> tuple[dict[str, Any], PolicyTable | None] | None:
    """(outputs, table) with nothing but what a member says otherwise than the template.

    `with_earlier`: and the rules before these, which would answer first. None: a test differs, so
    that its rules mean something only together.
    """
    mine = [
        item for item in template.parameters
        if dict(item.values)[member.scope] != dict(item.values)[template.standard.scope]
    ]  # fmt: skip
    if any(item.is_test for item in mine):
        return None
    text = template.texts[member.scope]
    outputs = {item.name: text.outputs[item.name] for item in mine if not item.rule}
    if text.table is None or template.standard.table is None:
        return outputs, None
    differing = {item.rule for item in mine}
    names = {item.name for item in mine if item.rule}
    rules: list[PolicyRule] = []
    for theirs, own in list(
        zip(_ordered(template.standard.table), _ordered(text.table), strict=True)
    )[::-1]:
        then = {name: answer for name, answer in own.then.items() if name in names}
        if then and (theirs.id in differing or (with_earlier and rules)):
            rules.insert(0, replace(own, then=then))
    if not rules:
        return outputs, None
    kept = {name for rule in rules for name in rule.then}
    answered = tuple(name for name in text.table.outputs if name in kept)
    priorities = {name: t for name, t in text.table.priorities.items() if name in kept}
    table = replace(text.table, outputs=answered, rules=tuple(rules), priorities=priorities)
    return outputs, table


def same_text(one: PolicyVersion, other: PolicyVersion, observed: Sequence[Case]) -> Equivalence:
    """Whether two versions answer alike in every case, whoever they are for."""
    sides = [
        replace(item, scope=_COMPANY, audience=None, effective_to=None) for item in (one, other)
    ]
    start = max(item.effective_from for item in sides)
    asked = [Asked(subject=Subject(), at=start)]
    return compare(one.kind, sides[:1], sides[1:], asked, observed=observed)


# The same answers


def _same(
    versions: Sequence[PolicyVersion], observed: Sequence[Case], at: datetime
) -> Iterator[list[PolicyVersion]]:
    """Versions that answer alike in every case that geometry, history and chance ask for."""
    probes = {tuple(case.items()): case for case in observed}
    for version in versions:
        if version.table is not None and len(probes) < _MOST_PROBES:
            cases = regions_of(version.kind, [version.table], most=_PROBES).cases
            probes |= {tuple(case.items()): case for case in cases}
    for alike in _by(versions, lambda item: _answers(item, probes.values(), at)):
        classes: list[list[PolicyVersion]] = []
        for version in alike:
            for group in classes:
                if same_text(group[0], version, observed).is_same:
                    group.append(version)
                    break
            else:
                classes.append([version])
        yield from classes


def _answers(version: PolicyVersion, cases: Iterable[Case], at: datetime) -> _Mark:
    """What it answers case by case; one entry where that is the same in all."""
    asked = cases if version.table is not None else [{}]
    marks = [_marks(version, case, at) for case in asked]
    return tuple(marks) if len(set(marks)) > 1 else tuple(marks[:1])


def _marks(version: PolicyVersion, case: Case, at: datetime) -> _Mark:
    outputs = answer_of(version, case, at)
    names = (spec.name for spec in kind_named(version.kind).outputs)
    return tuple(_mark(outputs.get(name)) for name in names)


def answer_of(version: PolicyVersion, case: Case, at: datetime) -> Mapping[str, Any]:
    """What a version by itself answers for a case."""
    if version.table is None:
        return version.outputs
    found = said(version.table, case, at=at)
    return found.outputs if found.rule else version.outputs


def _mark(value: Any) -> object:
    """A value as something to group by."""
    if isinstance(value, Decimal):
        return value.normalize()
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), _mark(item)) for name, item in value.items()))
    if isinstance(value, list | tuple):
        return tuple(_mark(item) for item in value)
    return value


# The same text but for some values


def _parametrised(
    groups: Sequence[list[PolicyVersion]], observed: Sequence[Case], at: datetime
) -> tuple[list[list[PolicyVersion]], list[list[PolicyVersion]]]:
    """(those that are near enough to the most common one, the others); all of one shape.

    Near: at most half of the tests, half of the answers, and half of what was answered to what
    happened differ.
    """
    ranked = sorted(groups, key=lambda group: -len(group))
    near: list[list[PolicyVersion]] = ranked[:1]
    far: list[list[PolicyVersion]] = []
    cells = [_cells(item[0]) for item in near]
    for group in ranked[1:]:
        together = [*cells, _cells(group[0])]
        is_near = all(_mostly(together, is_test) for is_test in (True, False))
        if is_near:
            texts = [item[0] for item in (*near, group)]
            agreed, answered = _agreed(texts, observed, at)
            is_near = 2 * agreed >= answered
        if is_near:
            near.append(group)
            cells = together
        else:
            far.append(group)
    return near, far


def _mostly(cells: Sequence[Mapping[_Place, object]], is_test: bool) -> bool:
    """Whether at most half of the tests, or of the answers, differ."""
    keys = [key for key in cells[0] if key[2] == is_test]
    return 2 * sum(len({held[key] for held in cells}) > 1 for key in keys) <= len(keys)


def _shape(version: PolicyVersion) -> _Mark:
    """Its text with a mark in the place of each value."""
    outputs = tuple(sorted(name for name, value in version.outputs.items() if value is not None))
    if version.table is None:
        return (outputs,)
    rules = tuple(
        (
            tuple((name, _LITERAL.sub("#", rule.when.get(name, "-"))) for name in _inputs(version)),
            tuple(
                (name, _LITERAL.sub("#", rule.then.get(name, ""))) for name in _answered(version)
            ),
        )
        for rule in _ordered(version.table)
    )
    return (outputs, version.table.hit, rules)


def _cells(version: PolicyVersion) -> dict[_Place, object]:
    """Each value of its text, by (rule, name, whether it is a test)."""
    found: dict[_Place, object] = {
        (-1, name, False): _mark(value)
        for name, value in version.outputs.items()
        if value is not None
    }
    if version.table is None:
        return found
    for at, rule in enumerate(_ordered(version.table)):
        found |= {(at, name, True): text for name, text in rule.when.items() if text != "-"}
        found |= {(at, name, False): _constant(text) for name, text in rule.then.items()}
    return found


@lru_cache(10_000)
def _constant(text: str) -> object:
    value, is_constant = constant_of(text)
    return _mark(value) if is_constant else text


def _ordered(table: PolicyTable) -> Sequence[PolicyRule]:
    """Its rules in their order where that matters, else in one that does not depend on it."""
    if table.hit is HitPolicy.FIRST:
        return table.rules
    return sorted(table.rules, key=lambda rule: (_skeleton(rule), sorted(rule.when.items())))


def _skeleton(rule: PolicyRule) -> list[tuple[str, str]]:
    return sorted((name, _LITERAL.sub("#", text)) for name, text in rule.when.items())


def _inputs(version: PolicyVersion) -> tuple[str, ...]:
    return tuple(sorted(version.table.inputs)) if version.table else ()


def _answered(version: PolicyVersion) -> tuple[str, ...]:
    return tuple(sorted(version.table.outputs)) if version.table else ()


# What is told of them


def _template(
    how: str, groups: Sequence[list[PolicyVersion]], observed: Sequence[Case], at: datetime
) -> Template:
    standard = min(groups, key=lambda group: (-len(group), group[0].scope))[0]
    members = sorted((item for group in groups for item in group), key=lambda item: item.scope)
    agreed, answered = _agreed([group[0] for group in groups], observed, at)
    proofs = [same_text(standard, item, observed) for item in members if item is not standard]
    texts = {item.scope: group[0] for group in groups for item in group}
    different = next((item for item in proofs if not item.is_same), None)
    unproved = next((item for item in proofs if not item.is_exact), proofs[0])
    return Template(
        how=how,
        standard=standard,
        members=tuple(members),
        texts=texts,
        parameters=_parameters(standard, texts) if how == PARAMETERS else (),
        agreed=agreed,
        answered=answered,
        proof=different or unproved,
    )


def _agreed(
    versions: Sequence[PolicyVersion], observed: Sequence[Case], at: datetime
) -> tuple[int, int]:
    """(answers that are the same for all, answers that anybody gives) to cases that happened."""
    same = asked = 0
    for case in observed:
        for answers in zip(*(_marks(item, case, at) for item in versions), strict=True):
            if any(answer is not None for answer in answers):
                asked += 1
                same += len(set(answers)) == 1
    return same, asked


def _parameters(
    standard: PolicyVersion, texts: Mapping[Scope, PolicyVersion]
) -> tuple[Parameter, ...]:
    cells = [_cells(item) for item in texts.values()]
    rules = _ordered(standard.table) if standard.table else ()
    found = []
    for key in _cells(standard):
        at, name, is_test = key
        if len({held[key] for held in cells}) == 1:
            continue
        values = tuple((scope, _text(texts[scope], key)) for scope in sorted(texts))
        rule = rules[at].id if at >= 0 else ""
        found.append(Parameter(rule=rule, name=name, is_test=is_test, values=values))
    return tuple(found)


def _text(version: PolicyVersion, key: _Place) -> str:
    at, name, is_test = key
    if at < 0:
        return value_told(kind_named(version.kind).by_name[name], version.outputs[name])
    assert version.table is not None
    rule = _ordered(version.table)[at]
    if is_test:
        return rule.when[name]
    value, is_constant = constant_of(rule.then[name])
    return value_told(kind_named(version.kind).by_name[name], value) if is_constant else (
        rule.then[name]
    )  # fmt: skip


def _by(items: Iterable[Any], mark: Callable[[Any], object]) -> list[list[Any]]:
    found: dict[object, list[Any]] = {}
    for item in items:
        found.setdefault(mark(item), []).append(item)
    return list(found.values())
