"""Groups that are there are found; of noise it is said that none is.

Planted: 360 customers of four kinds. Figures are drawn around those of the kind.

| kind    | customers | revenue | orders | days since last | cases |
|---------|-----------|---------|--------|-----------------|-------|
| large   | 60        | 90,000  | 60     | 10              | 6     |
| needy   | 80        | 9,000   | 12     | 20              | 30    |
| small   | 120       | 900     | 4      | 60              | 0     |
| asleep  | 100       | 1,000   | 1      | 900             | 0     |
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from troth.analysis.segments.clustering import (
    STABLE,
    described,
    grouped,
    sample_of,
)
from troth.analysis.segments.errors import TooFewCustomersError
from troth.analysis.segments.rules import Interval, rules_of
from troth.analysis.segments.scaling import scaled

NAMES = ("revenue_12m", "orders_12m", "days_since_last", "cases_12m")
KINDS = ((60, 90_000, 60, 10, 6), (80, 9_000, 12, 20, 30), (120, 900, 4, 60, 0),
         (100, 1_000, 1, 900, 0))  # fmt: skip


def planted() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    chance = np.random.default_rng(5)
    rows, kinds = [], []
    for kind, (customers, revenue, orders, days, cases) in enumerate(KINDS):
        kinds += [kind] * customers
        rows.append(
            np.column_stack(
                [
                    revenue * chance.lognormal(0, 0.35, customers),
                    np.maximum(1, chance.poisson(orders, customers)),
                    np.round(days * chance.lognormal(0, 0.25, customers)),
                    chance.poisson(cases, customers),
                ]
            )
        )
    return np.vstack(rows).astype(float), np.array(kinds)


def test_planted_groups_are_found_with_their_stability_and_come_back_as_rules() -> None:
    raw, kinds = planted()
    found, trials = grouped(scaled(NAMES, raw).values)
    assert len(found.groups) == 4 and found.is_stable and found.has_gap
    assert adjusted_rand_score(kinds, found.labels) >= 0.95
    assert sorted(group.size for group in found.groups) == pytest.approx([60, 80, 100, 120], abs=6)
    assert all(STABLE <= group.stability <= 1 for group in found.groups)
    weakest = {trial.groups: trial.weakest for trial in trials}
    assert weakest[4] > 0.9 > weakest[6]  # there are not six

    rules = rules_of(NAMES, raw, found.labels)
    assert rules.share >= 0.95
    assert sum(rule.customers for rule in rules.rules) == len(raw)  # one always holds
    assert {rule.group for rule in rules.rules} == {0, 1, 2, 3}

    # Equal runs, to the bit.
    again, _ = grouped(scaled(NAMES, raw).values)
    assert (again.labels == found.labels).all() and again.groups == found.groups


def test_of_noise_it_is_said_that_no_group_is_stable() -> None:
    noise = np.random.default_rng(2).normal(size=(300, 5))
    found, trials = grouped(noise)
    assert not found.is_stable and not any(trial.has_gap for trial in trials)
    assert min(group.stability for group in found.groups) < STABLE


def test_a_stable_cut_through_one_cloud_is_no_gap() -> None:
    even = np.random.default_rng(3).uniform(size=(400, 2)) * (10, 1)  # halves come back each time
    found, trials = grouped(even)
    assert found.is_stable and not found.has_gap
    assert not any(trial.has_gap for trial in trials)


def test_too_few_customers_are_no_groups() -> None:
    with pytest.raises(TooFewCustomersError, match="at least 50"):
        grouped(np.ones((49, 2)))
    with pytest.raises(TooFewCustomersError, match="nothing to tell"):
        grouped(np.ones((60, 2)))
    assert sample_of(3).tolist() == [0, 1, 2]
    assert len(set(sample_of(9_000).tolist())) == 4_000


def test_figures_that_are_lacking_or_hardly_differ_are_left_out() -> None:
    chance = np.random.default_rng(1)
    raw = np.column_stack(
        [chance.lognormal(8, 2, 200), np.zeros(200), chance.poisson(3, 200), np.full(200, np.nan)]
    )
    raw[0, 0] = 1e12  # somebody very large
    raw[:3, 1] = 1  # of three alone
    found = scaled(("a", "b", "c", "d"), raw)
    assert found.names == ("a", "c")
    assert np.abs(found.values).max() <= 3
    assert np.median(found.values, axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_a_rule_reads_as_people_write_it() -> None:
    assert Interval(high=3.0).test == "<= 3"
    assert Interval(low=3.0).test == "> 3"
    assert Interval(low=0.5, high=1200.0).test == "(0.5..1200]"
    raw = np.array([[1.0, 3.2], [2.0, 7.1], [11.0, 1.0], [14.0, 9.0]] * 20)
    found = rules_of(("orders_12m", "x"), raw, np.array([0, 0, 1, 1] * 20))
    assert found.share == 1
    assert [rule.limits["orders_12m"].test for rule in found.rules] == ["<= 6", "> 6"]
    assert [set(rule.limits) for rule in found.rules] == [{"orders_12m"}] * 2


def test_groups_are_named_by_what_is_special_of_them() -> None:
    centres = np.array([[2.0, 0.1, -1.0], [0.0, 0.1, 0.2], [1.5, 0.0, -0.9]])
    names = described(("revenue", "orders", "days"), centres)
    assert names == ("high revenue, low days", "in the middle", "high revenue, low days (2)")
