"""Do the models of buying and spending find what was published, and what they were simulated by?"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from numpy.typing import NDArray

from troth.analysis.value.bg_nbd import BgNbd, _loss_of
from troth.analysis.value.errors import FitError
from troth.analysis.value.gamma_gamma import GammaGamma
from troth.analysis.value.histories import Histories, histories

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TROTH_DATA") or ROOT.parent / "shared" / "data")
TRUE = BgNbd(r=0.6, alpha=5.0, a=0.9, b=2.8, log_likelihood=0.0, covariance=np.eye(4))
Floats = NDArray[np.float64]


def simulated(people: int, weeks: float, later: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """Frequency and recency after so many weeks, and purchases in the weeks that follow."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(TRUE.r, 1 / TRUE.alpha, people)
    leaves = chance.beta(TRUE.a, TRUE.b, people)
    frequency, recency, more = np.zeros(people), np.zeros(people), np.zeros(people)
    for at in range(people):
        now = 0.0
        while True:
            now += chance.exponential(1 / rate[at])
            if now > weeks + later:
                break
            if now <= weeks:
                frequency[at], recency[at] = frequency[at] + 1, now
            else:
                more[at] += 1
            if chance.random() < leaves[at]:
                break
    return frequency, recency, more


@pytest.fixture(scope="module")
def company() -> tuple[Floats, Floats, Floats]:
    return simulated(20_000, 40.0, 30.0, seed=5)


def test_what_customers_were_simulated_by_is_found_within_its_error(
    company: tuple[Floats, Floats, Floats],
) -> None:
    frequency, recency, _ = company
    found = BgNbd.fit(frequency, recency, np.full(len(frequency), 40.0))
    for at, name in enumerate(("r", "alpha", "a", "b")):
        off = np.log(getattr(found, name) / getattr(TRUE, name))
        error = np.sqrt(found.covariance[at, at])
        assert 0 < error < 0.2, name
        assert abs(off) < 3 * error, name


def test_the_slopes_are_those_of_the_likelihood(company: tuple[Floats, Floats, Floats]) -> None:
    bought = company[0][:500].astype(np.int64)
    rows = (bought, company[1][:500], np.full(500, 40.0), np.linspace(0.5, 2.0, 500))
    pool = ThreadPoolExecutor(1)
    loss = _loss_of(rows, pool)
    for values in np.random.default_rng(1).uniform(0.2, 4.0, (20, 4)):
        _, slopes = loss(values)
        for at in range(4):
            step = np.zeros(4)
            step[at] = 1e-5
            up, down = (loss(values + sign * step)[0]
                        for sign in (1, -1))  # fmt: skip
            assert slopes[at] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-5)


def test_a_weight_stands_for_so_many_customers(company: tuple[Floats, Floats, Floats]) -> None:
    frequency, recency = company[0][:3_000], company[1][:3_000]
    age = np.full(3_000, 40.0)
    twice = BgNbd.fit(np.r_[frequency, frequency], np.r_[recency, recency], np.r_[age, age])
    heavy = BgNbd.fit(frequency, recency, age, weight=np.full(3_000, 2.0))
    assert (heavy.r, heavy.alpha, heavy.a, heavy.b) == pytest.approx(
        (twice.r, twice.alpha, twice.a, twice.b), rel=1e-5
    )
    assert heavy.log_likelihood == pytest.approx(twice.log_likelihood)
    days = BgNbd.fit(frequency, recency * 7, age * 7)
    weeks = BgNbd.fit(frequency, recency, age)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-5)


def test_the_expected_number_is_that_of_its_distribution() -> None:
    """Two derivations of one thing: a hypergeometric series, and the sum of all tails."""
    rows = [(0, 0.0, 38.0), (1, 3.0, 38.0), (2, 30.4, 38.9), (9, 36.0, 38.0), (30, 38.0, 38.0)]
    frequency, recency, age = (
        np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)
    )
    for within in (1.0, 12.0, 52.0):
        tails = sum(
            TRUE.at_least(count, frequency, recency, age, within=within)
            for count in range(1, 600)
        )  # fmt: skip
        found = TRUE.purchases(frequency, recency, age, within=within)
        assert found == pytest.approx(np.asarray(tails), rel=1e-6)
    new = TRUE.purchases([0], [0.0], [0.0], within=20.0)
    assert TRUE.expected([20.0]) == pytest.approx(new)


def test_nine_of_ten_customers_buy_as_often_as_their_interval_says(
    company: tuple[Floats, Floats, Floats],
) -> None:
    frequency, recency, more = company
    age = np.full(len(frequency), 40.0)
    found = BgNbd.fit(frequency, recency, age)
    low, high = (found.quantile(level, frequency, recency, age, within=30.0)
                 for level in (0.05, 0.95))  # fmt: skip
    inside = (low <= more) & (more <= high)
    assert 0.9 <= inside.mean() <= 0.98  # of whole numbers, 0 above all: more than nine of ten
    often = frequency >= 3
    for count in range(1, 12):
        told = found.at_least(count, frequency[often], recency[often], age[often], within=30.0)
        error = np.sqrt((told * (1 - told)).sum())
        assert abs((more[often] >= count).sum() - told.sum()) < 3.5 * error, count
    expected = found.purchases(frequency, recency, age, within=30.0)
    assert expected.sum() == pytest.approx(more.sum(), rel=0.03)
    alive = found.alive(frequency, recency, age)
    assert alive[frequency == 0] == pytest.approx(1.0)
    again = more > 0
    assert alive[again & (frequency > 0)].mean() > alive[~again & (frequency > 0)].mean() + 0.1


