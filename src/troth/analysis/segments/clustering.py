"""Into which groups do customers fall by themselves, and would they again with other customers?

K-means finds groups in anything, so a grouping is shown with two questions answered:

- *Is it stable?* Customers are drawn again with replacement and grouped anew, many times. A
  group's stability is the mean of its best overlap (Jaccard) with a new one (Christian Hennig,
  Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52, 2007):
  from 0.75 it is a pattern, below 0.6 it should not be believed.
- *Is there a gap?* The share of the spread that the groups explain, against data without groups
  and of the same extent along the main axes (Tibshirani, Walther, Hastie, Estimating the number of
  clusters in a data set via the gap statistic, JRSS B 63, 2001). Without a gap a stable grouping
  is a cut through one cloud: of use, but no discovery.

Of the numbers of groups that are as stable as the most stable the largest is taken. Everything is
seeded.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from troth.analysis.segments.errors import TooFewCustomersError

Labels = NDArray[np.int64]
Points = NDArray[np.float64]

STABLE = 0.75
FEWEST = 50  # customers; with fewer a group is an anecdote
MOST = 4_000  # customers that are grouped; of more a sample
GROUPS = range(2, 7)  # that are tried
_DRAWS = 20
_REFERENCES = 10
_SMALLEST = 0.02  # of all customers in one group
_AS_STABLE = 0.05  # less than the most stable, and still as stable


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group of a grouping."""

    size: int
    stability: float  # 0 to 1


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Customers in so many groups, and how far that can be believed."""

    groups: tuple[Group, ...]  # the largest first
    labels: Labels  # the place of each customer's group
    centres: Points  # (groups, figures), scaled
    agreement: float  # mean adjusted Rand index with groupings of customers drawn again
    has_gap: bool

    @property
    def weakest(self) -> float:
        """The stability of the least stable group."""
        return min(group.stability for group in self.groups)

    @property
    def is_stable(self) -> bool:
        return self.weakest >= STABLE


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How one number of groups did."""

    groups: int
    weakest: float  # the stability of its least stable group
    agreement: float
    has_gap: bool


def grouped(
    points: Points, *, groups: int | None = None, seed: int = 1
) -> tuple[Grouping, tuple[Trial, ...]]:
    """The grouping to propose, and every number of groups that was tried.

    `groups` takes one of them. Where none is stable, it is the one whose weakest group is the
    strongest. Raises TooFewCustomersError.
    """
    if len(points) < FEWEST or points.shape[1] == 0:
        raise TooFewCustomersError(
            f"{len(points)} customers with {points.shape[1]} figures that differ: groups need at "
            f"least {FEWEST} and one. Write rules by hand, or land more (troth run)."
        )
    references = _references(points, seed)
    distinct = len(np.unique(points, axis=0))
    # Threads cost more than they bring for so few customers.
    with threadpool_limits(limits=1):
        found = [
            _tried(points, number, references, seed) for number in GROUPS if number <= distinct
        ]
    if not found:
        raise TooFewCustomersError("All customers have the same figures; there is nothing to tell.")
    trials = tuple(
        Trial(
            groups=len(item.groups),
            weakest=item.weakest,
            agreement=item.agreement,
            has_gap=item.has_gap,
        )
        for item in found
    )
    asked = [item for item in found if len(item.groups) == groups]
    return (asked[0] if asked else _best(found, len(points))), trials


def _best(found: list[Grouping], customers: int) -> Grouping:
    stable = [item for item in found if item.is_stable and _is_ample(item, customers)]
    if not stable:
        return max(found, key=lambda item: item.weakest)
    # One with a gap before one that only cuts a cloud.
    gapped = [item for item in stable if item.has_gap] or stable
    bar = max(item.weakest for item in gapped) - _AS_STABLE
    return max((item for item in gapped if item.weakest >= bar), key=lambda item: len(item.groups))


def sample_of(customers: int, *, seed: int = 1) -> NDArray[np.int64]:
    """Which customers are grouped, in their order."""
    if customers <= MOST:
        return np.arange(customers)
    chosen = np.random.default_rng(seed).choice(customers, size=MOST, replace=False)
    return np.sort(chosen)


