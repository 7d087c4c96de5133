"""How alike are the records of a workspace, all that are worth comparing?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from troth.analysis.matching.engine import Bench, frequencies, settings_of
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.pairs import MISSING, UNLIKE, Evidence, ScoredPair
from troth.analysis.matching.standard.parties import KEY, SOURCE

_COLUMNS = ("left", "right", "weight", "probability")


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Pairs of records as Splink scored them, the likeliest first.

    `table` has `left`, `right` (keys, the smaller first), `weight`, `probability`, and for each
    comparison n of the model `level_n` (its place; one past the last is unlike, −1 is missing),
    `weight_n` and `rarity_n`, in bits, the second apart from the first.
    """

    model: MatchModel
    table: pa.Table

    def pairs(self) -> Iterator[ScoredPair]:
        """Each pair as a value with its evidence."""
        for row in self.table.to_pylist():
            yield _pair(self.model, row)


def score(records: pa.Table, model: MatchModel, *, at_least: float | None = None) -> Scored:
    """Every pair that the model's blocking rules find, or those of `at_least` so many bits.

    `records` are standardised, with the columns that the model was trained on.
    """
    bench = Bench.of(records, duplicate_free=model.grounds.duplicate_free)
    linker = bench.linker(settings_of(model.design, is_linking=bench.is_linking, model=model))
    predicted = linker.inference.predict(threshold_match_weight=at_least, warning_mode="never")
    table = bench.connection.sql(
        f"select {', '.join(columns_sql(model))} from {predicted.physical_name}"
        ' order by weight desc, "left", "right"'
    ).to_arrow_table()
    bench.connection.close()
    return Scored(model=model, table=table)


def score_new(new: pa.Table, records: pa.Table, model: MatchModel) -> Scored:
    """New records against those that are there, never among themselves, all at once.

    Values count as frequent as they are among `records`. Both are standardised alike. For one
    record at a time an `online.Index` gives the same.
    """
    bench = Bench.of(records)
    linker = bench.linker(settings_of(model.design, is_linking=False, model=model))
    register = linker._db_api.register
    found = frequencies(bench.connection, model.design.rare_columns)
    for name, table in found.items():
        linker.table_management.register_term_frequency_lookup(register(table), name)
    predicted = linker.inference.predict_between(
        register(new), linker._input_tables_dict[next(iter(linker._input_tables_dict))],
        warning_mode="never",
    )  # fmt: skip
    table = bench.connection.sql(
        f"select {', '.join(columns_sql(model))} from {predicted.physical_name}"
        ' where "key_l" <> "key_r" order by weight desc, "left", "right"'
    ).to_arrow_table()
    if model.grounds.duplicate_free:
        table = _across(table, pa.concat_tables([new, records], promote_options="default"))
    bench.connection.close()
    return Scored(model=model, table=table)


def _across(table: pa.Table, records: pa.Table) -> pa.Table:
    """The pairs of different sources."""
    keys = records.column(KEY).combine_chunks()
    sources = records.column(SOURCE).combine_chunks()
    sides = [
        sources.take(pc.index_in(table.column(side).combine_chunks(), keys))
        for side in ("left", "right")
    ]
    return table.filter(pc.not_equal(*sides))


def columns_sql(model: MatchModel) -> list[str]:
    """What is kept of Splink's table of predictions, under our names."""
    found = [
        'least("key_l", "key_r") as "left"',
        'greatest("key_l", "key_r") as "right"',
        "match_weight as weight",
        "match_probability as probability",
    ]
    for place, item in enumerate(model.design.comparisons):
        # Splink numbers levels from the least alike, 0, upwards.
        number = f"gamma_c{place}"
        found.append(
            f"case when {number} < 0 then -1 else {len(item.levels)} - {number} end"
            f"::tinyint as level_{place}"
        )
        found.append(f"mw_c{place} as weight_{place}")
        is_rare = any(level.rare is not None for level in item.levels)
        found.append(f"{f'mw_tf_adj_c{place}' if is_rare else '0.0::double'} as rarity_{place}")
    return found


def _pair(model: MatchModel, row: dict[str, Any]) -> ScoredPair:
    evidence = []
    for place, item in enumerate(model.design.comparisons):
        level, rarity = row[f"level_{place}"], row[f"rarity_{place}"]
        name = MISSING
        if level >= 0:
            name = item.levels[level].name if level < len(item.levels) else UNLIKE
        evidence.append(
            Evidence(
                comparison=item.name,
                level=name,
                weight=row[f"weight_{place}"] + rarity,
                by_rarity=rarity,
            )
        )
    return ScoredPair(
        **{name: row[name] for name in _COLUMNS},
        prior_weight=model.prior_weight,
        evidence=tuple(evidence),
    )
