"""What can be answered, one whole number each: versions, and the rules of their tables?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_automata import Automaton, InexpressibleError, automaton_of
from troth.analysis.policy_kernel import FEEL, NO_TABLE
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.tables import PolicyTable
from troth.core.policies.timelines import Staged, Timeline
from troth.core.policies.versions import PolicyVersion

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_STAGED = PolicyVersion(
    kind="", scope=Scope(layer=Layer.COMPANY, key=""), number=0, effective_from=_BEFORE_ALL,
    effective_to=None, published_at=_BEFORE_ALL, outputs={}, author="", reason="",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a version answers, or one rule of its table."""

    outputs: Mapping[str, Any]
    version: int  # its place among the versions
    rule: str = ""
    is_rail: bool = False


class Entries:
    """The versions in their order, and behind each that has a table its rules.

    The last entry is no version but FEEL: it stands where some are rolled out in stages.
    """

    def __init__(self, held: Sequence[PolicyVersion]) -> None:
        self.entries: list[Entry] = []
        self.first: dict[int, int] = {}  # by the version's identity
        self.place = {id(version): at for at, version in enumerate(held)}
        self.automata: list[Automaton] = []
        self.reasons: list[str] = []
        self._of: dict[int, int] = {}
        self._is_staged = False
        for at, version in enumerate(held):
            self.first[id(version)] = len(self.entries)
            is_rail = version.scope.layer is Layer.GUARDRAIL
            self.entries.append(Entry(outputs=version.outputs, version=at, is_rail=is_rail))
            if version.table is not None:
                self._add_rules(version, version.table, at)

    def _add_rules(self, version: PolicyVersion, table: PolicyTable, at: int) -> None:
        entry = self.first[id(version)]
        try:
            automaton = automaton_of(table)
        except InexpressibleError as error:
            self._of[entry] = FEEL
            self.reasons.append(f"{version.id}: {error}")
            return
        self._of[entry] = len(self.automata)
        self.automata.append(automaton)
        if not automaton.is_whole:
            why = "; ".join(automaton.reasons) or "some inputs make it fail"
            self.reasons.append(f"{version.id}: {why}")
        for rule, row in enumerate(table.rules):
            outputs = table.constant(rule)
            self.entries.append(Entry(outputs=outputs or {}, version=at, rule=row.id))

    def line(self, slot: Timeline | Staged) -> Timeline:
        """One for all subjects; of versions in stages the one on which FEEL answers always."""
        if isinstance(slot, Timeline):
            return slot
        if not self._is_staged:
            self.reasons.append("versions that are rolled out in stages hold for some alone")
        self._is_staged = True
        return Timeline([_BEFORE_ALL], [None, _STAGED], [])

    def number(self, version: PolicyVersion | None) -> int:
        """The entry of a version; −1: of none."""
        if version is None:
            return -1
        return len(self.entries) if version is _STAGED else self.first[id(version)]

    def fields(self) -> dict[str, Any]:
        """The fields of CompiledPolicies that are about tables."""
        return {
            "automata": tuple(self.automata),
            "of_entry": self._of_entry(),
            "reasons": tuple(self.reasons),
        }

    def _of_entry(self) -> NDArray[np.int32]:
        """As `CompiledPolicies.of_entry`."""
        if not self._of and not self._is_staged:
            return np.empty(0, dtype=np.int32)
        found = np.full(len(self.entries) + 1, NO_TABLE, dtype=np.int32)
        for entry, automaton in self._of.items():
            found[entry] = automaton
        found[-1] = FEEL
        return found
