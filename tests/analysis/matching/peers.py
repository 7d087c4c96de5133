"""Splink's own example models, as its documentation has them, for the same records.

docs/demos/examples/duckdb of moj-analytical-services/splink at version 5: `febrl3`,
`deduplicate_50k_synthetic` and `accuracy_analysis_from_labels_column` (fake_1000). Comparisons,
blocking, training rules and recall are the examples' own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from tests.analysis.matching.linkage import DATA


def febrl3() -> Any:
    """Deduplicating the febrl3 dataset."""
    connection = duckdb.connect()
    records = connection.sql(
        f"select * exclude (rec_id), rec_id as unique_id from '{DATA}/er_febrl/febrl3.parquet'"
    )
    columns = ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
    linker = _linker(
        connection,
        records,
        [block_on(name) for name in columns],
        [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    turned = (
        "l.given_name = r.surname and l.surname = r.given_name"
        " and l.date_of_birth = r.date_of_birth"
    )
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), turned],
        recall=0.9,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def fake_1000() -> Any:
    """Evaluation when you have fully labelled data."""
    connection = duckdb.connect()
    records = connection.sql(
        f"select * replace (dob::date as dob) from '{DATA}/er_splink/fake_1000.parquet'"
    )
    linker = _linker(
        connection,
        records,
        [block_on("first_name"), block_on("surname"), block_on("dob"), block_on("email")],
        [
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=False),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )
    linker.training.estimate_probability_two_random_records_match(
        [
            "l.first_name = r.first_name and levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1",
            "l.surname = r.surname and levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1",
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            "l.email = r.email",
        ],
        recall=0.7,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=5)
    for rule in (block_on("dob"), block_on("email"), block_on("first_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    return linker


def historical_50k() -> Any:
    """Linking a dataset of real historical persons; with a seed, which the example has not."""
    connection = duckdb.connect()
    records = connection.sql(
        "select *, first_name || ' ' || surname as first_name_surname_concat"
        f" from '{DATA}/er_splink/historical_50k.parquet'"
    )
    linker = _linker(
        connection,
        records,
        [
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        [
            cl.ForenameSurnameComparison(
                "first_name",
                "surname",
                forename_surname_concat_col_name="first_name_surname_concat",
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker.training.estimate_probability_two_random_records_match(
        [
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            block_on("dob", "postcode_fake"),
        ],
        recall=0.6,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    return linker


def _linker(connection: Any, records: Any, rules: list[Any], comparisons: list[Any]) -> Any:
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=comparisons,
    )
    api = DuckDBAPI(connection=connection)
    return Linker(api.register(records), settings, log_level=None)


def scored(linker: Any) -> list[tuple[str, str, float]]:
    """Keys and match weight of every pair that the model scores."""
    predicted = linker.inference.predict(warning_mode="never")
    return [
        (str(row[0]), str(row[1]), float(row[2]))
        for row in linker._db_api.duckdb_con.sql(
            f"select unique_id_l, unique_id_r, match_weight from {predicted.physical_name}"
        ).fetchall()
    ]


PEERS: dict[str, Callable[[], Any]] = {
    "febrl3": febrl3,
    "fake_1000": fake_1000,
    "historical_50k": historical_50k,
}
