"""Does what was given so much chance happen so often?

Discrimination and calibration of chances against outcomes that came later: AUC, the Brier score,
and the slope and intercept of Cox (1958), "Two Further Applications of a Model for Binary
Regression", Biometrika 45.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import Floats, refuse_where, require_same_length

_LEAST, _STEPS = 1e-9, 50


@dataclass(frozen=True, kw_only=True)
class Band:
    """Customers of like chance, and how often it happened to them."""

    customers: int
    lowest: float
    highest: float
    expected: float  # mean chance
    actual: float  # share to whom it happened


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How good chances were."""

    customers: int
    happened: int
    auc: float  # the chance that one to whom it happened was given more than one to whom not
    brier: float  # mean squared error; 0 is best
    brier_of_mean: float  # that of giving everybody the mean: a model has to be below it
    slope: float  # 1 is right; below, chances are too far from the mean
    slope_low: float  # its 90 % interval
    slope_high: float
    intercept: float  # 0 is right; above, chances are too low
    bands: tuple[Band, ...]  # of as many customers each, by chance


def calibrate(chance: ArrayLike, happened: ArrayLike, *, bands: int = 10) -> Calibration:
    """Hold chances against what happened. Both of shape (customers,).

    Raises FitError where it happened to nobody or to everybody: then nothing can be told.
    """
    given, came = np.asarray(chance, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    require_same_length(chance=given, happened=came)
    refuse_where((given < 0) | (given > 1), "a chance below 0 or above 1")
    refuse_where((came != 0) & (came != 1), "happened is neither 0 nor 1")
    count, positive = len(came), float(came.sum())
    if not 0 < positive < count:
        raise FitError(
            f"It happened to {positive:.0f} of {count} customers; expected some to whom it did and "
            "some to whom it did not. Look further back, or over a longer time."
        )
    ranks = _ranks(given)
    auc = (ranks[came == 1].sum() - positive * (positive + 1) / 2) / (positive * (count - positive))
    odds = np.log(np.clip(given, _LEAST, 1 - _LEAST) / np.clip(1 - given, _LEAST, 1 - _LEAST))
    slope, error = _slope(odds, came)
    return Calibration(
        customers=count,
        happened=int(positive),
        auc=float(auc),
        brier=float(np.mean((given - came) ** 2)),
        brier_of_mean=float(np.var(came)),
        slope=slope,
        slope_low=slope - 1.645 * error,
        slope_high=slope + 1.645 * error,
        intercept=_intercept(odds, came),
        bands=_bands(given, came, bands),
    )


def _ranks(values: Floats) -> Floats:
    """From 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place])


def _slope(odds: Floats, came: Floats) -> tuple[float, float]:
    """Of the logistic regression of what happened on the log-odds; and its standard error.

    NaN where all were given the same chance.
    """
    if np.ptp(odds) == 0:
        return float("nan"), float("nan")
    design = np.stack([np.ones_like(odds), odds], axis=1)
    found = np.array([0.0, 1.0])
    information = np.eye(2)
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-design @ found))
        information = (design * (share * (1 - share))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (came - share))
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return float(found[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))


def _intercept(odds: Floats, came: Floats) -> float:
    """By how much all log-odds are too low, with the slope held at 1."""
    found = 0.0
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-(odds + found)))
        step = (came - share).sum() / max((share * (1 - share)).sum(), _LEAST)
        found += float(np.clip(step, -1, 1))
        if abs(step) < 1e-9:
            break
    return found


def _bands(given: Floats, came: Floats, count: int) -> tuple[Band, ...]:
    parts = np.array_split(np.argsort(given, kind="stable"), min(count, len(given)))
    return tuple(
        Band(
            customers=len(part),
            lowest=float(given[part[0]]),
            highest=float(given[part[-1]]),
            expected=float(given[part].mean()),
            actual=float(came[part].mean()),
        )
        for part in parts
    )
