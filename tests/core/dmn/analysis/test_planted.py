"""Are planted defects found, and are clean tables left in peace?"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.core.dmn.analysis.oracle import is_shown
from tests.core.dmn.analysis.tables import (
    BOOLEANS,
    DATES,
    LISTED,
    MOMENTS,
    MONTHS,
    NUMBERS,
    TEXTS,
    Box,
    Sample,
    cells_of,
    partition,
    table,
)

from troth.core.dmn.analysis import Kind, Runner, analyse
from troth.core.dmn.models import HitPolicy, TableBox

_SAMPLES = (NUMBERS, DATES, MOMENTS, MONTHS, TEXTS, LISTED, BOOLEANS)
_POLICIES = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY)
Row = tuple[list[str], str]


class Clean:
    """A table that answers every input by one rule; each rule answers otherwise."""

    def __init__(self, seed: int, *, fewest: int = 1, most: int = 16) -> None:
        self.chosen = random.Random(seed)
        self.boxes: list[Box] = []
        while len(self.boxes) < fewest:
            self.samples: list[Sample] = [
                self.chosen.choice(_SAMPLES) for _ in range(self.chosen.randint(2, 4))
            ]
            self.boxes = partition(self.samples, self.chosen.randint(2, most), self.chosen)

    def rows(self) -> list[Row]:
        return [(cells_of(self.samples, box), str(100 + at)) for at, box in enumerate(self.boxes)]

    def table(self, rows: list[Row], policy: HitPolicy) -> TableBox:
        return table(self.samples, rows, policy)

    def part(self, box: Box) -> Box:
        """A part of a box, smaller than it where it can be."""
        wide = [axis for axis, (first, end) in enumerate(box) if end - first > 1]
        if not wide:
            return box
        axis = self.chosen.choice(wide)
        first, end = box[axis]
        return (*box[:axis], (first, self.chosen.randrange(first + 1, end)), *box[axis + 1 :])


def _gap(clean: Clean) -> tuple[TableBox, Kind]:
    rows = clean.rows()
    rows.pop(clean.chosen.randrange(len(rows)))
    return clean.table(rows, clean.chosen.choice(_POLICIES)), Kind.GAP


def _overlap(clean: Clean) -> tuple[TableBox, Kind]:
    """A rule grows over its neighbours, or comes a second time with another answer."""
    rows = clean.rows()
    at = clean.chosen.randrange(len(rows))
    cells = cells_of(clean.samples, clean.part(clean.boxes[at]))
    rows.insert(clean.chosen.randint(0, len(rows)), (cells, "7"))
    return clean.table(rows, clean.chosen.choice((HitPolicy.UNIQUE, HitPolicy.ANY))), Kind.OVERLAP


def _masked(clean: Clean) -> tuple[TableBox, Kind]:
    """Behind all, a rule for what two of them hold together."""
    one, other = clean.chosen.sample(clean.boxes, 2)
    hull = tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other, strict=True))
    rows = [*clean.rows(), (cells_of(clean.samples, hull), "7")]
    return clean.table(rows, HitPolicy.FIRST), Kind.MASKED


def _silent(clean: Clean) -> tuple[TableBox, Kind]:
    """A rule one of whose cells lets nothing through."""
    cells = cells_of(clean.samples, clean.chosen.choice(clean.boxes))
    axis = clean.chosen.randrange(len(cells))
    sample = clean.samples[axis]
    low, high = sample.texts[0], sample.texts[-1]
    impossible = [f"[{high}..{low}]", f"({low}..{low}]", "[5..3]", '@"P1D"']
    if not sample.is_line:
        impossible = ["12", '@"2026-01-01"']
    cells[axis] = clean.chosen.choice(impossible)
    rows = clean.rows()
    rows.insert(clean.chosen.randint(0, len(rows)), (cells, "7"))
    return clean.table(rows, clean.chosen.choice(_POLICIES)), Kind.NEVER_MATCHES


def _redundant(clean: Clean) -> tuple[TableBox, Kind]:
    """A part of a rule's inputs gets the same answer from a rule above it."""
    rows = clean.rows()
    at = clean.chosen.randrange(len(rows))
    cells = cells_of(clean.samples, clean.part(clean.boxes[at]))
    rows.insert(clean.chosen.randint(0, at), (cells, rows[at][1]))
    policy = clean.chosen.choice((HitPolicy.FIRST, HitPolicy.ANY))
    return clean.table(rows, policy), Kind.REDUNDANT


_PLANTS: tuple[Callable[[Clean], tuple[TableBox, Kind]], ...] = (
    _gap, _overlap, _masked, _silent, _redundant,
)  # fmt: skip


def test_200_planted_defects_are_found_each_with_an_input_that_shows_it() -> None:
    for number in range(200):
        box, kind = _PLANTS[number % len(_PLANTS)](Clean(number, fewest=3))
        analysis = analyse(box)
        assert analysis.of(kind), f"{number}: {kind} is not found in {box.rules}"
        assert analysis.is_complete
        assert is_shown(box, analysis) == [], number


def test_planting_one_defect_finds_no_other() -> None:
    for number in range(200):
        box, kind = _PLANTS[number % len(_PLANTS)](Clean(number, fewest=3))
        others = set(analyse(box).counts) - {kind, Kind.MERGEABLE}
        # A rule that comes a second time is also one of two that could go.
        assert others <= ({Kind.MASKED} if kind is Kind.REDUNDANT else set()), number


def test_200_clean_tables_give_no_alarm() -> None:
    for number in range(200):
        clean = Clean(10_000 + number)
        analysis = analyse(clean.table(clean.rows(), _POLICIES[number % 4]))
        assert analysis.is_clean, [finding.sentence for finding in analysis.findings]


def test_none_found_survives_100_000_random_inputs() -> None:
    tried = 0
    for number in range(50):
        clean = Clean(20_000 + number, most=7)
        box = clean.table(clean.rows(), HitPolicy.UNIQUE)
        assert analyse(box).is_clean
        runner = Runner(box)
        for _ in range(2_000):
            values = {
                f"i{at}": clean.chosen.choice(sample.values)
                for at, sample in enumerate(clean.samples)
            }
            assert len(runner.rules(values)) == 1, values
            tried += 1
    assert tried == 100_000
