"""Who is about to leave, and what speaks for it?

A logistic regression over hinges of numbers and levels of words: additive, so that each customer's
chance comes apart into what each column adds to it, exactly. Hastie, Tibshirani and Friedman, The
Elements of Statistical Learning (2009), 4.4 and 9.1. Estimates by scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression

from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import Floats, refuse_where

Columns = Mapping[str, Sequence[Any]]  # by name: numbers or words, a None where nothing is known

_KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)  # quantiles at which a number's slope may turn
_RARE = 20  # customers; a word that fewer have is "another"
OTHER = "(another)"
MISSING = "(not known)"


@dataclass(frozen=True, kw_only=True)
class NumberTerm:
    """A number: hinges at its knots, and whether it is known."""

    name: str
    middle: float  # stands for what is not known, whose own weight says what that means
    knots: tuple[float, ...]  # the first is the least: its hinge is the line itself

    def design(self, values: Sequence[Any]) -> Floats:
        """(customers, knots + 1)."""
        numbers = np.array([np.nan if value is None else float(value) for value in values])
        is_missing = ~np.isfinite(numbers)
        known = np.where(is_missing, self.middle, numbers)
        hinges = np.maximum(known[:, None] - np.array(self.knots), 0)
        return np.hstack([hinges, is_missing[:, None].astype(np.float64)])


@dataclass(frozen=True, kw_only=True)
class WordTerm:
    """A word: one weight for each level that is frequent enough."""

    name: str
    levels: tuple[str, ...]

    def design(self, values: Sequence[Any]) -> Floats:
        """(customers, levels)."""
        places = {level: at for at, level in enumerate(self.levels)}
        found = np.zeros((len(values), len(self.levels)))
        for row, value in enumerate(values):
            word = MISSING if value is None else str(value)
            at = places.get(word, places.get(OTHER))
            if at is not None:
                found[row, at] = 1
        return found


@dataclass(frozen=True, kw_only=True)
class RiskReason:
    """What one column adds to a customer's chance."""

    column: str
    value: Any
    points: float  # log-odds, against the mean customer; above 0 speaks for it, below against it
    times: float  # by which it multiplies the odds


@dataclass(frozen=True, kw_only=True)
class RiskModel:
    """The chance that something happens to a customer, from columns known before."""

    terms: tuple[NumberTerm | WordTerm, ...]
    weights: tuple[Floats, ...]  # of each term's design
    means: tuple[Floats, ...]  # of each term's design, over those it was fitted on
    base: float  # log-odds of the mean customer
    covariance: Floats  # of all weights and the base, in the order of the terms, the base last
    customers: int
    happened: int

    @classmethod
    def fit(cls, columns: Columns, happened: ArrayLike, *, strength: float = 0.1) -> RiskModel:
        """Fit it. Numbers and words are told apart by what stands in a column.

        `strength`: 1 / (penalty on squared weights of scaled columns), as scikit-learn's C. Raises
        FitError for columns of other lengths, and where it happened to all or none.
        """
        came = np.asarray(happened, dtype=np.float64)
        refuse_where((came != 0) & (came != 1), "happened is neither 0 nor 1")
        count = len(came)
        _require_columns(columns, count)
        if not 0 < came.sum() < count:
            raise FitError(f"It happened to {came.sum():.0f} of {count} customers; expected some.")
        terms = tuple(_term(name, values) for name, values in columns.items())
        designs = [term.design(columns[term.name]) for term in terms]
        means = [design.mean(axis=0) for design in designs]
        whole = np.hstack(designs)
        middle, width = whole.mean(axis=0), whole.std(axis=0)
        width[width == 0] = 1
        scaled = (whole - middle) / width
        model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-8)
        model.fit(scaled, came)
        weights = model.coef_[0] / width
        ends = np.cumsum([design.shape[1] for design in designs])[:-1]
        share = model.predict_proba(scaled)[:, 1]
        return cls(
            terms=terms,
            weights=tuple(np.split(weights, ends)),
            means=tuple(means),
            base=float(model.intercept_[0]),
            covariance=_covariance(scaled, share, width, strength),
            customers=count,
            happened=int(came.sum()),
        )

    def chance(self, columns: Columns) -> Floats:
        """(customers,). Raises FitError for a column that is missing or of another length."""
        return _share(self.base + np.sum(self._points(columns), axis=0))

    def interval(self, columns: Columns, *, width: float = 1.645) -> tuple[Floats, Floats]:
        """Between what the chance lies: 90 of 100 times, so far as the weights are uncertain."""
        points = self.base + np.sum(self._points(columns), axis=0)
        designs = [
            term.design(columns[term.name]) - mean
            for term, mean in zip(self.terms, self.means, strict=True)
        ]
        whole = np.hstack([*designs, np.ones((len(points), 1))])
        error = np.sqrt(np.einsum("ij,jk,ik->i", whole, self.covariance, whole))
        return _share(points - width * error), _share(points + width * error)

    def reasons(self, columns: Columns, *, most: int = 3) -> list[tuple[RiskReason, ...]]:
        """Of each customer, the columns that move the chance most, up or down, the most first."""
        points = np.array(self._points(columns))
        order = np.argsort(-np.abs(points), axis=0, kind="stable")[:most]
        return [
            tuple(
                RiskReason(
                    column=self.terms[at].name,
                    value=columns[self.terms[at].name][row],
                    points=float(points[at, row]),
                    times=float(np.exp(points[at, row])),
                )
                for at in order[:, row]
            )
            for row in range(points.shape[1])
        ]

    def _points(self, columns: Columns) -> list[Floats]:
        """Of each term, (customers,): what it adds to the log-odds of the mean customer."""
        count = len(next(iter(columns.values()), ()))
        _require_columns({name: columns.get(name, ()) for name in self._names}, count)
        return [
            (term.design(columns[term.name]) - mean) @ weight
            for term, mean, weight in zip(self.terms, self.means, self.weights, strict=True)
        ]

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(term.name for term in self.terms)


def _term(name: str, values: Sequence[Any]) -> NumberTerm | WordTerm:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) for value in known):
        numbers = np.array(known, dtype=np.float64)
        numbers = numbers[np.isfinite(numbers)]
        if numbers.size:
            inner = np.quantile(numbers, _KNOTS)
            knots = sorted({float(numbers.min()), *(float(knot) for knot in inner)})
            return NumberTerm(name=name, middle=float(np.median(numbers)), knots=tuple(knots))
    counts: dict[str, int] = {}
    for value in values:
        word = MISSING if value is None else str(value)
        counts[word] = counts.get(word, 0) + 1
    levels = sorted(word for word, count in counts.items() if count >= _RARE)
    return WordTerm(name=name, levels=(*levels, OTHER))


def _covariance(scaled: Floats, share: Floats, width: Floats, strength: float) -> Floats:
    """The inverse of the information and the penalty, in the columns' own units, the base last."""
    whole = np.hstack([scaled, np.ones((len(scaled), 1))])
    information = (whole * (share * (1 - share))[:, None]).T @ whole
    penalty = np.full(whole.shape[1], 1 / strength)
    penalty[-1] = 0
    found = np.linalg.inv(information + np.diag(penalty))
    units = np.r_[1 / width, 1.0]
    return np.asarray(found * np.outer(units, units))


def _share(points: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-points)))


def _require_columns(columns: Columns, count: int) -> None:
    if not columns or not count:
        raise FitError("No columns or no customers; expected some of each.")
    for name, values in columns.items():
        if len(values) != count:
            raise FitError(f"Column {name} has {len(values)} rows; expected {count}.")