def _is_ample(found: Grouping, customers: int) -> bool:
    return min(group.size for group in found.groups) >= max(_SMALLEST * customers, 5)


def _tried(points: Points, groups: int, references: list[Points], seed: int) -> Grouping:
    fitted = _fitted(points, groups, seed, tries=8)
    order = np.argsort(-np.bincount(fitted.labels_, minlength=groups), kind="stable")
    places = np.empty(groups, dtype=np.int64)
    places[order] = np.arange(groups)
    labels: Labels = places[fitted.labels_]
    overlaps, agreements = _drawn_again(points, labels, groups, seed)
    sizes = np.bincount(labels, minlength=groups)
    return Grouping(
        groups=tuple(
            Group(size=int(size), stability=float(overlap))
            for size, overlap in zip(sizes, overlaps, strict=True)
        ),
        labels=labels,
        centres=fitted.cluster_centers_[order],
        agreement=float(np.mean(agreements)),
        has_gap=_has_gap(points, fitted.inertia_, groups, references, seed),
    )


def _drawn_again(
    points: Points, labels: Labels, groups: int, seed: int
) -> tuple[NDArray[np.float64], list[float]]:
    """(mean best overlap of each group, agreement of each draw)"""
    chance = np.random.default_rng(seed + groups)
    overlaps = np.zeros(groups)
    metrics, agreements = import_module("sklearn.metrics"), []
    for draw in range(_DRAWS):
        drawn = np.unique(chance.integers(0, len(points), len(points)), return_counts=True)
        rows, times = drawn
        again = _fitted(points[rows], groups, seed + draw, tries=2, weights=times).labels_
        shared = np.zeros((groups, groups))
        np.add.at(shared, (labels[rows], again), 1)
        mine, theirs = shared.sum(axis=1, keepdims=True), shared.sum(axis=0, keepdims=True)
        overlaps += (shared / np.maximum(mine + theirs - shared, 1)).max(axis=1)
        agreements.append(float(metrics.adjusted_rand_score(labels[rows], again)))
    return overlaps / _DRAWS, agreements


def _references(points: Points, seed: int) -> list[Points]:
    """Clouds without groups, as wide as the points along their main axes."""
    chance = np.random.default_rng(seed)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    return [chance.uniform(low, high, turned.shape) for _ in range(_REFERENCES)]


def _has_gap(
    points: Points, within: float, groups: int, references: list[Points], seed: int
) -> bool:
    """Whether the groups leave a smaller share of the spread than in clouds without groups."""
    left = np.log(max(within, 1e-12) / _spread(points))
    others = [
        np.log(_fitted(cloud, groups, seed, tries=1).inertia_ / _spread(cloud))
        for cloud in references
    ]
    error = float(np.std(others)) * np.sqrt(1 + 1 / _REFERENCES)
    return bool(float(np.mean(others)) - left > 2 * error)


def _spread(points: Points) -> float:
    return float(((points - points.mean(axis=0)) ** 2).sum())


def _fitted(
    points: Points,
    groups: int,
    seed: int,
    *,
    tries: int,
    weights: NDArray[np.int64] | None = None,
) -> Any:
    # It takes longer to load than most commands run: not before somebody asks for groups.
    return (
        import_module("sklearn.cluster")
        .KMeans(n_clusters=groups, n_init=tries, random_state=seed, algorithm="lloyd")
        .fit(points, sample_weight=weights)
    )


def described(
    names: tuple[str, ...], centres: Points, words: dict[str, str] | None = None
) -> tuple[str, ...]:
    """A name for each group by the two figures in which it is furthest from the middle."""
    found: list[str] = []
    for centre in centres:
        order = np.argsort(-np.abs(centre), kind="stable")[:2]
        parts = [
            f"{'high' if centre[at] > 0 else 'low'} {(words or {}).get(names[at], names[at])}"
            for at in order
            if abs(centre[at]) > 0.25
        ]
        name = ", ".join(parts) or "in the middle"
        if name in found:
            name = next(text for n in count(2) if (text := f"{name} ({n})") not in found)
        found.append(name)
    return tuple(found)
