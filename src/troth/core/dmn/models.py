"""Of what does a model of DMN consist? (DMN 1.5, chapters 6 to 10)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class HitPolicy(Enum):
    """Which of a table's matching rules count (DMN 1.5, 8.2.10)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


@dataclass(frozen=True, kw_only=True, slots=True)
class Boxed:
    """An expression of a model, of whatever form; `line` is where it stands."""

    line: int = 0
    type_ref: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LiteralBox(Boxed):
    text: str
    is_feel: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextBox(Boxed):
    # (name, type, expression); without a name: the result.
    entries: tuple[tuple[str | None, str | None, Boxed | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListBox(Boxed):
    items: tuple[Boxed | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RelationBox(Boxed):
    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed | None, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InvocationBox(Boxed):
    called: Boxed
    bindings: tuple[tuple[str, Boxed | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionBox(Boxed):
    parameters: tuple[tuple[str, str | None], ...]
    body: Boxed | None
    kind: str = "FEEL"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionalBox(Boxed):
    test: Boxed
    then: Boxed
    other: Boxed


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterBox(Boxed):
    of: Boxed
    test: Boxed


@dataclass(frozen=True, kw_only=True, slots=True)
class IterationBox(Boxed):
    """`for`, `some` or `every`."""

    kind: str
    variable: str
    over: Boxed
    result: Boxed


@dataclass(frozen=True, kw_only=True, slots=True)
class InputClause:
    expression: str
    type_ref: str | None = None
    values: str | None = None  # unary tests
    label: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputClause:
    name: str | None = None
    type_ref: str | None = None
    values: str | None = None
    default: str | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    inputs: tuple[str, ...]  # unary tests
    outputs: tuple[str, ...]  # expressions
    annotations: tuple[str, ...] = ()
    id: str | None = None
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class TableBox(Boxed):
    """A decision table (DMN 1.5, 8.2)."""

    hit_policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: str | None = None  # SUM, COUNT, MIN or MAX, of COLLECT
    inputs: tuple[InputClause, ...] = ()
    outputs: tuple[OutputClause, ...] = ()
    rules: tuple[Rule, ...] = ()
    annotations: tuple[str, ...] = ()
    orientation: str = "Rule-as-Row"


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemDefinition:
    """A type with a name."""

    name: str
    type_ref: str | None = None
    is_collection: bool = False
    allowed: str | None = None  # unary tests
    components: tuple[ItemDefinition, ...] = ()
    # (parameters' names and types, type of the result), of a function
    function: tuple[tuple[tuple[str, str | None], ...], str | None] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    name: str
    type_ref: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InputData:
    id: str
    name: str
    variable: Variable


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    id: str
    name: str
    variable: Variable
    requires: tuple[str, ...]  # references: `#id` or `namespace#id`
    logic: Boxed | None
    question: str | None = None
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class KnowledgeModel:
    """A business knowledge model: a function that decisions call."""

    id: str
    name: str
    variable: Variable
    requires: tuple[str, ...]
    function: FunctionBox | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A decision service."""

    id: str
    name: str
    variable: Variable
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    name: str
    namespace: str
    location: str | None = None


Node = InputData | Decision | KnowledgeModel | Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """One document: its types, its nodes by id, and what it imports."""

    name: str
    namespace: str
    nodes: Mapping[str, Node]
    types: Mapping[str, ItemDefinition]
    imports: tuple[Import, ...] = ()
    source: str = field(default="a model", compare=False)
