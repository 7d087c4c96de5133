"""How is a workspace's match model learnt, where nobody has said which records are one?

Splink, over the workspace's own records: how often values agree by chance is counted on random
pairs (u); how often they differ within one customer (m) is estimated by expectation
maximisation, on the pairs of one blocking rule at a time, each comparison where it is not
blocked on; how common matches are is found by scoring the pairs that would be compared, until
the sum of their probabilities is what was assumed. Fellegi and Sunter, "A Theory for Record
Linkage", JASA 64 (1969); Winkler, "Using the EM Algorithm for Weight Computation" (1988).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from troth.analysis.matching.blocking import chosen, pair_count
from troth.analysis.matching.design import Blocking, Comparison, Design
from troth.analysis.matching.engine import (
    RECORDS,
    Bench,
    comparison_name,
    filled,
    rule_of,
    settings_of,
)
from troth.analysis.matching.errors import MatchingError
from troth.analysis.matching.model import Grounds, MatchModel, Odds, Session

RANDOM_PAIRS = 1_000_000
_SEED = 20_261_123
_FEWEST_PAIRS = 30  # that a round of learning may rest on
_MOST_PAIRS = 2_000_000  # that one round looks at
_LEAST_M = 0.0005  # no one difference rules a match out
_UNSEEN_M = 0.01  # of a level that no pair of the training met
_FIRST_RECALL = 0.8  # of the certain rules, before it is found
_ITERATIONS = (50, 6, 3, 2)  # the most that a round of learning tries, and again
_ROUNDS = 60
_SETTLED = 0.0001
_SURE_M = 0.95  # of the first level, where nothing could be learnt

logging.getLogger("splink").setLevel(logging.ERROR)


def train(
    records: pa.Table,
    design: Design,
    *,
    at: datetime,
    duplicate_free: bool = False,
    pairs_per_record: int | None = None,
    random_pairs: int = RANDOM_PAIRS,
) -> MatchModel:
    """The model of a design for standardised records, dated `at`.

    `duplicate_free`: no source has one customer twice. The same records give the same model.
    Raises `MatchingError` where there are too few records, or nothing to compare or to learn
    from.
    """
    if records.num_rows < 2:
        raise MatchingError(
            f"there is nothing to match among {records.num_rows} records; land two or more first."
        )
    bench = Bench.of(records, duplicate_free=duplicate_free)
    cut, left_out, pairs = _affordable(bench, design, pairs_per_record)
    linker = bench.linker(settings_of(cut, is_linking=duplicate_free))
    linker.training.estimate_probability_two_random_records_match(
        [rule_of(rule) for rule in _certain(bench, cut)], recall=_FIRST_RECALL
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=random_pairs, seed=_SEED)
    sessions = tuple(_sessions(bench, linker, cut))
    odds, unobserved = _learnt(linker.misc.save_model_to_json(), cut, random_pairs)
    model = MatchModel(
        design=cut,
        prior=_first_prior(linker),
        odds=odds,
        trained_at=at,
        grounds=Grounds(
            records=records.num_rows,
            sources=len(bench.sources()),
            pairs=0,
            expected_matches=0.0,
            sessions=sessions,
            blocking_left_out=left_out,
            unobserved=unobserved,
            duplicate_free=duplicate_free,
        ),
    )
    found = _with_prior(bench, model, chunks=max(1, -(-pairs // _MOST_PAIRS)))
    bench.connection.close()
    return found


def _affordable(
    bench: Bench, design: Design, pairs_per_record: int | None
) -> tuple[Design, tuple[str, ...], int]:
    """The design cut to what the records have and can afford; the rules left out; all pairs."""
    cut = design.cut_to(filled(bench.records))
    rules = chosen(
        bench.connection,
        RECORDS,
        cut.blocking,
        pairs_per_record=pairs_per_record,
        across=bench.is_linking,
    )
    cut = replace(cut, blocking=rules.rules)
    _require(cut)
    return cut, tuple(name for name, _ in rules.left_out), sum(rules.pairs)


def _certain(bench: Bench, design: Design) -> list[Blocking]:
    found = [
        rule
        for rule in design.certain
        if pair_count(bench.connection, RECORDS, rule, across=bench.is_linking) > 0
    ]
    return found or list(design.blocking[:1])


def _require(design: Design) -> None:
    if not design.comparisons:
        raise MatchingError(
            f"no column of a {design.kind} has anything in it; map names, addresses, e-mails or"
            " telephones to the records."
        )
    if not design.blocking:
        raise MatchingError(
            "no two records agree in anything that they could be found by: there are no matches"
            " to learn from. Land records of more than one source."
        )


def _sessions(bench: Bench, linker: Any, design: Design) -> list[Session]:
    found = []
    for rule in design.training:
        pairs = pair_count(bench.connection, RECORDS, rule, across=bench.is_linking)
        if pairs < _FEWEST_PAIRS:
            continue
        session = _session(linker, rule, pairs)
        if session is None:
            found.append(
                Session(
                    rule=rule.name, pairs=pairs, iterations=0, largest_change=1.0,
                    is_converged=False,
                )
            )  # fmt: skip
            continue
        # Splink shows how its rounds went in charts only.
        history = session._core_model_settings_history
        largest = _largest_change(history)
        found.append(
            Session(
                rule=rule.name,
                pairs=pairs,
                iterations=len(history) - 1,
                largest_change=largest,
                is_converged=largest < linker._settings_obj.training_settings.em_convergence,
            )
        )
    if not any(session.iterations for session in found):
        raise MatchingError(
            f"no rule finds {_FEWEST_PAIRS} pairs of records to learn from; land more records."
        )
    return found


def _session(linker: Any, rule: Blocking, pairs: int) -> Any:
    """Splink's session; None where the pairs of the rule cannot be learnt from.

    In clean data some levels are met by no match at all: their share falls by a power of ten each
    iteration until Splink refuses it. Then fewer iterations are enough.
    """
    found = linker._settings_obj
    wished = found.training_settings
    try:
        for iterations in _ITERATIONS:
            found.training_settings = replace(wished, max_iterations=iterations)
            before = found.core_model_settings.copy()  # a session that fails leaves its half
            try:
                return linker.training.estimate_parameters_using_expectation_maximisation(
                    rule_of(rule),
                    estimate_without_term_frequencies=True,
                    max_pairs=_MOST_PAIRS if pairs > _MOST_PAIRS else None,
                )
            except ValueError as error:
                if "below the minimum" not in str(error):
                    raise
                found.core_model_settings = before
    finally:
        found.training_settings = wished
    return None


def _largest_change(history: list[Any]) -> float:
    before, after = history[-2], history[-1]
    changes = [
        abs(
            before.probability_two_random_records_match - after.probability_two_random_records_match
        )
    ]
    for old, new in zip(before.comparisons, after.comparisons, strict=True):
        for one, other in zip(old.comparison_levels, new.comparison_levels, strict=True):
            if not one.is_null_level:
                changes.append(abs(one.m_probability - other.m_probability))
    return float(max(changes))


def _first_prior(linker: Any) -> float:
    found = float(linker.misc.save_model_to_json()["probability_two_random_records_match"])
    return min(max(found, 1e-12), 0.5)


def _learnt(
    settings: dict[str, Any], design: Design, random_pairs: int
) -> tuple[tuple[tuple[Odds, ...], ...], tuple[str, ...]]:
    """The shares as Splink learnt them; assumptions where no pair met a level."""
    odds, unobserved = [], []
    # Splink keeps its comparisons in whatever order they were learnt in.
    by_name = {made["output_column_name"]: made for made in settings["comparisons"]}
    for place, item in enumerate(design.comparisons):
        made = by_name[comparison_name(place)]
        levels = [level for level in made["comparison_levels"] if not level.get("is_null_level")]
        ms = [level.get("m_probability") for level in levels]
        us = [level.get("u_probability") for level in levels]
        names = [*(level.name for level in item.levels), "unlike"]
        unobserved += [
            f"{item.name}: {name}"
            for name, m, u in zip(names, ms, us, strict=True)
            if m is None or u is None
        ]
        odds.append(_smoothed(ms, us, item, random_pairs))
    return tuple(odds), tuple(unobserved)


def _smoothed(
    ms: list[float | None], us: list[float | None], item: Comparison, random_pairs: int
) -> tuple[Odds, ...]:
    """No share is nought: what was never seen is as rare as the sample can say."""
    if all(m is None for m in ms):
        ms = [_SURE_M, *([(1 - _SURE_M) / len(item.levels)] * len(item.levels))]
    least_u = 0.5 / random_pairs
    found_m = [_UNSEEN_M if m is None else max(m, _LEAST_M) for m in ms]
    found_u = [max(u or 0.0, least_u) for u in us]
    return tuple(
        Odds(m=m / sum(found_m), u=u / sum(found_u)) for m, u in zip(found_m, found_u, strict=True)
    )


def _with_prior(bench: Bench, model: MatchModel, *, chunks: int) -> MatchModel:
    """The model with the prior under which as many matches are expected as it says there are.

    Of many pairs, those of one record in `chunks` are looked at.
    """
    linker = bench.linker(settings_of(model.design, is_linking=bench.is_linking, model=model))
    scored = linker.inference.predict_chunk(
        left_chunk=(1, chunks), right_chunk=(1, 1), warning_mode="never"
    )
    table = bench.connection.sql(
        f"select match_weight from {scored.physical_name}"
    ).to_arrow_table()
    weights = table.column(0).to_numpy()
    total = bench.pair_total() / chunks
    bare = weights - model.prior_weight
    prior, expected = model.prior, 0.0
    for _ in range(_ROUNDS):
        odds = np.exp2(np.minimum(bare + np.log2(prior / (1 - prior)), 1000.0))
        expected = max(float((odds / (1 + odds)).sum()), 0.5)
        found = min(expected / total, 0.5)
        is_settled = abs(found - prior) <= _SETTLED * prior
        prior = found
        if is_settled:
            break
    scored.drop_table_from_database_and_remove_from_cache()
    return replace(
        model,
        prior=prior,
        grounds=replace(model.grounds, pairs=len(weights), expected_matches=expected * chunks),
    )
