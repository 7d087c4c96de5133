"""How often will a customer buy again, who may have gone without a word?

BG/NBD: Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24 (2005). Purchases come at a rate of each customer's own,
gamma distributed (r, alpha); after each the customer is gone with a chance of their own, beta
distributed (a, b). All times are in one unit, that of `age`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln, digamma, gammaln, hyp2f1

from troth.analysis.value.fitting import (
    Floats,
    Loss,
    fitted,
    refuse_where,
    require_same_length,
    top,
)

# Of each customer: frequency, recency, age, and how many customers the row stands for.
_Rows = tuple[NDArray[np.int64], Floats, Floats, Floats]
_F = TypeVar("_F", bound=Callable[..., Any])
_kernel: Callable[[_F], _F] = numba.njit(nogil=True, cache=True)
_MODEL = "BG/NBD"
MOST = 10_000  # purchases within the time that is asked about
_PART = 65_536  # customers that one thread takes at a time
_MANY = 200_000  # from so many customers on, a sample shows where to begin
_SAMPLED = 20  # one customer in so many


@_kernel
def _last_terms(
    frequency: NDArray[np.int64],
    recency: Floats,
    age: Floats,
    weight: Floats,
    values: Floats,
) -> tuple[float, float, float, float, float]:
    """Sums over customers of what depends on times: the logarithm and its four slopes."""
    r, alpha, a, b = values
    total, by_r, by_alpha, by_a, by_b = 0.0, 0.0, 0.0, 0.0, 0.0
    for at in range(len(frequency)):
        bought, heavy = frequency[at], weight[at]
        all_in, here = r + bought, alpha + age[at]
        since = np.log(here)
        total -= heavy * all_in * since
        if bought == 0:
            by_r -= heavy * since
            by_alpha -= heavy * all_in / here
            continue
        last, kept = alpha + recency[at], b + (bought - 1)
        before = np.log(last)
        odds = a / kept * np.exp(all_in * (since - before))
        total += heavy * np.log1p(odds)
        stays = 1 / (1 + odds)
        goes = 1 - stays
        by_a += heavy * goes / a
        by_b -= heavy * goes / kept
        by_r -= heavy * (stays * since + goes * before)
        by_alpha -= heavy * all_in * (stays / here + goes / last)
    return total, by_r, by_alpha, by_a, by_b


def _all_terms(rows: _Rows, values: Floats, pool: Executor) -> Floats:
    """The same of all customers, part by part at once; added up in one order always."""
    parts = range(0, len(rows[0]), _PART)
    found = pool.map(
        lambda begin: _last_terms(*_part(rows, slice(begin, begin + _PART)), values),
        parts,
    )
    return np.asarray(np.sum(list(found), axis=0), dtype=np.float64)


def _part(rows: _Rows, part: slice) -> _Rows:
    bought, last, since, weight = rows
    return bought[part], last[part], since[part], weight[part]


@dataclass(frozen=True, kw_only=True)
class BgNbd:
    """The model with its four parameters. Arrays in and out have one row a customer."""

    r: float
    alpha: float  # in the unit of time
    a: float
    b: float
    log_likelihood: float
    # Of the logarithms of the four, shape (4, 4).
    covariance: Floats

    @classmethod
    def fit(
        cls,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        weight: ArrayLike | None = None,
    ) -> BgNbd:
        """The parameters by maximum likelihood. `weight`: how many customers a row stands for.

        Raises FitError for rows that cannot be, and where the data do not tell the parameters.
        """
        bought = np.asarray(frequency)
        last, since = np.asarray(recency, dtype=np.float64), np.asarray(age, dtype=np.float64)
        count = np.ones(len(since)) if weight is None else np.asarray(weight, dtype=np.float64)
        require_same_length(frequency=bought, recency=last, age=since, weight=count)
        _require_possible(bought, last, since)
        refuse_where(count < 0, "a weight below 0")
        bought = bought.astype(np.int64)
        unit = float(since.mean()) or 1.0
        people = float(count.sum())
        rows = (bought, last / unit, since / unit, count)
        with ThreadPoolExecutor() as pool:
            start = None
            if len(bought) >= _MANY:
                start = top(_loss_of(_part(rows, slice(None, None, _SAMPLED)), pool), 4)
            loss = _loss_of(rows, pool)
            values, covariance = fitted(loss, 4, people, _MODEL, start=start)
            least = loss(values)[0]
        # A rate is per unit of time: its likelihood is that of the scaled times, less the scaling.
        likelihood = -least * people - float((bought * count).sum()) * np.log(unit)
        r, alpha, a, b = (float(value) for value in values)
        return cls(r=r, alpha=alpha * unit, a=a, b=b, log_likelihood=float(likelihood),
                   covariance=covariance)  # fmt: skip

    def alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """The chance that a customer is still one, equation (11) of the note on P(alive), 2008."""
        bought, last, since = _rows(frequency, recency, age)
        odds = np.where(
            bought > 0,
            self.a / (self.b + (np.maximum(bought, 1) - 1))
            * np.exp((self.r + bought) * (np.log(self.alpha + since) - np.log(self.alpha + last))),
            0.0,
        )  # fmt: skip
        return 1 / (1 + odds)

    def expected(self, within: ArrayLike) -> Floats:
        """Purchases of a new customer after the first, until so much time has passed: (9)."""
        time = np.asarray(within, dtype=np.float64)
        share = self.alpha / (self.alpha + time)
        series = hyp2f1(self.r, self.b, self.a + self.b - 1, 1 - share)
        return np.asarray((self.a + self.b - 1) / (self.a - 1) * (1 - share**self.r * series))

    def purchases(
        self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, within: float
    ) -> Floats:
        """Purchases that are expected within so much time from now: (10)."""
        bought, _, since = _rows(frequency, recency, age)
        r, a, b = self.r + bought, self.a, self.b + bought
        share = (self.alpha + since) / (self.alpha + since + within)
        series = hyp2f1(r, b, a + b - 1, 1 - share)
        whole = (a + b - 1) / (a - 1) * (1 - share**r * series)
        return np.asarray(whole * self.alive(frequency, recency, age))

    def at_least(
        self, count: int, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *,
        within: float,
    ) -> Floats:  # fmt: skip
        """The chance of so many purchases or more within so much time from now.

        Who is alive goes on buying at a rate that is Gamma(r + x, alpha + T), and goes with a
        chance that is Beta(a, b + x): so many come if the rate brings them and the customer stays
        through all but the last of them.
        """
        bought, _, since = _rows(frequency, recency, age)
        if count <= 0:
            return np.ones(len(bought))
        comes = betainc(count, self.r + bought, within / (self.alpha + since + within))
        stays = betaln(self.a, self.b + bought + count - 1) - betaln(self.a, self.b + bought)
        return np.asarray(self.alive(frequency, recency, age) * comes * np.exp(stays))

    def quantile(
        self, level: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *,
        within: float,
    ) -> NDArray[np.int64]:  # fmt: skip
        """The fewest purchases that no more come than, with this chance, within so much time."""
        bought, last, since = _rows(frequency, recency, age)
        found = np.zeros(len(bought), dtype=np.int64)
        open_rows = np.arange(len(bought))
        for count in range(1, MOST + 1):
            part = (bought[open_rows], last[open_rows], since[open_rows])
            more = self.at_least(count, *part, within=within) > 1 - level
            open_rows = open_rows[more]
            if not open_rows.size:
                break
            found[open_rows] = count
        return found


def _loss_of(rows: _Rows, pool: Executor) -> Loss:
    """The loss of these customers; what depends on how often they bought is added up once."""
    kinds = _counted(rows[0], rows[3])
    people = float(rows[3].sum())
    return lambda values: _loss(values, kinds, rows, people, pool)


def _counted(bought: NDArray[np.int64], weight: Floats) -> tuple[NDArray[np.int64], Floats]:
    """How many customers bought so often: the numbers, ascending, and the counts."""
    if bought.max() < 10 * len(bought) + 1_000:
        of_all = np.bincount(bought, weights=weight)
        kinds = np.flatnonzero(np.bincount(bought)).astype(np.int64)
        return kinds, of_all[kinds].astype(np.float64)
    kinds, place = np.unique(bought, return_inverse=True)
    return kinds, np.bincount(place, weights=weight).astype(np.float64)


def _loss(
    values: Floats,
    kinds: tuple[NDArray[np.int64], Floats],
    rows: _Rows,
    people: float,
    pool: Executor,
) -> tuple[float, Floats]:
    r, alpha, a, b = values
    bought, count = kinds  # what depends on the number of purchases alone, once for each number
    gradient = _all_terms(rows, values, pool)
    total, gradient = float(gradient[0]), gradient[1:]
    total += count @ (
        gammaln(r + bought) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(b + bought) - gammaln(b) - gammaln(a + b + bought)
    )  # fmt: skip
    both = digamma(a + b) - digamma(a + b + bought)
    gradient[0] += count @ (digamma(r + bought) - digamma(r) + np.log(alpha))
    gradient[1] += people * r / alpha
    gradient[2] += count @ both
    gradient[3] += count @ (both + digamma(b + bought) - digamma(b))
    return -total / people, -gradient / people


def _rows(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    bought = np.atleast_1d(np.asarray(frequency, dtype=np.float64))
    last = np.atleast_1d(np.asarray(recency, dtype=np.float64))
    since = np.atleast_1d(np.asarray(age, dtype=np.float64))
    require_same_length(frequency=bought, recency=last, age=since)
    _require_possible(bought, last, since)
    return bought, last, since


def _require_possible(bought: NDArray[Any], last: Floats, since: Floats) -> None:
    refuse_where((bought < 0) | (bought != np.floor(bought)), "frequency is no whole number from 0")
    refuse_where((last < 0) | (last > since), "recency is below 0 or above the age")
    refuse_where((bought == 0) & (last != 0), "recency is above 0, and nothing was bought again")
    refuse_where((bought > 0) & (last == 0), "bought again, with a recency of 0")
