"""Which segment is a customer in, by which rule, and which rules before it did not hold?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from troth.core.feel.evaluating import Expression
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject
from troth.core.policies.segment_kinds import PROFILE
from troth.core.policies.tables import PolicyTable
from troth.core.segments.profile import Profile

_NAMES = tuple(spec.name for spec in PROFILE)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The segment of one customer, and what gave it."""

    segment: str
    rule: str  # of the table; "" where none held
    version: str  # id of the policy version; "" for the built-in default


@dataclass(frozen=True, kw_only=True)
class CellLook:
    """One test of a rule, and the figure that it looked at."""

    column: str  # a figure, or an expression over figures
    test: str
    found: Any
    holds: bool


@dataclass(frozen=True, kw_only=True)
class RuleLook:
    """One rule as it looked at one customer."""

    rule: str
    then: str  # the segment that it names, in FEEL
    note: str
    cells: tuple[CellLook, ...]

    @property
    def holds(self) -> bool:
        return all(cell.holds for cell in self.cells)


def placed(
    book: PolicyBook, profile: Profile, *, regions: tuple[str, ...], at: datetime
) -> Placement:
    """The segment of a customer of these regions, the narrowest first."""
    subject = Subject(regions=tuple(dict.fromkeys(region for region in regions if region)))
    (found,) = book.resolve("segments", subject, at, profile.case).outputs
    return Placement(segment=str(found.value), rule=found.rule, version=found.version)


def looked_at(table: PolicyTable, figures: Mapping[str, Any], *, at: datetime) -> list[RuleLook]:
    """Every rule of a table in its order, with each of its tests as it came out."""
    return [
        RuleLook(
            rule=rule.id,
            then=rule.then.get("segment", ""),
            note=rule.note,
            cells=tuple(_cells(rule.when, figures, at)),
        )
        for rule in table.rules
    ]


def _cells(when: Mapping[str, str], figures: Mapping[str, Any], at: datetime) -> Iterator[CellLook]:
    for column, test in when.items():
        found = _read(column, False).evaluate(figures, at=at).value
        outcome = _read(test, True).evaluate({**figures, "?": found}, at=at).value
        yield CellLook(column=column, test=test, found=found, holds=outcome is True)


@lru_cache(maxsize=1_024)
def _read(text: str, is_cell: bool) -> Expression:
    return Expression(text, names=(*_NAMES, "?"), is_cell=is_cell)
