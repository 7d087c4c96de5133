"""Do a case asked by itself and a million asked at once get the same answer, on every engine?

Two hundred tables by chance, two at a time as versions of one policy of which one takes over at
an instant on the day when Berlin's clocks go back; each asked for fifty cases. Five readings: cell
by cell in FEEL, by sets of rules, by the kernel, and as one expression by DuckDB and PostgreSQL.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import sqlglot
from tests.random_policies import SHAPES, Shape, case, table

from troth.analysis import policy_conditions, policy_inputs, policy_sql
from troth.analysis.policies import BatchPolicies
from troth.analysis.policy_inputs import InputColumn
from troth.analysis.policy_sql import Answer, SqlPolicies
from troth.core.dmn import matching
from troth.core.policies.book import PolicyBook
from troth.core.policies.kinds import kind_named
from troth.core.policies.resolution import holding
from troth.core.policies.scopes import Subject, parse_scope
from troth.core.policies.tables import said, said_by_feel
from troth.core.policies.timelines import timeline
from troth.core.policies.versions import PolicyVersion

EDGE = datetime(2026, 10, 25, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CASES = 100  # for a pair of tables: about fifty fall to each
NUMBER = pa.decimal128(24, 3)
ARROW = {
    "number": NUMBER,
    "text": pa.string(),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
}
Rows = list[dict[str, Any]]


class Pair:
    """Two tables as versions of one policy, and the cases that they are asked for."""

    def __init__(self, number: int, shape: Shape, chance: random.Random) -> None:
        self.number, self.kind = number, shape.kind
        self.versions = [self._version(shape, chance, at) for at in (1, 2)]
        self.rows: Rows = [
            {
                **case(chance, shape.kind),
                "pair": number,
                "row": row,
                "at": EDGE + chance.choice([-TICK, 0 * TICK, TICK, -timedelta(hours=1)]),
            }
            for row in range(CASES)
        ]

    def _version(self, shape: Shape, chance: random.Random, number: int) -> PolicyVersion:
        return PolicyVersion(
            kind=shape.kind,
            scope=parse_scope("company"),
            number=number,
            effective_from=EDGE - timedelta(days=300) if number == 1 else EDGE,
            effective_to=None,
            published_at=EDGE - timedelta(days=400 - number),
            outputs={},
            author="a steward",
            reason="a test",
            table=table(chance, shape, rules=6),
        )

    def plain(self) -> list[Answer]:
        """What each row is answered cell by cell, tables that fail included."""
        line = timeline(self.versions)
        found = []
        for row in self.rows:
            ((version, outputs, rule, faults, *_),) = holding(
                [line.chain(row["at"])], (), row, at=row["at"]
            ).answering
            found.append(Answer(outputs=outputs, version=version.id, rule=rule, faults=faults))
        return found


def pairs(number: int, *, seed: int = 5) -> list[Pair]:
    chance = random.Random(seed)
    return [Pair(at, SHAPES[at % len(SHAPES)], chance) for at in range(number)]


def arrow(kind: str, rows: Rows) -> pa.Table:
    fields = [(spec.name, ARROW[spec.type]) for spec in kind_named(kind).inputs]
    fixed = [("pair", pa.int32()), ("row", pa.int32()), ("at", ARROW["instant"])]
    whole = [{**row, **_exact(row)} for row in rows]
    return pa.Table.from_pylist(whole, schema=pa.schema([*fixed, *fields]))


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    numbers = ("severity", "total")
    return {name: Decimal(row[name]) for name in numbers if row.get(name) is not None}


def table_in(backend: Any, name: str, cases: pa.Table, folder: Path | None) -> ibis.Table:
    match backend.name:
        case "postgres":
            return backend.create_table(name, cases, temp=True)
        case "pyspark":
            assert folder is not None
            parquet.write_table(cases, folder / name)
            return backend.read_parquet(str(folder / name))
    return ibis.memtable(cases)


def by_sql(
    backend: Any, made: list[Pair], folder: Path | None = None
) -> tuple[dict[int, list[Answer]], int]:
    """The answers by pair, and how many rows needed FEEL."""
    found, by_feel = {}, 0
    for kind in dict.fromkeys(pair.kind for pair in made):
        rows = [row for pair in made if pair.kind == kind for row in pair.rows]
        cases = table_in(backend, f"cases_{kind}", arrow(kind, rows), folder)
        for pair in (pair for pair in made if pair.kind == kind):
            own = cases.filter(cases["pair"] == pair.number)
            answers = SqlPolicies(kind, pair.versions).answers(backend, own, key="row", at="at")
            found[pair.number] = [answers.by_key[row] for row in range(CASES)]
            by_feel += answers.by_feel
            assert bool(answers.by_feel) == bool(answers.reasons)
    return found, by_feel


def check(expected: Answer, found: Answer, where: object) -> None:
    assert (found.version, found.rule) == (expected.version, expected.rule), where
    assert found.outputs == expected.outputs, where
    assert {name: type(value) for name, value in found.outputs.items()} == {
        name: type(value) for name, value in expected.outputs.items()
    }, where
    assert found.faults == expected.faults, where


def check_sql(
    backend: Any, made: list[Pair], plain: dict[int, list[Answer]], folder: Path | None = None
) -> int:
    found, by_feel = by_sql(backend, made, folder)
    for pair in made:
        for row, expected in enumerate(plain[pair.number]):
            check(expected, found[pair.number][row], (pair.number, pair.rows[row], pair.versions))
    return by_feel


def check_kernel(made: list[Pair], plain: dict[int, list[Answer]]) -> int:
    """Against the book too, which is the plain reading with its layers."""
    by_feel = 0
    for pair in made:
        inputs = {
            spec.name: InputColumn.of_values(spec.type, [row[spec.name] for row in pair.rows])
            for spec in kind_named(pair.kind).inputs
        }
        at = np.array([row["at"].replace(tzinfo=None) for row in pair.rows], "datetime64[us]")
        compiled = BatchPolicies.compile(pair.kind, pair.versions, {})
        answers = compiled.resolve([], at, inputs=inputs)
        by_feel += answers.by_feel
        book = PolicyBook.compile(pair.versions)
        values = {spec.name: answers.values(spec.name) for spec in kind_named(pair.kind).outputs}
        rules = {name: answers.rules(name) for name in values}
        for number, (row, expected) in enumerate(zip(pair.rows, plain[pair.number], strict=True)):
            found = book.values(pair.kind, Subject(), row["at"], row)
            assert tuple(values[name][number] for name in values) == found.values
            for name, value in expected.outputs.items():
                assert values[name][number] == value
                assert rules[name][number] == expected.rule
    return by_feel


@pytest.fixture(scope="module")
def made() -> list[Pair]:
    return pairs(100)


@pytest.fixture(scope="module")
def plain(made: list[Pair]) -> dict[int, list[Answer]]:
    return {pair.number: pair.plain() for pair in made}


@pytest.fixture
def postgres(own_database: Any) -> Iterator[ibis.BaseBackend]:
    at = psycopg.conninfo.conninfo_to_dict(own_database.owner_url)
    engine = ibis.postgres.connect(
        host=at["host"], port=int(at["port"]), user=at["user"], password=at["password"],
        database=at["dbname"],
    )  # fmt: skip
    yield engine
    engine.disconnect()


def test_a_case_by_itself_gets_what_its_cells_say(made: list[Pair]) -> None:
    checked = 0
    for pair in made:
        for version in pair.versions:
            assert version.table is not None
            for row in pair.rows[: CASES // 2]:
                expected = said_by_feel(version.table, row, at=row["at"])
                assert said(version.table, row, at=row["at"]) == expected
                checked += 1
    assert checked == 10_000


def test_the_kernel_answers_ten_thousand_cases_alike(
    made: list[Pair], plain: dict[int, list[Answer]]
) -> None:
    assert check_kernel(made, plain) < 0.5 * CASES * len(made)


def test_duckdb_answers_ten_thousand_cases_alike(
    made: list[Pair], plain: dict[int, list[Answer]]
) -> None:
    assert check_sql(ibis.duckdb.connect(), made, plain) < 0.6 * CASES * len(made)


def test_postgresql_answers_ten_thousand_cases_alike(
    made: list[Pair], plain: dict[int, list[Answer]], postgres: ibis.BaseBackend
) -> None:
    assert check_sql(postgres, made, plain) < 0.6 * CASES * len(made)


def test_the_same_tables_as_joins_answer_alike(
    monkeypatch: pytest.MonkeyPatch,
    made: list[Pair],
    plain: dict[int, list[Answer]],
    postgres: ibis.BaseBackend,
) -> None:
    """As tables of many rules are asked."""
    monkeypatch.setattr(policy_sql, "MANY", 0)
    check_sql(ibis.duckdb.connect(), made[:20], plain)
    check_sql(postgres, made[20:30], plain)


@pytest.mark.soak
@pytest.mark.filterwarnings("default")
def test_spark_answers_alike(
    made: list[Pair],
    plain: dict[int, list[Answer]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where pyspark and a Java are installed."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    try:
        backend = ibis.pyspark.connect(session)
        check_sql(backend, made[:40], plain, tmp_path)
        monkeypatch.setattr(policy_sql, "MANY", 0)
        again = tmp_path / "again"
        again.mkdir()
        check_sql(backend, made[:10], plain, again)
    finally:
        session.stop()


def test_the_expression_is_one_that_spark_reads_too(made: list[Pair]) -> None:
    """Its text, where no Spark is at hand; ./dev soak runs it."""
    for pair in made[: len(SHAPES)]:
        cases = ibis.memtable(arrow(pair.kind, pair.rows))
        expression = SqlPolicies(pair.kind, pair.versions).expression(cases, "at")
        text = str(ibis.to_sql(expression.select("row", "entry"), dialect="pyspark"))
        (found,) = sqlglot.parse(text, read="spark")
        assert found is not None
        assert "`entry`" in text


def test_an_end_that_is_off_by_one_is_seen_in_every_reading(
    monkeypatch: pytest.MonkeyPatch, plain: dict[int, list[Answer]]
) -> None:
    """The negative control."""
    few = pairs(12)
    whole = policy_inputs.thresholds
    shifted = lambda cuts, places: [at + 1 for at in whole(cuts, places)]
    for module in (policy_inputs, policy_conditions, matching):
        monkeypatch.setattr(module, "thresholds", shifted)
    expected = {
        pair.number: [
            Answer(outputs=found.outputs, version=version.id, rule=found.rule)
            for row in pair.rows
            for version in [pair.versions[row["at"] >= EDGE]]
            if version.table is not None
            for found in [said_by_feel(version.table, row, at=row["at"])]
        ]
        for pair in few
    }
    with pytest.raises(AssertionError):
        check_kernel(few, expected)
    with pytest.raises(AssertionError):
        check_sql(ibis.duckdb.connect(), few, expected)
    with pytest.raises(AssertionError):
        for pair in few:
            for version in pair.versions:
                for row in pair.rows:
                    assert version.table is not None
                    plainly = said_by_feel(version.table, row, at=row["at"])
                    assert said(version.table, row, at=row["at"]) == plainly
