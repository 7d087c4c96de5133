"""Do accounts under contract stay as long, and bring in as much, as is said?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from troth.analysis.value.errors import FitError
from troth.analysis.value.lifetime import Outlook
from troth.analysis.value.survival import Survival

Floats = NDArray[np.float64]
SCALE, SHAPE, PEOPLE, LOOKED = 40.0, 1.4, 6_000, 30.0  # months
OUTLOOK = Outlook(horizon=60.0, discount=float(np.log(1.1) / 12), margin=0.4)


def _accounts(seed: int = 2) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """How long each account lives; its age when we stop looking or it ends; whether it ended."""
    chance = np.random.default_rng(seed)
    lives = SCALE * chance.weibull(SHAPE, PEOPLE)
    looked = chance.uniform(1, LOOKED, PEOPLE)
    return lives, np.minimum(lives, looked), lives <= looked


def test_what_accounts_were_simulated_by_is_found_within_its_error() -> None:
    _, age, ended = _accounts()
    found = Survival.fit(age, ended)
    assert found.form == "weibull"
    assert (found.accounts, found.ended) == (PEOPLE, int(ended.sum()))
    for at, true in enumerate((SCALE, SHAPE)):
        error = float(np.sqrt(found.covariance[at, at]))
        assert 0 < error < 0.05 * true
        assert abs(found.parameters[at] - true) < 3 * error
    true_share = np.exp(-((found.curve.time / SCALE) ** SHAPE))
    inside = (found.curve.low <= true_share) & (true_share <= found.curve.high)
    assert inside[found.curve.time < 25].mean() > 0.8


def test_taking_silence_for_staying_tells_lives_too_short() -> None:
    """The control: accounts that have not ended are no accounts that ended today."""
    _, age, ended = _accounts()
    wrong = Survival.fit(age, np.ones(PEOPLE, dtype=bool))
    assert wrong.share(24.0) < Survival.fit(age, ended).share(24.0) - 0.3


def test_accounts_that_came_into_view_late_do_not_make_lives_longer() -> None:
    chance = np.random.default_rng(4)
    lives = SCALE * chance.weibull(SHAPE, 4 * PEOPLE)
    entered = chance.uniform(0, 60, 4 * PEOPLE)
    seen = lives > entered  # who had left before is not in the data
    lives, entered = lives[seen], entered[seen]
    until = entered + 12
    age, ended = np.minimum(lives, until), lives <= until
    told = Survival.fit(age, ended, entered=entered)
    assert told.share(24.0) == pytest.approx(np.exp(-((24 / SCALE) ** SHAPE)), abs=0.03)
    assert Survival.fit(age, ended).share(24.0) > told.share(24.0) + 0.1


def test_nine_of_ten_accounts_bring_in_what_their_interval_says() -> None:
    lives, age, ended = _accounts()
    found = Survival.fit(age[:1_500], ended[:1_500])
    there = ~ended
    pays = np.random.default_rng(5).gamma(4, 25, PEOPLE)[there]
    told = found.stay(age[there], pays, OUTLOOK)
    until = np.minimum((lives - age)[there], OUTLOOK.horizon)
    came = pays * OUTLOOK.margin * -np.expm1(-OUTLOOK.discount * until) / OUTLOOK.discount
    inside = (told.low <= came) & (came <= told.high)
    assert 0.85 <= inside.mean() <= 0.95
    assert told.value.sum() == pytest.approx(came.sum(), rel=0.05)
    assert told.remaining.mean() == pytest.approx(until.mean(), rel=0.05)
    assert (told.low < told.value).all() and (told.value < told.high).all()


def test_the_chance_of_leaving_is_that_of_those_who_left() -> None:
    lives, age, ended = _accounts()
    found = Survival.fit(age, ended)
    there = ~ended
    told = found.leaving(age[there], within=12.0)
    left = (lives - age)[there] <= 12.0
    assert told.mean() == pytest.approx(left.mean(), abs=0.02)
    eager = told > np.median(told)
    assert left[eager].mean() > left[~eager].mean()


@pytest.mark.parametrize("form", ["log-normal", "log-logistic"])
def test_other_forms_are_told_apart_and_can_be_turned_round(form: str) -> None:
    chance = np.random.default_rng(6)
    if form == "log-normal":
        lives = np.exp(3.0 + 0.8 * chance.standard_normal(8_000))
    else:
        level = chance.random(8_000)
        lives = 20 * (1 / level - 1) ** (1 / 2.5)
    age, ended = np.minimum(lives, 60.0), lives <= 60.0
    found = Survival.fit(age, ended)
    assert found.form == form
    assert found.criterion[form] == min(found.criterion.values())
    sure = replace(found, covariance=np.diag([1e-12, 1e-12]))
    told = sure.stay([5.0, 20.0], [1.0, 1.0], Outlook(horizon=200.0))
    for at, now in enumerate((5.0, 20.0)):
        left = found.share(now + np.array([told.low[at], told.high[at]])) / found.share(now)
        assert left == pytest.approx([0.95, 0.05], abs=0.011)  # even levels, 50 of them


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], []), "not 0"),
        (([0.0] * 20, [True] * 20), "not above 0"),
        (([5.0] * 50, [False] * 50), "0 of 50 accounts have ended"),
        (([5.0] * 20, [True] * 20, [6.0] * 20), "came into view"),
    ],
)
def test_accounts_that_tell_nothing_are_refused(rows: tuple[Any, ...], words: str) -> None:
    with pytest.raises(FitError, match=words):
        Survival.fit(rows[0], rows[1], entered=rows[2] if len(rows) == 3 else None)
