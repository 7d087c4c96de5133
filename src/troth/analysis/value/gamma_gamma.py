"""How much does a customer pay each time, whose few purchases may not be typical?

Gamma-Gamma: Fader, Hardie and Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base
Analysis", Journal of Marketing Research 42 (2005), and Fader and Hardie, "The Gamma-Gamma Model of
Monetary Value" (2013). What is paid each time is Gamma(p, nu), and nu of each customer's own is
Gamma(q, v). Money is in one currency; how often somebody buys says nothing of how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import (
    Floats,
    fitted,
    refuse_where,
    require_same_length,
)

_MODEL = "Gamma-Gamma"


@dataclass(frozen=True, kw_only=True)
class GammaGamma:
    """The model with its three parameters. Arrays in and out have one row a customer."""

    p: float
    q: float
    v: float  # in the currency
    log_likelihood: float
    covariance: Floats  # of the logarithms of the three, shape (3, 3)

    @classmethod
    def fit(cls, frequency: ArrayLike, mean_value: ArrayLike) -> GammaGamma:
        """The parameters by maximum likelihood, from customers who bought again.

        `frequency`: purchases that the mean is of, from 1; `mean_value` above 0. Raises FitError
        for others, and where the data do not tell the parameters.
        """
        count = np.asarray(frequency, dtype=np.float64)
        mean = np.asarray(mean_value, dtype=np.float64)
        require_same_length(frequency=count, mean_value=mean)
        refuse_where((count < 1) | (count != np.floor(count)), "frequency is below 1; leave it out")
        refuse_where(mean <= 0, "mean value is not above 0; leave it out")
        unit = float(mean.mean())
        mean = mean / unit
        kinds, place = np.unique(count, return_inverse=True)
        of_kind = np.bincount(place).astype(np.float64)
        logs = np.log(mean)
        people = float(len(count))

        def loss(values: Floats) -> tuple[float, Floats]:
            p, q, v = values
            shape, all_paid = p * count + q, np.log(v + mean * count)
            total = of_kind @ (
                gammaln(p * kinds + q) - gammaln(p * kinds) - gammaln(q)
                + q * np.log(v) + p * kinds * np.log(kinds)
            )  # fmt: skip
            total += float(((p * count - 1) * logs - shape * all_paid).sum())
            both = digamma(p * kinds + q)
            by_p = of_kind @ (kinds * (both - digamma(p * kinds) + np.log(kinds)))
            by_p += float((count * (logs - all_paid)).sum())
            by_q = of_kind @ (both - digamma(q) + np.log(v)) - float(all_paid.sum())
            by_v = people * q / v - float((shape / (v + mean * count)).sum())
            return -float(total) / people, -np.array([by_p, by_q, by_v]) / people

        values, covariance = fitted(loss, 3, people, _MODEL)
        p, q, v = (float(value) for value in values)
        likelihood = -loss(values)[0] * people - people * np.log(unit)
        return cls(p=p, q=q, v=v * unit, log_likelihood=float(likelihood), covariance=covariance)

    @property
    def population_mean(self) -> float:
        """What a customer pays each time of whom nothing is known. Raises FitError for q ≤ 1."""
        if self.q <= 1:
            raise FitError(f"q is {self.q:.3g}: what customers pay differs too much for a mean.")
        return self.p * self.v / (self.q - 1)

    def mean(self, frequency: ArrayLike, mean_value: ArrayLike) -> Floats:
        """What is expected each time: between the own mean and that of all, by how often: (5).

        A row with frequency 0 is expected to pay what all do.
        """
        count = np.atleast_1d(np.asarray(frequency, dtype=np.float64))
        own = np.atleast_1d(np.asarray(mean_value, dtype=np.float64))
        require_same_length(frequency=count, mean_value=own)
        refuse_where((count < 0) | (own < 0), "frequency or mean value is below 0")
        none = self.population_mean  # raises
        shape = self.p * count + self.q - 1
        return np.where(count > 0, self.p * (self.v + own * count) / shape, none)