def test_what_customers_pay_is_found_and_drawn_to_the_mean_of_all() -> None:
    chance = np.random.default_rng(3)
    people, p, q, v = 20_000, 6.0, 4.0, 15.0
    count = 1 + chance.poisson(2.0, people)
    own = chance.gamma(q, 1 / v, people)
    mean = chance.gamma(p * count, 1 / (own * count))
    found = GammaGamma.fit(count, mean)
    for at, (name, true) in enumerate((("p", p), ("q", q), ("v", v))):
        error = np.sqrt(found.covariance[at, at])
        assert 0 < error < 0.1, name
        assert abs(np.log(getattr(found, name) / true)) < 3 * error, name
    assert found.population_mean == pytest.approx(p * v / (q - 1), rel=0.02)
    expected = found.mean(count, mean)
    true_mean = p / own
    assert np.abs(expected - true_mean).mean() < np.abs(mean - true_mean).mean()
    few, many, none = found.mean([1, 50, 0], [90.0, 90.0, 0.0])
    assert found.population_mean < few < many < 90
    assert none == found.population_mean


def test_histories_are_counted_by_customer_and_day() -> None:
    chance = np.random.default_rng(8)
    codes, days = chance.integers(0, 60, 900), chance.integers(0, 300, 900)
    paid = chance.integers(1, 100, 900).astype(np.float64)
    found = histories(codes, days, paid, until=200, unit=7)
    expected = {}
    for code in range(60):
        own = {int(day) for day in days[(codes == code) & (days <= 200)]}
        if not own:
            continue
        of_day = {day: paid[(codes == code) & (days == day)].sum() for day in own}
        first, later = min(own), sorted(own)[1:]
        mean = sum(of_day[day] for day in later) / len(later) if later else 0.0
        expected[code] = (len(later), (max(own) - first) / 7, (200 - first) / 7, mean)
    assert found.customers.tolist() == sorted(expected)
    for at, code in enumerate(found.customers):
        row = (found.frequency[at], found.recency[at], found.age[at], found.mean_value[at])
        assert row == pytest.approx(expected[int(code)])
    nobody = histories(codes, days, paid, until=-1)
    assert len(nobody.customers) == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], [], []), "not 0"),
        (([1, 2], [1.0], [2.0]), "recency 1"),
        (([1], [float("nan")], [2.0]), r"recency\[0\] is nan"),
        (([-1], [1.0], [2.0]), "whole number"),
        (([1.5], [1.0], [2.0]), "whole number"),
        (([0, 1], [0.0, 3.0], [2.0, 2.0]), "Row 1: recency"),
        (([0], [1.0], [2.0]), "nothing was bought again"),
        (([1], [0.0], [2.0]), "recency of 0"),
        (([0] * 50, [0.0] * 50, [9.0] * 50), "does not fit"),
    ],
)
def test_histories_that_cannot_be_are_refused(rows: Any, words: str) -> None:
    with pytest.raises(FitError, match=words):
        BgNbd.fit(*rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([0], [5.0]), "leave it out"),
        (([1], [0.0]), "leave it out"),
        (([3] * 40, [10.0] * 40), "does not fit"),
    ],
)
def test_spending_that_tells_nothing_is_refused(rows: Any, words: str) -> None:
    with pytest.raises(FitError, match=words):
        GammaGamma.fit(*rows)


@pytest.fixture(scope="module")
def cdnow() -> tuple[Histories, NDArray[np.int64]]:
    path = DATA / "cdnow" / "cdnow_master.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not there: set TROTH_DATA to the folder of the data")
    table = parquet.read_table(path)
    codes = np.array([int(key) for key in table["customer_id"].to_pylist()])
    days = table["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    until = int(np.datetime64("1997-09-30").astype(int))
    found = histories(codes, days, table["dollar_value"].to_numpy(), until=until, unit=7)
    later = np.unique(np.stack([codes, days])[:, days > until], axis=1)[0]
    return found, np.bincount(np.searchsorted(found.customers, later),
                              minlength=len(found.customers))  # fmt: skip


def test_cdnow_has_the_parameters_that_another_program_finds(
    cdnow: tuple[Histories, NDArray[np.int64]],
) -> None:
    """All 23,570 customers, in weeks; lifetimes 0.11.3 gives what stands here."""
    known, _ = cdnow
    assert len(known.customers) == 23_570
    found = BgNbd.fit(known.frequency, known.recency, known.age)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (0.251624, 4.788945, 0.723433, 2.161087), rel=5e-4
    )
    again = (known.frequency > 0) & (known.mean_value > 0)
    paid = GammaGamma.fit(known.frequency[again], known.mean_value[again])
    assert (paid.p, paid.q, paid.v) == pytest.approx((6.275359, 3.624450, 14.983689), rel=5e-4)
    assert found.purchases([2], [30.43], [38.86], within=39.0) == pytest.approx(1.232788, rel=5e-4)
    assert found.alive([2], [30.43], [38.86]) == pytest.approx(0.729379, rel=5e-4)


def test_cdnow_buys_again_about_as_often_as_expected(
    cdnow: tuple[Histories, NDArray[np.int64]],
) -> None:
    known, bought = cdnow
    found = BgNbd.fit(known.frequency, known.recency, known.age)
    rows = (known.frequency, known.recency, known.age)
    expected = found.purchases(*rows, within=39.0)
    by_class = [bought[known.frequency == times].mean() for times in range(7)]
    told = [expected[known.frequency == times].mean() for times in range(7)]
    print([(round(b, 2), round(t, 2)) for b, t in zip(by_class, told, strict=True)])
    assert np.corrcoef(by_class, told)[0, 1] > 0.99
    assert expected.sum() == pytest.approx(bought.sum(), rel=0.2)
    low, high = (found.quantile(level, *rows, within=39.0) for level in (0.05, 0.95))
    assert 0.9 <= ((low <= bought) & (bought <= high)).mean() <= 0.97
