"""What does a policy's decision table answer for one case? (DMN 1.5, 8.2; cells in FEEL)

A table asks for facts that its kind declares, and answers outputs of the kind. It has a single
hit: UNIQUE, FIRST, ANY or PRIORITY. A rule that leaves an output out gives no answer for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from troth.core.dmn.boxes import Boxes
from troth.core.dmn.item_types import Types
from troth.core.dmn.matching import Leaf, Matcher
from troth.core.dmn.models import Definitions, HitPolicy, InputClause, OutputClause, Rule, TableBox
from troth.core.dmn.tables import Hit, Table
from troth.core.feel.errors import FeelBudgetError, FeelError
from troth.core.feel.evaluating import Expression, root
from troth.core.feel.running import Frame, Run
from troth.core.feel.values import incoming, outgoing
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import FaultError, read_value
from troth.core.policies.specs import InputSpec, PolicyKind

SINGLE_HITS = (HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.ANY, HitPolicy.PRIORITY)
STEPS_A_CASE = 200_000  # of FEEL, for one table and one case
ANYTHING = "-"  # the cell that every value passes
_FEEL_TYPES = {
    "number": "number",
    "text": "string",
    "boolean": "boolean",
    "instant": "date and time",
}


@dataclass(frozen=True, kw_only=True)
class PolicyRule:
    """One row of a table."""

    id: str
    when: Mapping[str, str]  # unary tests by input expression; left out: anything
    then: Mapping[str, str]  # expressions by output; left out: no answer
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PolicyTable:
    """A decision table over the inputs of a policy kind."""

    kind: str
    hit: HitPolicy
    inputs: tuple[str, ...]  # expressions of FEEL over the kind's inputs, a column each
    outputs: tuple[str, ...]  # names of the kind's outputs, a column each
    rules: tuple[PolicyRule, ...]
    # Of PRIORITY: the values of each output, the most important first, as unary tests.
    priorities: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def box(self) -> TableBox:
        """The same table as DMN has it: null, `-` and unary tests mean what the standard says."""
        kind = kind_named(self.kind)
        return TableBox(
            hit_policy=self.hit,
            inputs=tuple(_clause(kind, expression) for expression in self.inputs),
            outputs=tuple(
                OutputClause(name=name, values=self.priorities.get(name)) for name in self.outputs
            ),
            rules=tuple(
                Rule(
                    inputs=tuple(rule.when.get(name, ANYTHING) for name in self.inputs),
                    outputs=tuple(rule.then.get(name, "") for name in self.outputs),
                    annotations=(rule.note,) if rule.note else (),
                    id=rule.id,
                    line=at,
                )
                for at, rule in enumerate(self.rules, start=1)
            ),
            annotations=("note",) if any(rule.note for rule in self.rules) else (),
        )

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The inputs of the kind that the table looks at, in the kind's order."""
        texts = [*self.inputs, *(cell for rule in self.rules for cell in rule.then.values())]
        texts += [cell for rule in self.rules for cell in rule.when.values()]
        return tuple(
            spec.name
            for spec in kind_named(self.kind).inputs
            if any(spec.name in text for text in texts)
        )

    @cached_property
    def asked_beside(self) -> tuple[str, ...]:
        """Those of them that are no columns."""
        return tuple(name for name in self.asked if name not in self.inputs)

    @cached_property
    def compiled(self) -> Table:
        """The table as code, made once."""
        definitions = Definitions(name=self.kind, namespace="", nodes={}, types={})
        return Boxes(Types(definitions, {}), ()).table(self.box, self._names)

    @cached_property
    def matcher(self) -> Matcher:
        """The table as sets of rules by coded inputs, made once."""
        return Matcher(self.box, self.compiled, self._names)

    @cached_property
    def leaf(self) -> Callable[[Mapping[str, Any]], Leaf | None]:
        """From inputs to the rules that match; None where FEEL has to read the inputs."""
        matcher, beside = self.matcher, self.asked_beside
        if matcher.bound >= STEPS_A_CASE:
            return lambda case: None
        if beside:
            return lambda case: matcher.quick(case) if _is_feel(case, beside) else None
        return matcher.quick

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(spec.name for spec in kind_named(self.kind).inputs)

    def constant(self, rule: int) -> Mapping[str, Any] | None:
        """The outputs of a rule, from 0, where no input changes them and all are valid."""
        hit = self.matcher.outcome(1 << rule)
        found = None if hit is None else self.read(hit)
        return None if found is None or found.faults else found.outputs

    def read(self, hit: Hit) -> Said:
        """What a hit says, typed as the kind's outputs are; an output that is not valid is told."""
        if hit.rule is None:
            return Said({}, "", () if hit.fault is None else (hit.fault,))
        kind = kind_named(self.kind)
        rule, outputs, faults = self.rules[hit.rule], {}, []
        for name, value in zip(self.outputs, hit.values, strict=True):
            if value is None:
                continue
            path = f"rule {rule.id}: {name}"
            try:
                outputs[name] = read_value(kind.by_name[name], plain_value(value), path=path)
            except FaultError as error:
                faults.append(error.fault.sentence)
        return Said(outputs, rule.id, tuple(faults))


