"""What does an analysis say about a table?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from troth.core.feel.values import Value


class Kind(Enum):
    """What is found.

    Gaps, overlaps and masked rules as Calvanese, Dumas, Laurson, Maggi, Montali and Teinemaa,
    "Semantics and Analysis of DMN Decision Tables" (BPM 2016). Misleading as the analysis of
    Apache KIE (dmn-validation), after Silver, "DMN Method and Style".
    """

    # An input that no rule matches, in a table without default outputs.
    GAP = "gap"
    # Two rules match one input: of UNIQUE any two, of ANY two that answer differently.
    OVERLAP = "overlap"
    # FIRST, PRIORITY: for each input of the rule another one, or several together, decides.
    MASKED = "masked"
    # FIRST, PRIORITY, ANY: without the rule the table answers each input as before. UNIQUE: it
    # overlaps none and answers what the default does.
    REDUNDANT = "redundant"
    # PRIORITY: a rule with `-` that stands below another, and decides in its place and differently
    # because its output has priority: who reads from the top is misled.
    MISLEADING = "misleading"
    # A cell, and so its rule, that no input of the column passes.
    NEVER_MATCHES = "never-matches"
    # A hint: rules with the same answer that differ in one input, and could be one rule.
    MERGEABLE = "mergeable"
    # A cell that is no unary test over constants, or work that was not done.
    NOT_ANALYSED = "not-analysed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """An input of the table that shows a finding when the table is run."""

    values: tuple[tuple[str, Value], ...]  # (input expression, its value), as FEEL's values
    feel: tuple[tuple[str, str], ...]  # the same as text of FEEL
    decides: int | None = None  # the rule that decides there, from 1; None where none does


@dataclass(frozen=True, kw_only=True, slots=True)
class CellPlace:
    """A cell of the table."""

    rule: int  # from 1; 0 is the heading
    column: int  # from 1
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing found; of a kind, about rules, with an input that shows it."""

    kind: Kind
    sentence: str
    rules: tuple[int, ...] = ()  # from 1
    rule_ids: tuple[str | None, ...] = ()
    cells: tuple[CellPlace, ...] = ()
    witness: Witness | None = None
    # Of a gap the whole of it: (input expression, the cell that a rule for it would have).
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many there are of a kind."""

    found: int
    is_exact: bool  # False: at least so many


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is told and how much work is done."""

    findings: int | None = 20  # of each kind; None for all
    looks: int = 3_000_000  # at a rule within a part of the inputs, for all questions together


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """What was found about one table, and of what the answer depends."""

    findings: tuple[Finding, ...]
    counts: Mapping[Kind, Count]  # more than the findings where there are too many to tell
    assumptions: tuple[str, ...]  # sentences

    @property
    def is_complete(self) -> bool:
        """Whether every cell and every question was gone through."""
        return not any(finding.kind is Kind.NOT_ANALYSED for finding in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether all was gone through and nothing found but hints."""
        return all(finding.kind is Kind.MERGEABLE for finding in self.findings)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)
