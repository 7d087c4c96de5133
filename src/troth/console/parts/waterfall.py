"""How does each comparison move the odds, drawn as a waterfall of match weights?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from troth.store.queries.questions import Evidence

WIDTH = 240


@dataclass(frozen=True, kw_only=True)
class Step:
    """One bar, in units of the picture; its row says the same in numbers."""

    comparison: str
    level: str
    weight: Decimal
    start: int  # left edge
    length: int  # at least one
    is_against: bool


def waterfall(evidence: Sequence[Evidence]) -> tuple[Step, ...]:
    """The steps from even odds to the sum, each beginning where the one before ended."""
    ends = [Decimal(0)]
    for item in evidence:
        ends.append(ends[-1] + item.weight)
    low, high = min(ends), max(ends)
    unit = Decimal(WIDTH) / ((high - low) or Decimal(1))
    return tuple(
        Step(
            comparison=item.comparison,
            level=item.level,
            weight=item.weight,
            start=round((min(ends[place], ends[place + 1]) - low) * unit),
            length=max(1, round(abs(item.weight) * unit)),
            is_against=item.weight < 0,
        )
        for place, item in enumerate(evidence)
    )
