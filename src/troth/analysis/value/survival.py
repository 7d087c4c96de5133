"""How long do accounts under contract stay, and what do they bring in until they leave?

Where a customer signs off, leaving is seen, and most have not left yet: survival with right
censoring, and with left truncation where accounts that had left before we began to look are not in
the data. Klein and Moeschberger, Survival Analysis (2003), chapters 3, 4 and 12. Estimates by
lifelines; all times are in one unit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import Floats, refuse_where, require_same_length
from troth.analysis.value.lifetime import Outlook

FEWEST_ENDED = 10  # endings; fewer tell no shape
_NODES = 32
_SETS, _LEVELS = 40, 50  # drawn parameters, and even levels of chance for each
_PART = 10_000  # accounts at a time


@dataclass(frozen=True, kw_only=True)
class _Form:
    """One family of lives: its share left after a time, and the time after which so many are."""

    fitter: str  # lifelines' name of it
    names: tuple[str, str]
    share: Callable[[Floats, float, float], Floats]
    time: Callable[[Floats, float, float], Floats]


_FORMS: dict[str, _Form] = {
    "weibull": _Form(
        fitter="WeibullFitter",
        names=("lambda_", "rho_"),
        share=lambda time, scale, shape: np.exp(-((time / scale) ** shape)),
        time=lambda share, scale, shape: scale * (-np.log(share)) ** (1 / shape),
    ),
    "log-normal": _Form(
        fitter="LogNormalFitter",
        names=("mu_", "sigma_"),
        share=lambda time, middle, width: ndtr((middle - np.log(np.maximum(time, 1e-300))) / width),
        time=lambda share, middle, width: np.exp(middle - width * ndtri(share)),
    ),
    "log-logistic": _Form(
        fitter="LogLogisticFitter",
        names=("alpha_", "beta_"),
        share=lambda time, scale, shape: 1 / (1 + (time / scale) ** shape),
        time=lambda share, scale, shape: scale * (1 / share - 1) ** (1 / shape),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Kaplan and Meier's share that is still there, with its 90 % interval; shape (times,)."""

    time: Floats
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True)
class Stay:
    """What is to come of each account: time until the horizon at most, and money; shape (n,)."""

    remaining: Floats  # expected time within the horizon
    value: Floats  # expected, discounted, margin only
    low: Floats  # 90 of 100 accounts bring in from `low` …
    high: Floats  # … to `high`


