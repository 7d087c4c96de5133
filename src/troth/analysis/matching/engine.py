"""How is a design put to Splink, and a trained model?

Splink (5, on DuckDB) learns the weights and scores all pairs at once. Nothing of it leaves this
package: what was learnt is a `MatchModel`, what was scored is a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import CustomLevel, ElseLevel
from splink.comparison_library import CustomComparison

from troth.analysis.matching.design import Blocking, Design
from troth.analysis.matching.errors import MatchingError
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.standard.parties import KEY, SOURCE

RECORDS = "troth_records"
_ITERATIONS = 50
_CONVERGED = 0.0005  # the largest change of any share


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Records laid before Splink."""

    connection: Any  # DuckDB, with the records as `troth_records`
    records: pa.Table
    is_linking: bool  # pairs of different sources only

    @classmethod
    def of(cls, records: pa.Table, *, duplicate_free: bool = False) -> Bench:
        """Standardised records. `duplicate_free`: no source has one customer twice, so that
        only pairs of different sources are compared; raises `MatchingError` without two."""
        if duplicate_free and not _has_two_sources(records):
            raise MatchingError(
                "sources without duplicates need two sources or more, and the records have not:"
                f" fill the column {SOURCE!r}, or match within one source."
            )
        connection = duckdb.connect()
        connection.execute("set enable_progress_bar = false")
        connection.register("troth_given", records)
        connection.execute(f"create table {RECORDS} as select * from troth_given")
        return cls(connection=connection, records=records, is_linking=duplicate_free)

    def linker(self, settings: Any) -> Any:
        """Splink over the records."""
        api = DuckDBAPI(connection=self.connection)
        if not self.is_linking:
            return Linker(api.register(RECORDS), settings, log_level=None)
        tables = []
        for at, source in enumerate(self.sources()):
            name = f"{RECORDS}_{at}"
            self.connection.execute(
                f"create or replace table {name} as select * from {RECORDS} where {SOURCE} = ?",
                [source],
            )
            tables.append(api.register(name, dataset_display_name=name))
        return Linker(tables, settings, log_level=None)

    def sources(self) -> list[str | None]:
        """The systems that the records are from; one where they do not say."""
        if SOURCE not in self.records.column_names:
            return [None]
        found: list[str | None] = pc.unique(self.records.column(SOURCE)).to_pylist()
        return sorted(found, key=str)

    def pair_total(self) -> int:
        """How many pairs there are, compared or not."""
        count: int = self.records.num_rows
        if not self.is_linking:
            return count * (count - 1) // 2
        held: list[int] = pc.value_counts(self.records.column(SOURCE)).field("counts").to_pylist()
        return (count * count - sum(each * each for each in held)) // 2


def _has_two_sources(records: pa.Table) -> bool:
    if SOURCE not in records.column_names or records.column(SOURCE).null_count:
        return False
    return bool(pc.count_distinct(records.column(SOURCE)).as_py() > 1)


def filled(records: pa.Table) -> list[str]:
    """The columns in which there is anything."""
    return [
        name for name in records.column_names if records.column(name).null_count < records.num_rows
    ]


def rule_of(blocking: Blocking) -> Any:
    """A blocking rule as Splink takes it."""
    return CustomRule(blocking.sql())


def comparison_name(place: int) -> str:
    """What a design's comparison is called before Splink."""
    return f"c{place}"


def settings_of(
    design: Design, *, is_linking: bool, model: MatchModel | None = None
) -> SettingsCreator:
    """A design as Splink takes it; with a model's shares where there is one."""
    comparisons = []
    for place, item in enumerate(design.comparisons):
        levels: list[Any] = [CustomLevel(item.silent_sql()).configure(is_null_level=True)]
        for level in item.levels:
            made = CustomLevel(level.when.sql(), label_for_charts=level.name)
            if level.rare is not None:
                made = made.configure(tf_adjustment_column=level.rare)
            levels.append(made)
        levels.append(ElseLevel())
        if model is not None:
            for made, odds in zip(levels[1:], model.odds[place], strict=True):
                made.configure(m_probability=odds.m, u_probability=odds.u)
        comparisons.append(
            CustomComparison(output_column_name=comparison_name(place), comparison_levels=levels)
        )
    return SettingsCreator(
        link_type="link_only" if is_linking else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[rule_of(rule) for rule in design.blocking],
        probability_two_random_records_match=0.0001 if model is None else model.prior,
        unique_id_column_name=KEY,
        em_convergence=_CONVERGED,
        max_iterations=_ITERATIONS,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def frequencies(connection: Any, columns: Sequence[str], table: str = RECORDS) -> dict[str, Any]:
    """Of each column, an Arrow table of its values and their share of those that are there."""
    return {
        name: connection.sql(
            f'select "{name}", count(*)::double / (select count("{name}") from {table})'
            f' as "tf_{name}" from {table} where "{name}" is not null group by "{name}"'
        ).to_arrow_table()
        for name in columns
    }
