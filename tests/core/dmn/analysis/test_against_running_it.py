"""Does the analysis say what is true? Small tables are run on every input they can tell apart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from tests.core.dmn.analysis.oracle import is_shown, said, truth
from tests.core.dmn.analysis.tables import random_table

from troth.core.dmn.analysis import Limits, analyse
from troth.core.dmn.analysis.axes import Coding
from troth.core.dmn.analysis.cells import Compare
from troth.core.dmn.analysis.scales import Cut, _ToTheSecond
from troth.core.dmn.analysis.shadows import Shadows

ALL = Limits(findings=None)


def _differences(seeds: range) -> list[str]:
    """What the analysis says of random tables and running them does not, or the other way."""
    found = []
    for seed in seeds:
        box, samples = random_table(random.Random(seed))
        analysis = analyse(box, limits=ALL)
        want, have = truth(box, samples), said(analysis)
        if want != have:
            found.append(f"{seed}: {box.hit_policy} {box.rules}\n true {want}\n said {have}")
        found += [f"{seed}: {sentence}" for sentence in is_shown(box, analysis)]
    return found


def test_what_is_said_of_a_table_is_what_running_it_on_all_inputs_shows() -> None:
    assert _differences(range(150)) == []


def test_the_random_tables_have_enough_of_each_kind_to_tell() -> None:
    seen: Counter[str] = Counter()
    for seed in range(150):
        box, _ = random_table(random.Random(seed))
        seen.update(kind.value for kind in analyse(box, limits=ALL).counts)
    assert min(seen.values()) >= 5, seen
    assert len(seen) == 7, seen


def test_ignoring_whether_ends_are_open_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Coding._ends

    def closed(self: Coding, part: Compare) -> tuple[Cut | None, Cut | None]:
        sign = {"<": "<=", ">": ">="}.get(part.sign, part.sign)
        return ends(self, Compare(sign=sign, value=part.value))

    monkeypatch.setattr(Coding, "_ends", closed)
    assert _differences(range(30))


def test_telling_moments_of_one_second_apart_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ToTheSecond, "around", lambda self, key: ((key, 0), (key, 1)))
    assert _differences(range(60))


def test_asking_one_rule_at_a_time_what_it_masks_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    escape = Shadows._escape

    def by_one(
        self: Shadows, region: Sequence[object], rules: Sequence[tuple[bool, int]], **rest: object
    ) -> object:
        alone = [escape(self, region, [rule], **rest) for rule in rules]  # type: ignore[arg-type]
        return None if None in alone else next(iter(alone), (0,) * len(region))

    monkeypatch.setattr(Shadows, "_escape", by_one)
    assert _differences(range(60))
