"""Fifths by recency, frequency and money.

Ten customers, worked by hand. A figure's fifth is the first whose upper quantile (place j/5 of 9)
is not below it: of ten different figures two are in each.

| orders of each            | 1 1 1 1 1 1 2 3 5 9 |                                              |
|---------------------------|---------------------|----------------------------------------------|
| how many have fewer       | 0 0 0 0 0 0 6 7 8 9 |                                              |
| 5 × fewer ÷ 9, rounded up | 0 0 0 0 0 0 4 4 5 5 | 30/9, 35/9, 40/9, 45/9                       |
| score                     | 1 1 1 1 1 1 4 4 5 5 | six are equal, so none is put above another  |
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from troth.analysis.segments.rfm import fifths, scores


def test_ties_have_one_score_the_lower_as_worked_by_hand() -> None:
    orders = np.array([1, 1, 1, 1, 1, 1, 2, 3, 5, 9], dtype=float)
    assert fifths(orders).tolist() == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]
    assert fifths(np.array([7.0, 7.0, 7.0])).tolist() == [1, 1, 1]
    assert fifths(np.array([3.0])).tolist() == [1]


def test_who_bought_last_has_the_best_recency() -> None:
    days = np.array([400, 3, 90, 30, 200], dtype=float)
    found = scores(days, np.array([1, 9, 3, 4, 2.0]), np.array([10, 20, 30, 40, 50.0]))
    assert found.tolist() == [[1, 1, 1], [5, 5, 2], [3, 3, 3], [4, 4, 4], [2, 2, 5]]


@pytest.mark.parametrize("customers", [5, 11, 100, 997, 1234])
def test_without_ties_the_scores_are_those_of_pandas_qcut(customers: int) -> None:
    figures = np.random.default_rng(customers).permutation(customers).astype(float)
    theirs = pd.qcut(figures, 5, labels=False) + 1
    assert (fifths(figures) == theirs).all()