class Said(NamedTuple):
    """What a table says of one case."""

    outputs: Mapping[str, Any]  # typed as the kind's outputs are; what has no answer is left out
    rule: str  # the id of the rule that answers; "" where none does
    faults: tuple[str, ...] = ()  # why it could not say what it should


NOTHING = Said({}, "")


def said(table: PolicyTable, case: Mapping[str, Any], *, at: datetime) -> Said:
    """What a table answers for the inputs of a case; an input that is left out is null.

    Where the table fails (two rules where one may match, an output that is not valid, a budget
    that is used up), it gives no answer and says why, so that the next layer answers.
    """
    found = said_at_once(table, case)
    if found is not None:
        return found
    matcher = table.matcher
    if matcher.bound < STEPS_A_CASE:
        try:
            return _said(table, case, at, matcher.hit, STEPS_A_CASE - matcher.bound)
        except FeelBudgetError:
            pass  # the whole budget may be enough
    return said_by_feel(table, case, at=at)


def said_at_once(table: PolicyTable, case: Mapping[str, Any]) -> Said | None:
    """The same without FEEL, each time the same object for the same rule; None where FEEL has to
    read the inputs, a cell or an output."""
    leaf = table.leaf(case)
    if leaf is None:
        return None
    if leaf.kept is None and leaf.hit is not None:
        leaf.kept = table.read(leaf.hit)
    kept: Said | None = leaf.kept
    return kept


def _is_feel(case: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Whether FEEL has a type for each of these inputs."""
    try:
        for name in names:
            incoming(case.get(name))
    except FeelError:
        return False
    return True


def said_by_feel(table: PolicyTable, case: Mapping[str, Any], *, at: datetime) -> Said:
    """The same, rule by rule and cell by cell: what the standard says, and the others equal."""
    try:
        return _said(table, case, at, table.compiled.hit, STEPS_A_CASE)
    except FeelBudgetError as error:
        return Said({}, "", (str(error),))


def _said(
    table: PolicyTable,
    case: Mapping[str, Any],
    at: datetime,
    hit: Callable[[Frame], Hit],
    steps: int,
) -> Said:
    run = Run(at=incoming(at), steps=steps)
    known = {name: case.get(name) for name in table.asked}
    try:
        return table.read(hit(root(run).inner(incoming(known))))
    except FeelBudgetError:
        raise
    except FeelError as error:
        return Said({}, "", (str(error),))


def plain_value(value: Any) -> Any:
    """FEEL's value as an output is read: whole numbers as int, lists and contexts all through."""
    found = outgoing(value)
    if isinstance(found, Decimal):
        return int(found) if found == found.to_integral_value() else found
    if isinstance(found, list):
        return [plain_value(item) for item in found]
    if isinstance(found, dict):
        return {name: plain_value(item) for name, item in found.items()}
    return found


def _clause(kind: PolicyKind, expression: str) -> InputClause:
    spec = next((item for item in kind.inputs if item.name == expression), None)
    if spec is None:
        return InputClause(expression=expression)
    return InputClause(
        expression=expression,
        type_ref=_FEEL_TYPES[spec.type],
        values=_allowed(spec),
        label=spec.about,
    )


def _allowed(spec: InputSpec) -> str | None:
    if not spec.allowed:
        return None
    return ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in spec.allowed)


def constant_of(cell: str) -> tuple[Any, bool]:
    """(the value of a cell that asks for nothing, whether it is one). Raises FeelSyntaxError."""
    run = Run(steps=STEPS_A_CASE)
    value = Expression(cell).code(root(run).inner({}))
    return plain_value(value), not run.notes
