"""What will a customer without a contract bring in, from now until a horizon, and how surely?

The expectation is that of BG/NBD and Gamma-Gamma, discounted. The interval is of what will come in,
not of its mean: purchases, leaving and amounts are drawn customer by customer, and the parameters
themselves from how surely they are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from troth.analysis.value.bg_nbd import MOST, BgNbd
from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import Floats, refuse_where, require_same_length
from troth.analysis.value.gamma_gamma import GammaGamma
from troth.analysis.value.histories import Histories

_F = TypeVar("_F", bound=Callable[..., Any])
_kernel: Callable[[_F], _F] = numba.njit(nogil=True, cache=True)
_FARTHEST = 6.0  # of a logarithm: four hundred times
_NODES = 8  # of the integral over time; twice as many change no expectation by a millionth


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Until when, and what money of then is worth now."""

    horizon: float  # in the unit of the histories
    discount: float = 0.0  # continuous rate per unit of time: log(1 + yearly rate) / units a year
    margin: float = 1.0  # share of what is paid that is kept

    def __post_init__(self) -> None:
        if not self.horizon > 0 or self.discount < 0 or not 0 < self.margin <= 1:
            raise FitError(
                f"Horizon {self.horizon}, discount {self.discount}, margin {self.margin}; expected "
                "a horizon above 0, a discount from 0 and a margin above 0 and at most 1."
            )


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """One row a customer, in the order of the histories; money in the currency of the histories."""

    alive: Floats  # the chance that they are still a customer
    purchases: Floats  # that are expected until the horizon
    per_purchase: Floats  # what is expected to be paid each time
    value: Floats  # expected, discounted, margin only
    low: Floats  # 90 of 100 customers bring in from `low` …
    high: Floats  # … to `high`


def lifetime(
    known: Histories,
    buying: BgNbd,
    paying: GammaGamma,
    outlook: Outlook,
    *,
    level: float = 0.9,
    draws: int = 400,
    seed: int = 1,
) -> Lifetime:
    """The lifetime value of each customer, with an interval of what will come in.

    The interval leaves out (1 - level) / 2 at each end; where nothing at all comes in with more
    than that chance, it begins at 0 and leaves out 1 - level above. A customer's draws depend on
    `seed` and the customer's code alone. Raises FitError.
    """
    rows = (known.frequency, known.recency, known.age)
    purchases = buying.purchases(*rows, within=outlook.horizon)
    per_purchase = paying.mean(known.frequency, known.mean_value)
    share = _discounted_share(known, buying, outlook, purchases)
    low, high = _interval(
        (seed * 2_654_435_761 + known.customers * 40_503) % 4_294_967_291,
        np.stack(
            [known.frequency.astype(np.float64), known.recency, known.age, known.mean_value], axis=1
        ),
        _parameters(buying, paying, draws, seed),
        (outlook.horizon, outlook.discount, outlook.margin),
        (level, draws),
    )
    return Lifetime(
        alive=buying.alive(*rows),
        purchases=purchases,
        per_purchase=per_purchase,
        value=share * per_purchase * outlook.margin,
        low=low,
        high=high,
    )


def _discounted_share(
    known: Histories, buying: BgNbd, outlook: Outlook, purchases: Floats
) -> Floats:
    """Expected purchases, each worth what its time is.

    By parts: the sum of exp(-d t) over purchases is exp(-d H) X(H) + d times the integral of
    exp(-d t) X(t), with X(t) the purchases expected until t.
    """
    if outlook.discount == 0:
        return purchases
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    total = np.exp(-outlook.discount * outlook.horizon) * purchases
    for node, weight in zip(nodes, weights, strict=True):
        time = outlook.horizon * (node + 1) / 2
        until = buying.purchases(known.frequency, known.recency, known.age, within=time)
        total = total + (
            outlook.discount * outlook.horizon / 2 * weight
            * np.exp(-outlook.discount * time) * until
        )  # fmt: skip
    return np.asarray(total)


