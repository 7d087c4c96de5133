"""How is a likelihood of a few positive parameters made largest, and how sure is the result?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from troth.analysis.value.errors import FitError

Floats = NDArray[np.float64]
# Parameters → the negative mean log-likelihood, and its gradient by them.
Loss = Callable[[Floats], tuple[float, Floats]]

_STEP = 1e-4  # of a logarithm, for differences of slopes
_LOWEST, _HIGHEST = -12.0, 12.0  # of the logarithms: beyond, a parameter has run away
_EDGE = 0.01
_LEVEL = 1e-4  # slopes of the mean likelihood by a logarithm, at the top
_FLAT = 1e-7  # its least curvature
_MOST_STEPS, _NEAR, _FAR = 12, 1e-6, 1.0  # from where a sample's top is; of a logarithm


@dataclass(frozen=True, kw_only=True)
class Top:
    """Where a likelihood is largest."""

    logs: Floats  # (count,), of the parameters
    steepest: float  # the largest slope of the mean loss that is left there
    curvature: Floats  # (count, count), of the mean loss, by forward differences


def fitted(
    loss: Loss, count: int, weight: float, model: str, *, start: Top | None = None
) -> tuple[Floats, Floats]:
    """The parameters, and the covariance of their logarithms, of shapes (count,), (count, count).

    By L-BFGS-B on the logarithms, from 1 or from `start`; `weight` is the number of customers. The
    covariance is the inverse of the observed information. Raises FitError where a parameter runs
    away or nothing is found: then the data do not tell the model's parameters.
    """
    found = top(loss, count, start=start)
    logs = found.logs
    flattest = float(np.linalg.eigvalsh(found.curvature)[0])
    has_run = bool((np.abs(logs) > _HIGHEST - _EDGE).any())
    if has_run or not found.steepest < _LEVEL or not flattest > _FLAT:
        raise FitError(
            f"{model} does not fit: its parameters run away, or several fit alike. Are the "
            "customers alike in how they buy, or too few of them back after their first time?"
        )
    return np.exp(logs), np.linalg.inv(found.curvature * weight).astype(np.float64)


def top(loss: Loss, count: int, *, start: Top | None = None) -> Top:
    """Where the loss is least, as far as the minimiser came; judged by whoever asks."""
    by_log = _by_log(loss)
    logs = None if start is None else _by_steps(by_log, start)
    if logs is None:
        found = minimize(
            by_log,
            np.zeros(count),
            jac=True,
            method="L-BFGS-B",
            bounds=[(_LOWEST, _HIGHEST)] * count,
            options={"maxiter": 1_000, "ftol": 1e-14, "gtol": 1e-9, "maxls": 60},
        )
        logs = np.asarray(found.x, dtype=np.float64)
    slopes = by_log(logs)[1]
    curvature = np.empty((count, count))
    for at in range(count):
        step = np.zeros(count)
        step[at] = _STEP
        curvature[at] = (by_log(logs + step)[1] - slopes) / _STEP
    return Top(
        logs=logs,
        steepest=float(np.abs(slopes).max()),
        curvature=(curvature + curvature.T) / 2,
    )


def _by_steps(by_log: Loss, start: Top) -> Floats | None:
    """BFGS with whole steps, from the curvature that a sample has: each comes many times closer.

    Nocedal and Wright, Numerical Optimization (2006), (6.17). None where it does not; then the
    minimiser is to begin anew.
    """
    if not np.linalg.eigvalsh(start.curvature)[0] > _FLAT:
        return None
    inverse, one = np.linalg.inv(start.curvature), np.eye(len(start.logs))
    logs = start.logs
    slopes = by_log(logs)[1]
    for _ in range(_MOST_STEPS):
        step = -inverse @ slopes
        if not np.abs(step).max() < _FAR:
            return None
        logs = logs + step
        if np.abs(step).max() < _NEAR:
            return np.asarray(logs)
        before, slopes = slopes, by_log(logs)[1]
        along = step @ (slopes - before)
        if not along > 0:
            return None
        turn = one - np.outer(step, slopes - before) / along
        inverse = turn @ inverse @ turn.T + np.outer(step, step) / along
    return None


def _by_log(loss: Loss) -> Loss:
    def by_log(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        at, slope = loss(values)
        return at, slope * values

    return by_log


def require_same_length(**arrays: Floats) -> None:
    """Raises FitError where arrays are of several lengths, empty, or hold what is no number."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or not min(lengths.values()):
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise FitError(f"Lengths: {told}; expected the same of each, and not 0.")
    for name, array in arrays.items():
        wrong = np.flatnonzero(~np.isfinite(array))
        if wrong.size:
            raise FitError(f"{name}[{wrong[0]}] is {array[wrong[0]]}; expected a number.")


def refuse_where(wrong: NDArray[np.bool_], sentence: str) -> None:
    """Raises FitError with the first place at which something is wrong."""
    places = np.flatnonzero(wrong)
    if places.size:
        raise FitError(f"Row {places[0]}: {sentence} ({places.size} of {len(wrong)} rows).")
