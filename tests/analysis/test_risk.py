"""Are those who leave told from those who stay, by chances that hold, and with reasons?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from numpy.typing import NDArray
from sklearn.model_selection import RepeatedStratifiedKFold

from troth.analysis.value.calibration import calibrate
from troth.analysis.value.errors import FitError
from troth.analysis.value.risk import MISSING, OTHER, RiskModel, WordTerm

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TROTH_DATA") or ROOT.parent / "shared" / "data")


def _made(seed: int, people: int = 6_000) -> tuple[dict[str, list[Any]], NDArray[np.bool_]]:
    """Who is late often and calls much leaves; the colour says nothing; some calls are unknown."""
    chance = np.random.default_rng(seed)
    late, calls = chance.random(people), chance.poisson(2.0, people)
    plan = chance.choice(["month", "year"], people)
    points = -3 + 3 * late + 0.4 * calls + 1.2 * (plan == "month")
    left = chance.random(people) < 1 / (1 + np.exp(-points))
    hidden = chance.random(people) < 0.1
    columns: dict[str, list[Any]] = {
        "late": late.tolist(),
        "calls": [None if away else int(n) for n, away in zip(calls, hidden, strict=True)],
        "plan": plan.tolist(),
        "colour": chance.choice(["red", "blue", "green"], people).tolist(),
    }
    return columns, left


def test_chances_hold_for_customers_who_were_not_learnt_from() -> None:
    model = RiskModel.fit(*_made(1))
    later, left = _made(2)
    found = calibrate(model.chance(later), left)
    assert found.auc > 0.7
    assert found.brier < 0.92 * found.brier_of_mean
    assert found.slope_low <= 1.05 and found.slope_high >= 0.95
    assert abs(found.intercept) < 0.1
    assert sum(band.customers for band in found.bands) == len(left)
    for band in found.bands:
        assert band.actual == pytest.approx(band.expected, abs=0.06)
    low, high = model.interval(later)
    assert ((low < model.chance(later)) & (model.chance(later) < high)).all()


def test_chances_that_are_too_sure_or_mean_nothing_are_found_out() -> None:
    """The controls."""
    model = RiskModel.fit(*_made(1))
    later, left = _made(2)
    odds = np.log(model.chance(later) / (1 - model.chance(later)))
    too_sure = calibrate(1 / (1 + np.exp(-2 * odds)), left)
    assert too_sure.slope_high < 0.65
    shuffled = np.random.default_rng(3).permutation(model.chance(later))
    assert calibrate(shuffled, left).auc == pytest.approx(0.5, abs=0.03)
    too_low = calibrate(1 / (1 + np.exp(-(odds - 1))), left)
    assert too_low.intercept == pytest.approx(1.0, abs=0.1)


def test_a_customers_chance_comes_apart_into_its_columns() -> None:
    columns, left = _made(1)
    model = RiskModel.fit(columns, left)
    everything = model.reasons(columns, most=4)
    points = np.array(model._points(columns))
    chance = model.chance(columns)
    assert 1 / (1 + np.exp(-(model.base + points.sum(axis=0)))) == pytest.approx(chance)
    assert points.mean(axis=1) == pytest.approx([0.0] * 4, abs=1e-9)
    for row in (0, 7, 99):
        told = {reason.column: reason for reason in everything[row]}
        assert [abs(reason.points) for reason in everything[row]] == pytest.approx(
            sorted(np.abs(points[:, row]), reverse=True)
        )
        for at, term in enumerate(model.terms):
            reason = told[term.name]
            assert reason.points == points[at, row]
            assert reason.value == columns[term.name][row]
            assert reason.times == pytest.approx(np.exp(reason.points))
    assert len(model.reasons(columns, most=2)[0]) == 2
    riskiest = int(np.argmax(chance))
    assert everything[riskiest][0].column in ("late", "calls")
    colour = np.abs(points[3]).max()
    assert colour < 0.2 < np.abs(points[0]).max()


def test_words_never_seen_and_numbers_not_known_are_no_error() -> None:
    columns, left = _made(1)
    columns["plan"][:30] = [None] * 30
    model = RiskModel.fit(columns, left)
    plan = model.terms[2]
    assert isinstance(plan, WordTerm)
    assert plan.levels == (MISSING, "month", "year", OTHER)
    odd = {"late": [None], "calls": [float("nan")], "plan": ["decade"], "colour": [None]}
    assert 0 < model.chance(odd)[0] < 1


@pytest.mark.parametrize(
    ("columns", "left", "words"),
    [
        ({}, [True, False], "No columns"),
        ({"a": [1, 2, 3]}, [True, False], "Column a has 3 rows"),
        ({"a": [1, 2]}, [True, True], "2 of 2"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(columns: Any, left: Any, words: str) -> None:
    with pytest.raises(FitError, match=words):
        RiskModel.fit(columns, left)


@pytest.fixture(scope="module")
def telco() -> tuple[dict[str, list[Any]], NDArray[np.bool_]]:
    path = DATA / "telco_churn" / "telco.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not there: set TROTH_DATA to the folder of the data")
    table = parquet.read_table(path).to_pydict()
    left = np.array([word == "Yes" for word in table.pop("Churn")])
    table.pop("customerID")
    table["TotalCharges"] = [
        float(word) if word.strip() else None for word in table["TotalCharges"]
    ]
    table["SeniorCitizen"] = [str(word) for word in table["SeniorCitizen"]]
    return table, left


def test_churn_of_a_telephone_company_is_told_with_chances_that_hold(
    telco: tuple[dict[str, list[Any]], NDArray[np.bool_]],
) -> None:
    """7,043 customers, three times five folds, each judged on customers not learnt from."""
    columns, left = telco
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
    found = []
    for learnt, kept in folds.split(left, left):
        part = {name: [values[at] for at in learnt] for name, values in columns.items()}
        asked = {name: [values[at] for at in kept] for name, values in columns.items()}
        model = RiskModel.fit(part, left[learnt])
        found.append(calibrate(model.chance(asked), left[kept]))
        reasons = model.reasons(asked, most=3)
        assert {len(of_one) for of_one in reasons} == {3}
        leaves = model.chance(asked) > 0.6  # far above the mean: something has to speak for it
        assert leaves.any()
        for at in np.flatnonzero(leaves):
            assert max(reason.points for reason in reasons[at]) > 0
    auc = float(np.mean([item.auc for item in found]))
    slope = float(np.mean([item.slope for item in found]))
    brier = float(np.mean([item.brier for item in found]))
    print(f"AUC {auc:.4f}, slope {slope:.3f}, Brier {brier:.4f}")
    assert auc >= 0.84
    assert 0.9 <= slope <= 1.1