def _parameters(buying: BgNbd, paying: GammaGamma, draws: int, seed: int) -> Floats:
    """(sets, 7): r, alpha, a, b, p, q, v, drawn by how surely the logarithms are known."""
    sets = min(draws, 50)
    chance = np.random.default_rng(seed)
    middle = (
        np.log([buying.r, buying.alpha, buying.a, buying.b]),
        np.log([paying.p, paying.q, paying.v]),
    )
    drawn = [
        # Few customers tell little, and a draw beyond any doubt is none that says anything.
        np.clip(
            chance.multivariate_normal(logs, covariance, sets, method="cholesky"),
            logs - _FARTHEST,
            logs + _FARTHEST,
        )
        for logs, covariance in zip(middle, (buying.covariance, paying.covariance), strict=True)
    ]
    return np.exp(np.hstack(drawn))


@_kernel
def _drawn(
    row: tuple[float, float, float, float],
    values: Floats,
    outlook: tuple[float, float, float],
) -> float:
    """What one customer brings in, once."""
    bought, last, since, mean = row
    r, alpha, a, b = values[0], values[1], values[2], values[3]
    p, q, v = values[4], values[5], values[6]
    horizon, discount, margin = outlook
    if bought > 0:
        odds = a / (b + (bought - 1))
        odds *= np.exp((r + bought) * (np.log(alpha + since) - np.log(alpha + last)))
        if np.random.random() >= 1 / (1 + odds):
            return 0.0
    rate = np.random.gamma(r + bought, 1 / (alpha + since))
    if rate <= 0:
        return 0.0
    leaves = np.random.beta(a, b + bought)
    scale = 1 / max(np.random.gamma(q + p * bought, 1 / (v + mean * bought)), 1e-300)
    total, time = 0.0, np.random.exponential(1 / rate)
    for _ in range(MOST):
        if time >= horizon:
            break
        total += margin * np.random.gamma(p, scale) * np.exp(-discount * time)
        if np.random.random() < leaves:
            break
        time += np.random.exponential(1 / rate)
    return total


@_kernel
def _interval(
    seeds: NDArray[np.int64],
    rows: Floats,
    values: Floats,
    outlook: tuple[float, float, float],
    asked: tuple[float, int],
) -> tuple[Floats, Floats]:
    """The ends of each customer's interval; `rows`: frequency, recency, age, mean value."""
    level, draws = asked
    low, high = np.zeros(len(rows)), np.zeros(len(rows))
    found = np.empty(draws)
    tail = (1 - level) / 2
    for at in range(len(rows)):
        np.random.seed(seeds[at])
        row = (rows[at, 0], rows[at, 1], rows[at, 2], rows[at, 3])
        nothing = 0
        for draw in range(draws):
            found[draw] = _drawn(row, values[draw % len(values)], outlook)
            nothing += found[draw] == 0
        if nothing > tail * draws:
            high[at] = np.quantile(found, level)
        else:
            low[at] = np.quantile(found, tail)
            high[at] = np.quantile(found, 1 - tail)
    return low, high


@dataclass(frozen=True, kw_only=True)
class FrequencyClass:
    """Customers who had bought again so often, and how often they bought after that day."""

    frequency: int
    is_open: bool  # so often or more
    customers: int
    expected: float  # mean purchases that were expected
    actual: float  # mean purchases that came


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """What a model that knows nothing of the time after a day says about it, and what happened."""

    classes: tuple[FrequencyClass, ...]
    expected: float  # all purchases
    actual: float
    inside: float  # the share of customers whose purchases lay in their 90 % interval


def hold_out(
    known: Histories, buying: BgNbd, actual: ArrayLike, *, within: float, most: int = 7
) -> HoldOut:
    """Hold purchases that came within so much time against those expected, by frequency class.

    `actual`: of each customer of `known`. The last class holds `most` and more. Raises FitError.
    """
    came = np.asarray(actual, dtype=np.float64)
    require_same_length(frequency=known.frequency.astype(np.float64), actual=came)
    refuse_where(came < 0, "fewer purchases than 0")
    rows = (known.frequency, known.recency, known.age)
    expected = buying.purchases(*rows, within=within)
    low, high = (buying.quantile(level, *rows, within=within) for level in (0.05, 0.95))
    of_class = np.minimum(known.frequency, most)
    classes = tuple(
        FrequencyClass(
            frequency=number,
            is_open=number == most,
            customers=int(members.sum()),
            expected=float(expected[members].mean()),
            actual=float(came[members].mean()),
        )
        for number in range(most + 1)
        if (members := of_class == number).any()
    )
    return HoldOut(
        classes=classes,
        expected=float(expected.sum()),
        actual=float(came.sum()),
        inside=float(((low <= came) & (came <= high)).mean()),
    )
