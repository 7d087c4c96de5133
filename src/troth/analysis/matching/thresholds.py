"""From which weight on are two records a match, and from which is a steward to say?

The user states a precision: of the pairs that are called matches, so many are to be right. How
many are is what the model itself expects, from the probabilities of its pairs; where stewards
have said enough, their verdicts put the model's weights right first (Platt 1999: a line through
the log odds), and always stand for the pairs that they are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from troth.analysis.matching.pairs import Verdict
from troth.analysis.matching.scoring import Scored

_FEWEST_VERDICTS = 30  # of each kind, before the weights are put right by them
_POINTS = 200
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What a threshold of this weight would come to."""

    weight: float  # bits
    precision: float  # expected, of the pairs of this weight and above
    recall: float  # expected, of the matches among all pairs that were compared
    pairs: int  # of this weight and above


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """A pair of so many bits has the log odds `slope` × bits + `offset`, in bits."""

    slope: float = 1.0
    offset: float = 0.0
    verdicts: int = 0  # that it rests on

    def probabilities(self, weights: Floats) -> Floats:
        """The chance of each weight."""
        bits = np.clip(self.slope * weights + self.offset, -1000.0, 1000.0)
        return np.asarray(1.0 / (1.0 + np.exp2(-bits)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """The weights that divide pairs in three, and what is expected of them."""

    match: float  # bits; a pair of this weight or more is a match
    possible: float  # a pair of this weight or more, below `match`, is for a steward
    stated_precision: float
    expected: Point  # at `match`
    for_stewards: int  # pairs between the two
    calibration: Calibration
    curve: tuple[Point, ...]  # from the strictest threshold to the loosest

    def verdict(self, weight: float) -> Verdict:
        """What a pair of this weight is."""
        if weight >= self.match:
            return Verdict.MATCH
        return Verdict.POSSIBLE if weight >= self.possible else Verdict.NONE


def thresholds(
    scored: Scored,
    *,
    precision: float,
    recall: float = 0.99,
    verdicts: Mapping[tuple[str, str], bool] | None = None,
) -> Thresholds:
    """Thresholds for a stated precision, 0 to 1.

    `recall` is the share of the expected matches that matches and stewards' pairs together are
    to hold. `verdicts` are what stewards said, by keys, the smaller first. Where no threshold
    reaches the precision, nothing is a match and all likely pairs are for a steward.
    """
    table = scored.table
    weights: Floats = table.column("weight").to_numpy()
    calibration, chances = _chances(table, weights, verdicts or {})
    held = np.arange(1, len(weights) + 1)
    right = np.cumsum(chances)
    expected = float(right[-1]) if len(right) else 0.0
    # A threshold takes all pairs of its weight or none.
    last = np.append(weights[1:] != weights[:-1], True) if len(weights) else np.zeros(0, bool)
    reached = np.flatnonzero(last & (right >= precision * held))
    match_at = int(reached[-1]) if len(reached) else -1
    enough = np.flatnonzero(last & (right >= recall * expected))
    possible_at = max(int(enough[0]) if len(enough) else -1, match_at)
    top = float(weights[0]) + 1.0 if len(weights) else 1.0
    return Thresholds(
        match=float(weights[match_at]) if match_at >= 0 else top,
        possible=float(weights[possible_at]) if possible_at >= 0 else top,
        stated_precision=precision,
        expected=_point(weights, right, expected, match_at, top),
        for_stewards=possible_at - match_at,
        calibration=calibration,
        curve=_curve(weights, right, expected, last),
    )


def _point(weights: Floats, right: Floats, expected: float, at: int, top: float) -> Point:
    if at < 0:
        return Point(weight=top, precision=1.0, recall=0.0, pairs=0)
    return Point(
        weight=float(weights[at]),
        precision=float(right[at]) / (at + 1),
        recall=float(right[at]) / expected if expected else 0.0,
        pairs=at + 1,
    )


def _curve(
    weights: Floats, right: Floats, expected: float, last: NDArray[np.bool_]
) -> tuple[Point, ...]:
    """At most so many points, evenly over the range of weights."""
    places = np.flatnonzero(last)
    if len(places) > _POINTS:
        wanted = np.linspace(weights[places[0]], weights[places[-1]], _POINTS)
        places = np.unique(places[np.searchsorted(-weights[places], -wanted)])
    return tuple(_point(weights, right, expected, int(at), 0.0) for at in places)


def _chances(
    table: Any, weights: Floats, verdicts: Mapping[tuple[str, str], bool]
) -> tuple[Calibration, Floats]:
    """The chance of each pair, as stewards put it right."""
    if not verdicts:
        found = Calibration()
        return found, found.probabilities(weights)
    keys = zip(table.column("left").to_pylist(), table.column("right").to_pylist(), strict=True)
    said = [verdicts.get(pair) for pair in keys]
    places = np.array([at for at, answer in enumerate(said) if answer is not None], np.int64)
    answers = np.array([bool(answer) for answer in said if answer is not None])
    found = _calibrated(weights[places], answers)
    chances = found.probabilities(weights)
    chances[places] = answers
    return found, chances


def _calibrated(weights: Floats, answers: NDArray[np.bool_]) -> Calibration:
    """The line that fits what stewards said; the model's own where they said too little."""
    yes, no = int(answers.sum()), int((~answers).sum())
    if min(yes, no) < _FEWEST_VERDICTS:
        return Calibration(verdicts=len(answers))
    # Platt's targets keep a perfect split from an infinite slope.
    goals = np.where(answers, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(line: Floats) -> tuple[float, Floats]:
        odds = np.log(2.0) * (line[0] * weights + line[1])
        gap = 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700))) - goals
        total = float((np.logaddexp(0.0, odds) - goals * odds).sum())
        return total, np.log(2.0) * np.array([(gap * weights).sum(), gap.sum()])

    best = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.01, 10), (-50, 50)]
    )
    return Calibration(slope=float(best.x[0]), offset=float(best.x[1]), verdicts=len(answers))
