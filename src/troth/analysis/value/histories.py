"""How often has each customer bought, when last, and for how much, as of a day?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from troth.analysis.value.errors import FitError
from troth.analysis.value.fitting import Floats

_Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Histories:
    """One row a customer, all of shape (customers,), in units of time as they were given.

    As Fader, Hardie and Lee count: the first purchase begins a customer's time and is not counted,
    and all of one day are one.
    """

    customers: _Whole  # codes, ascending
    frequency: _Whole  # days with a purchase after the first
    recency: Floats  # from the first to the last purchase
    age: Floats  # from the first purchase to the day as of which it is counted
    mean_value: Floats  # of the days after the first; 0 where there is none


def histories(
    customers: NDArray[np.integer], days: NDArray[np.integer], values: Floats, *,
    until: int, unit: float = 1.0,
) -> Histories:  # fmt: skip
    """Count purchases up to and on the day `until`.

    One element a purchase: the customer's code, the day as a whole number, and what was paid.
    `unit`: days in a unit of time; 7 gives weeks. Purchases after `until` are left out, and so are
    customers who only bought then. Raises FitError where lengths differ.
    """
    if not len(customers) == len(days) == len(values):
        raise FitError(
            f"{len(customers)} customers, {len(days)} days and {len(values)} values; expected as "
            "many of each."
        )
    known = np.asarray(days) <= until
    code = np.asarray(customers, dtype=np.int64)[known]
    day = np.asarray(days, dtype=np.int64)[known]
    paid = np.asarray(values, dtype=np.float64)[known]
    order = np.lexsort((day, code))
    code, day, paid = code[order], day[order], paid[order]
    starts = np.flatnonzero(np.r_[True, (code[1:] != code[:-1]) | (day[1:] != day[:-1])])
    if not len(code):
        empty = np.zeros(0)
        none = np.zeros(0, dtype=np.int64)
        return Histories(customers=none, frequency=none, recency=empty, age=empty, mean_value=empty)
    day_sum = np.add.reduceat(paid, starts)
    code, day = code[starts], day[starts]
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    counts = np.diff(np.r_[first, len(code)])
    later = np.add.reduceat(day_sum, first) - day_sum[first]
    begun, last = day[first], day[first + counts - 1]
    frequency = counts - 1
    return Histories(
        customers=code[first],
        frequency=frequency,
        recency=(last - begun) / unit,
        age=(until - begun) / unit,
        mean_value=np.divide(later, frequency, out=np.zeros(len(first)), where=frequency > 0),
    )
