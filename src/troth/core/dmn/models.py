"""Of what does a model of DMN consist? (DMN 1.5, chapters 6 to 10)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"  # the namespace of DMN 1.5


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

    line: int = field(default=0, compare=False)
    type_ref: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LiteralBox(Boxed):
    """A text of FEEL, or of another language (DMN 1.5, 7.3)."""

    text: str
    language: str | None = None  # a URI; None: the document's own, which is FEEL

    @property
    def is_feel(self) -> bool:
        """Whether it can be evaluated here."""
        return not self.language or "FEEL" in self.language


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextBox(Boxed):
    """Entries, each seen by those after it (DMN 1.5, 10.2.1)."""

    # (name, type, expression); without a name: the result.
    entries: tuple[tuple[str | None, str | None, Boxed | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListBox(Boxed):
    """Expressions one below the other (DMN 1.5, 10.2.1)."""

    items: tuple[Boxed | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RelationBox(Boxed):
    """A list of contexts, written as a table (DMN 1.5, 10.2.1)."""

    columns: tuple[str, ...]
    column_types: tuple[str | None, ...] = ()  # none, or one a column
    rows: tuple[tuple[Boxed | None, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InvocationBox(Boxed):
    """A call, with an expression for each parameter (DMN 1.5, 10.2.1)."""

    called: Boxed
    bindings: tuple[tuple[str, Boxed | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionBox(Boxed):
    """Parameters, as (name, type), and a body (DMN 1.5, 10.2.1)."""

    parameters: tuple[tuple[str, str | None], ...]
    body: Boxed | None
    kind: str = "FEEL"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionalBox(Boxed):
    """`if`, `then`, `else` (DMN 1.5, 10.2.1)."""

    test: Boxed
    then: Boxed
    other: Boxed


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterBox(Boxed):
    """What of a collection passes a test (DMN 1.5, 10.2.1)."""

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
    """A column of a table that is tested (DMN 1.5, 8.3)."""

    expression: str
    type_ref: str | None = None
    values: str | None = None  # unary tests
    label: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputClause:
    """A column of a table that is answered (DMN 1.5, 8.3)."""

    name: str | None = None
    type_ref: str | None = None
    values: str | None = None
    default: str | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A row of a table: a text of FEEL for each column (DMN 1.5, 8.3)."""

    inputs: tuple[str, ...]  # unary tests
    outputs: tuple[str, ...]  # expressions
    annotations: tuple[str, ...] = ()
    # Nothing refers to it; a rule is the same without it.
    id: str | None = field(default=None, compare=False)
    line: int = field(default=0, compare=False)


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
    allowed: str | None = None  # unary tests over the value; of a collection over each item
    constraint: str | None = None  # unary tests over the value, of a collection over all of it
    components: tuple[ItemDefinition, ...] = ()
    # (parameters' names and types, type of the result), of a function
    function: tuple[tuple[tuple[str, str | None], ...], str | None] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """Under which name and type a value is known (DMN 1.5, 7.3)."""

    name: str
    type_ref: str | None = None


class Kind(Enum):
    """What is required: the name of the element that says so (DMN 1.5, 6.3)."""

    INPUT = "requiredInput"
    DECISION = "requiredDecision"
    KNOWLEDGE = "requiredKnowledge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """What a node cannot be evaluated without."""

    kind: Kind
    href: str  # `#id` or `namespace#id`


@dataclass(frozen=True, kw_only=True, slots=True)
class InputData:
    """What is given from outside (DMN 1.5, 6.3)."""

    id: str
    name: str
    variable: Variable


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What is decided, and what it requires (DMN 1.5, 6.3)."""

    id: str
    name: str
    variable: Variable
    requires: tuple[Requirement, ...]
    logic: Boxed | None
    question: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnowledgeModel:
    """A business knowledge model: a function that decisions call."""

    id: str
    name: str
    variable: Variable
    requires: tuple[Requirement, ...]
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
    """Another document, whose nodes are known here under a name (DMN 1.5, 6.3)."""

    name: str
    namespace: str
    location: str | None = None
    kind: str = DMN  # the namespace of its language

    @property
    def is_model(self) -> bool:
        """Whether a model is imported, rather than a schema or PMML."""
        return "MODEL" in self.kind or "dmn" in self.kind


Node = InputData | Decision | KnowledgeModel | Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """One document: its types, its nodes by id, and what it imports."""

    name: str
    namespace: str
    nodes: Mapping[str, Node]
    types: Mapping[str, ItemDefinition]
    imports: tuple[Import, ...] = ()
    source: str = field(default="a model", compare=False)  # what it is called in errors
    # The document that it was read from, as it stands; "" where it was not read from one.
    text: str = field(default="", compare=False, repr=False)
    encoding: str = field(default="utf-8", compare=False)

    @property
    def models(self) -> tuple[Import, ...]:
        """Of its imports those of models."""
        return tuple(wanted for wanted in self.imports if wanted.is_model)
