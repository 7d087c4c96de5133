"""What is each customer worth, how likely do they leave, and how good were such chances before?

Two groups, two models: of whoever signs off, leaving is seen (`survival`); of the others only
silence tells (`bg_nbd`). A customer in the wrong group is refused: silence under a contract is no
leaving, and who never signs off has no end that survival could count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.analysis.value.bg_nbd import BgNbd
from troth.analysis.value.calibration import Calibration, calibrate
from troth.analysis.value.errors import FitError, PairingError
from troth.analysis.value.fitting import Floats, require_same_length
from troth.analysis.value.gamma_gamma import GammaGamma
from troth.analysis.value.histories import Histories, histories
from troth.analysis.value.lifetime import HoldOut, Lifetime, Outlook, hold_out, lifetime
from troth.analysis.value.survival import Stay, Survival

DAYS_A_MONTH = 365.25 / 12
_WEEK = 7
_DRAWS = 200


@dataclass(frozen=True, kw_only=True)
class Terms:
    """By what value is reckoned."""

    horizon_months: float
    yearly_discount: float  # 0.1: money of a year later is worth a tenth less, 1 / 1.1
    silence_days: int

    def outlook(self, days: float) -> Outlook:
        """In units of so many days; the margin is each customer's own and applied to them."""
        return Outlook(
            horizon=self.horizon_months * DAYS_A_MONTH / days,
            discount=float(np.log1p(self.yearly_discount)) * days / 365.25,
        )


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """Days with a purchase, in one currency; all of shape (purchases,)."""

    customers: NDArray[np.int64]  # codes
    days: NDArray[np.int64]  # since 1970-01-01
    amounts: Floats


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Customers under contract; all of shape (accounts,), ages in months."""

    customers: NDArray[np.int64]  # codes
    age: Floats  # since the start, at the end or now
    entered: Floats  # the age at which they came into view
    has_ended: NDArray[np.bool_]
    per_month: Floats  # what they pay


@dataclass(frozen=True, kw_only=True)
class Check:
    """How the model did on a time that it knew nothing of."""

    until_day: int  # what it knew
    days: int  # what it told of, after that day
    leaving: Calibration
    hold_out: HoldOut | None = None  # of purchases, where there are some


@dataclass(frozen=True, kw_only=True)
class BuyingAssessment:
    """Customers without a contract; arrays in the order of `known.customers`."""

    known: Histories  # in weeks
    buying: BgNbd
    paying: GammaGamma
    found: Lifetime
    leaving: Floats  # the chance of no purchase within the days of silence
    check: Check | None  # None: too short a time to hold one out
    parameters: Mapping[str, tuple[float, float]]  # name → value and standard error


@dataclass(frozen=True, kw_only=True)
class AccountAssessment:
    """Customers under contract; arrays in the order of `accounts.customers`, 0 for the ended."""

    accounts: Accounts
    survival: Survival
    stay: Stay
    leaving: Floats  # the chance of leaving within the days of silence; 1 for the ended
    parameters: Mapping[str, tuple[float, float]]


def assess_buying(
    bought: Purchases, *, until_day: int, terms: Terms, contractual: NDArray[np.int64]
) -> BuyingAssessment:
    """Assess customers without a contract, as of the end of a day.

    `contractual`: codes of customers under contract. Raises PairingError where one of them bought
    something, and FitError where the purchases do not tell the models.
    """
    _refuse_pairing(
        bought.customers[np.isin(bought.customers, contractual)],
        "BG/NBD takes silence for leaving, and customers under contract sign off. Assess them by "
        "survival, or correct the value policy's `relation`.",
    )
    known = _histories(bought, until_day)
    require_same_length(customers=known.age)  # not nobody
    buying, paying = _fitted(known)
    rows = (known.frequency, known.recency, known.age)
    found = lifetime(known, buying, paying, terms.outlook(_WEEK), draws=_DRAWS)
    within = terms.silence_days / _WEEK
    errors = np.sqrt(np.r_[np.diag(buying.covariance), np.diag(paying.covariance)])
    values = {
        **{name: getattr(buying, name) for name in ("r", "alpha", "a", "b")},
        **{name: getattr(paying, name) for name in ("p", "q", "v")},
    }
    return BuyingAssessment(
        known=known,
        buying=buying,
        paying=paying,
        found=found,
        leaving=1 - buying.at_least(1, *rows, within=within),
        check=_check(bought, until_day, terms.silence_days),
        # The errors are those of logarithms.
        parameters={
            name: (value, float(value * error))
            for (name, value), error in zip(values.items(), errors, strict=True)
        },
    )


def assess_accounts(
    accounts: Accounts, *, terms: Terms, contractual: NDArray[np.int64]
) -> AccountAssessment:
    """Assess customers under contract.

    Raises PairingError for one who is not, and FitError where their lives cannot be told.
    """
    _refuse_pairing(
        accounts.customers[~np.isin(accounts.customers, contractual)],
        "Survival counts endings that are seen, and nobody sees customers without a contract end. "
        "Assess them by BG/NBD, or correct the value policy's `relation`.",
    )
    fitted = Survival.fit(accounts.age, accounts.has_ended, entered=accounts.entered)
    stay = fitted.stay(accounts.age, accounts.per_month, terms.outlook(DAYS_A_MONTH))
    there = ~accounts.has_ended
    leaving = fitted.leaving(accounts.age, within=terms.silence_days / DAYS_A_MONTH)
    errors = np.sqrt(np.diag(fitted.covariance))
    return AccountAssessment(
        accounts=accounts,
        survival=fitted,
        stay=Stay(
            remaining=stay.remaining * there,
            value=stay.value * there,
            low=stay.low * there,
            high=stay.high * there,
        ),
        leaving=np.where(there, leaving, 1.0),
        parameters={
            name: (value, float(error))
            for name, value, error in zip(
                ("first", "second"), fitted.parameters, errors, strict=True
            )
        },
    )


def _refuse_pairing(wrong: NDArray[np.int64], sentence: str) -> None:
    if wrong.size:
        count = len(np.unique(wrong))
        raise PairingError(
            f"{count} customers are in the wrong group (code {wrong[0]}). {sentence}"
        )


def _histories(bought: Purchases, until_day: int) -> Histories:
    return histories(bought.customers, bought.days, bought.amounts, until=until_day, unit=_WEEK)


def _fitted(known: Histories) -> tuple[BgNbd, GammaGamma]:
    again = (known.frequency > 0) & (known.mean_value > 0)
    if not again.any():
        raise FitError("Nobody has bought a second time yet; how often, cannot be told.")
    return (
        BgNbd.fit(known.frequency, known.recency, known.age),
        GammaGamma.fit(known.frequency[again], known.mean_value[again]),
    )


def _check(bought: Purchases, until_day: int, days: int) -> Check | None:
    """Fit on what was known so many days ago, and hold what it says against what came."""
    split = until_day - days
    known = _histories(bought, split)
    try:
        buying, _ = _fitted(known)
    except FitError:
        return None
    later = (bought.days > split) & (bought.days <= until_day)
    pairs = np.unique(np.stack([bought.customers[later], bought.days[later]]), axis=1)
    of_known = pairs[0][np.isin(pairs[0], known.customers)]
    came = np.bincount(np.searchsorted(known.customers, of_known), minlength=len(known.customers))
    rows = (known.frequency, known.recency, known.age)
    within = days / _WEEK
    try:
        leaving = calibrate(1 - buying.at_least(1, *rows, within=within), came == 0)
    except FitError:
        return None
    return Check(
        until_day=split,
        days=days,
        leaving=leaving,
        hold_out=hold_out(known, buying, came, within=within),
    )
