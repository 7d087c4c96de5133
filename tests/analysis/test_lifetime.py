"""Does what customers bring in lie where their lifetime value says, as often as it says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from troth.analysis.value.bg_nbd import BgNbd
from troth.analysis.value.errors import FitError
from troth.analysis.value.gamma_gamma import GammaGamma
from troth.analysis.value.histories import Histories
from troth.analysis.value.lifetime import Lifetime, Outlook, _drawn, hold_out, lifetime

Floats = NDArray[np.float64]
PEOPLE, HORIZON = 8_000, 104.0  # weeks
DISCOUNT = float(np.log(1.1) / 52)  # ten per cent a year
TRUE_BUYING, TRUE_PAYING = (0.6, 5.0, 0.9, 2.8), (6.0, 4.0, 15.0)


def _company(seed: int) -> tuple[Histories, Floats, Floats]:
    """Histories of up to a year, then what each bought and brought in over two years more."""
    chance = np.random.default_rng(seed)
    (r, alpha, a, b), (p, q, v) = TRUE_BUYING, TRUE_PAYING
    rate, leaves = chance.gamma(r, 1 / alpha, PEOPLE), chance.beta(a, b, PEOPLE)
    own, age = chance.gamma(q, 1 / v, PEOPLE), chance.uniform(20, 52, PEOPLE)
    frequency, recency, paid, came, brought = (np.zeros(PEOPLE) for _ in range(5))
    for at in range(PEOPLE):
        now = chance.exponential(1 / rate[at])
        while now < age[at] + HORIZON:
            amount = chance.gamma(p, 1 / own[at])
            if now <= age[at]:
                frequency[at], recency[at] = frequency[at] + 1, now
                paid[at] += amount
            else:
                came[at] += 1
                brought[at] += amount * np.exp(-DISCOUNT * (now - age[at]))
            if chance.random() < leaves[at]:
                break
            now += chance.exponential(1 / rate[at])
    known = Histories(
        customers=np.arange(PEOPLE),
        frequency=frequency.astype(np.int64),
        recency=recency,
        age=age,
        mean_value=np.divide(paid, frequency, out=np.zeros(PEOPLE), where=frequency > 0),
    )
    return known, came, brought


def _fitted(known: Histories) -> tuple[BgNbd, GammaGamma]:
    again = known.frequency > 0
    return (
        BgNbd.fit(known.frequency, known.recency, known.age),
        GammaGamma.fit(known.frequency[again], known.mean_value[again]),
    )


Company = tuple[Histories, Floats, Floats, Lifetime, BgNbd, GammaGamma]


@pytest.fixture(scope="module")
def company() -> Company:
    known, came, brought = _company(seed=11)
    models = _fitted(known)
    outlook = Outlook(horizon=HORIZON, discount=DISCOUNT)
    return known, came, brought, lifetime(known, *models, outlook, draws=200), *models


def _inside(found: Lifetime, brought: Floats) -> NDArray[np.bool_]:
    return np.asarray((found.low <= brought) & (brought <= found.high))


def test_nine_of_ten_customers_bring_in_what_their_interval_says(company: Company) -> None:
    known, _, brought, found, *_ = company
    inside = _inside(found, brought)
    assert 0.85 <= inside.mean() <= 0.95
    for least, most in ((0, 0), (1, 1), (2, 4), (5, 9), (10, 10_000)):
        of_class = (known.frequency >= least) & (known.frequency <= most)
        assert 0.85 <= inside[of_class].mean() <= 0.95, (least, most)
    assert (found.low <= found.value).all()


def test_intervals_of_the_mean_alone_would_be_far_too_narrow(company: Company) -> None:
    """The control: an interval of a tenth about the expectation holds almost nobody."""
    *_, brought, found, _, _ = company
    narrow = replace(found, low=found.value * 0.9, high=found.value * 1.1)
    assert _inside(narrow, brought).mean() < 0.3


def test_the_expected_values_add_up_to_what_comes_in(company: Company) -> None:
    known, came, brought, found, buying, paying = company
    assert found.value.sum() == pytest.approx(brought.sum(), rel=0.06)
    assert found.purchases.sum() == pytest.approx(came.sum(), rel=0.06)
    plain = lifetime(known, buying, paying, Outlook(horizon=HORIZON), draws=2)
    assert plain.value == pytest.approx(plain.purchases * plain.per_purchase)
    assert (found.value < plain.value).all()
    half = Outlook(horizon=HORIZON, discount=DISCOUNT, margin=0.5)
    kept = lifetime(known, buying, paying, half, draws=200)
    assert kept.value == pytest.approx(found.value / 2)
    assert kept.high == pytest.approx(found.high / 2)


def test_the_drawn_mean_is_the_expected_one(company: Company) -> None:
    """Two derivations of one number: a quadrature, and the mean of what is drawn."""
    *_, buying, paying = company
    values = np.array([[buying.r, buying.alpha, buying.a, buying.b, paying.p, paying.q, paying.v]])
    one = Histories(
        customers=np.arange(3),
        frequency=np.array([0, 2, 9]),
        recency=np.array([0.0, 30.0, 36.0]),
        age=np.array([38.0, 38.0, 38.0]),
        mean_value=np.array([0.0, 40.0, 20.0]),
    )
    outlook = Outlook(horizon=HORIZON, discount=DISCOUNT, margin=0.5)
    expected = lifetime(one, buying, paying, outlook, draws=2).value
    for at in range(3):
        row = (float(one.frequency[at]), one.recency[at], one.age[at], one.mean_value[at])
        drawn = [_drawn(row, values[0], (HORIZON, DISCOUNT, 0.5)) for _ in range(20_000)]
        error = np.std(drawn) / np.sqrt(len(drawn))
        assert abs(np.mean(drawn) - expected[at]) < 4 * error


def test_a_customers_interval_does_not_hang_on_who_else_is_asked_about(company: Company) -> None:
    known, *_, found, buying, paying = company
    few = Histories(
        customers=known.customers[100:110],
        frequency=known.frequency[100:110],
        recency=known.recency[100:110],
        age=known.age[100:110],
        mean_value=known.mean_value[100:110],
    )
    outlook = Outlook(horizon=HORIZON, discount=DISCOUNT)
    alone = lifetime(few, buying, paying, outlook, draws=200)
    assert (alone.low == found.low[100:110]).all()
    assert (alone.high == found.high[100:110]).all()


def test_a_hold_out_shows_a_model_that_tells_too_much(company: Company) -> None:
    known, came, *_, buying, _ = company
    found = hold_out(known, buying, came, within=HORIZON)
    assert [item.frequency for item in found.classes] == list(range(8))
    assert found.classes[-1].is_open
    assert sum(item.customers for item in found.classes) == PEOPLE
    assert found.expected == pytest.approx(found.actual, rel=0.06)
    assert 0.9 <= found.inside <= 0.97
    wrong = replace(buying, a=buying.a / 3)  # who leave far more seldom
    assert hold_out(known, wrong, came, within=HORIZON).expected > 1.3 * found.actual


def test_parameters_that_are_hardly_known_give_wide_intervals_and_no_fault(
    company: Company,
) -> None:
    known, *_, found, buying, paying = company
    vague = replace(buying, b=1e-5, covariance=np.eye(4) * 400.0)
    told = lifetime(known, vague, paying, Outlook(horizon=HORIZON, discount=DISCOUNT), draws=100)
    assert np.isfinite(told.high).all()
    often = known.frequency >= 5
    width, before = (item.high[often] - item.low[often] for item in (told, found))
    assert width.sum() > 1.5 * before.sum()


@pytest.mark.parametrize("wrong", [{"horizon": 0.0}, {"discount": -0.1}, {"margin": 1.5}])
def test_an_outlook_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(FitError, match="expected a horizon above 0"):
        Outlook(**{"horizon": 52.0, **wrong})