@dataclass(frozen=True, kw_only=True)
class Survival:
    """How long accounts stay: the form that tells the data best by Akaike's criterion."""

    form: str  # a key of the forms: weibull, log-normal, log-logistic
    parameters: tuple[float, float]
    covariance: Floats  # of the two, shape (2, 2)
    accounts: int
    ended: int
    criterion: dict[str, float]  # Akaike's, of each form that could be fitted
    curve: Curve

    @classmethod
    def fit(
        cls, age: ArrayLike, has_ended: ArrayLike, *, entered: ArrayLike | None = None
    ) -> Survival:
        """Fit the forms. `age`: since the start of the contract, at its end or now, above 0.

        `entered`: the age at which an account came into view; 0 where that was its start. Raises
        FitError for rows that cannot be and for fewer than 10 endings.
        """
        lasted, left, since = _checked(age, has_ended, entered)
        found, lifelines = {}, _lifelines()
        with warnings.catch_warnings():
            # A form that does not fit is one that we do not take.
            warnings.simplefilter("ignore", category=lifelines.exceptions.StatisticalWarning)
            warnings.simplefilter("ignore", category=RuntimeWarning)
            for name, form in _FORMS.items():
                model = getattr(lifelines, form.fitter)(alpha=0.1)
                try:
                    model.fit(lasted, left, entry=since)
                except lifelines.exceptions.ConvergenceError:
                    continue
                if np.isfinite(model.variance_matrix_.to_numpy()).all():
                    found[name] = model
            steps = lifelines.KaplanMeierFitter(alpha=0.1).fit(lasted, left, entry=since)
        if not found:
            raise FitError("No form of survival fits: do nearly all contracts end on one day?")
        criterion = {name: float(model.AIC_) for name, model in found.items()}
        best = min(criterion, key=lambda name: criterion[name])
        middle = tuple(float(getattr(found[best], name)) for name in _FORMS[best].names)
        interval = steps.confidence_interval_survival_function_.to_numpy()
        return cls(
            form=best,
            parameters=(middle[0], middle[1]),
            covariance=found[best].variance_matrix_.to_numpy(),
            accounts=len(lasted),
            ended=int(left.sum()),
            criterion=criterion,
            curve=Curve(
                time=steps.survival_function_.index.to_numpy(dtype=np.float64),
                share=steps.survival_function_.to_numpy()[:, 0],
                low=interval[:, 0],
                high=interval[:, 1],
            ),
        )

    def share(self, time: ArrayLike) -> Floats:
        """The share of accounts that stay for so long."""
        return _FORMS[self.form].share(np.asarray(time, dtype=np.float64), *self.parameters)

    def leaving(self, age: ArrayLike, *, within: float) -> Floats:
        """The chance that an account of that age leaves within so much time."""
        now = np.asarray(age, dtype=np.float64)
        return np.asarray(1 - self.share(now + within) / np.maximum(self.share(now), 1e-300))

    def stay(
        self, age: ArrayLike, per_unit: ArrayLike, outlook: Outlook, *, level: float = 0.9,
        seed: int = 1,
    ) -> Stay:  # fmt: skip
        """What accounts of that age bring in, who pay so much per unit of time while they stay.

        The interval is of what comes in: it holds how long an account stays and how surely the
        parameters are known. Raises FitError.
        """
        now = np.asarray(age, dtype=np.float64)
        pays = np.asarray(per_unit, dtype=np.float64)
        require_same_length(age=now, per_unit=pays)
        refuse_where((now < 0) | (pays < 0), "an age or a payment below 0")
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        remaining, discounted = np.zeros(len(now)), np.zeros(len(now))
        for node, weight in zip(nodes, weights, strict=True):
            time = outlook.horizon * (node + 1) / 2
            there = (1 - self.leaving(now, within=time)) * weight * outlook.horizon / 2
            remaining += there
            discounted += there * np.exp(-outlook.discount * time)
        tails = ((1 - level) / 2, (1 + level) / 2)
        low, high = (
            _worth(lasts, outlook) * pays * outlook.margin
            for lasts in self._quantiles(now, tails, seed)
        )
        return Stay(
            remaining=remaining, value=discounted * pays * outlook.margin, low=low, high=high
        )

    def _quantiles(self, now: Floats, levels: tuple[float, float], seed: int) -> Floats:
        """(2, accounts): how long accounts stay from now, at two levels of chance."""
        form = _FORMS[self.form]
        chance = np.random.default_rng(seed)
        sets = chance.multivariate_normal(self.parameters, self.covariance, _SETS)
        even = (np.arange(_LEVELS) + 0.5) / _LEVELS
        found = np.empty((2, len(now)))
        for begin in range(0, len(now), _PART):
            part = now[begin : begin + _PART, None]
            lasts = np.concatenate(
                [
                    form.time(np.maximum(even * form.share(part, *drawn), 1e-300), *drawn) - part
                    for drawn in np.where(sets > 0, sets, self.parameters)
                ],
                axis=1,
            )
            found[:, begin : begin + _PART] = np.quantile(np.maximum(lasts, 0), levels, axis=1)
        return found


@lru_cache(maxsize=1)
def _lifelines() -> Any:
    """The library. It brings one for plotting, and loading it takes longer than most commands run:
    so it is loaded when the first contract is assessed."""
    import_module("lifelines.exceptions")
    return import_module("lifelines")


def _worth(lasts: Floats, outlook: Outlook) -> Floats:
    """What one unit of money per unit of time is worth now, paid for so long."""
    until = np.minimum(lasts, outlook.horizon)
    if outlook.discount == 0:
        return until
    return np.asarray(-np.expm1(-outlook.discount * until) / outlook.discount)


def _checked(
    age: ArrayLike, has_ended: ArrayLike, entered: ArrayLike | None
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    lasted = np.asarray(age, dtype=np.float64)
    left = np.asarray(has_ended, dtype=bool)
    since = np.zeros(len(lasted)) if entered is None else np.asarray(entered, dtype=np.float64)
    require_same_length(age=lasted, has_ended=left.astype(np.float64), entered=since)
    refuse_where(lasted <= 0, "an age that is not above 0")
    refuse_where(
        (since < 0) | (since >= lasted), "came into view before its start or after its end"
    )
    if left.sum() < FEWEST_ENDED:
        raise FitError(
            f"{left.sum()} of {len(left)} accounts have ended; expected {FEWEST_ENDED} at least. "
            "Until more have, their lives cannot be told."
        )
    return lasted, left, since
