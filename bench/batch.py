"""How much faster are a million policy decisions over history than an engine's loop and than SQL?

The bench writes a Parquet file of a million past orders (scope keys as text, each order's own
instant, in time order) and 10,500 dated rules for customers, 54 for regions, 12 for tiers and 4
for the company. All engines answer three outputs and the rule that gave them, and the answers
are compared first. Two inputs are measured, each side by side with the peers on the same file:
the keys as text, and coded once as numbers in a second file that this bench writes itself (Troth
writes no such snapshot yet). The bars are the same for both. Reading the file counts everywhere;
zen loops over a sample of ready-made contexts and is scaled up. A ratio is the median of the
rounds' ratios.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.decision import OUTPUTS
from bench.decision import zen_engine as engine_of
from troth.analysis.policies import BatchPolicies, ScopeColumn
from troth.core.policies.scopes import Layer, parse_scope
from troth.core.policies.timelines import timelines
from troth.core.policies.versions import PolicyVersion

ROWS = 1_000_000
ROUNDS = 7
SAMPLE = 20_000  # zen's loop
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730
KEYS = {
    Layer.CUSTOMER: [f"crm:A-{at:06d}" for at in range(20_000)],  # every other one has rules
    Layer.TIER: ["gold", "silver", "bronze"],
    Layer.REGION: [f"BR-{at:02d}" for at in range(27)],
}
NAMES = tuple(layer.value for layer in KEYS)
Answer = tuple[NDArray[Any], ...]  # three outputs and the rule, by row


def rules(*, seed: int = 5) -> list[PolicyVersion]:
    """Dated rules that answer all outputs; a later one of the same scope supersedes."""
    chosen = random.Random(seed)
    ruled = KEYS[Layer.CUSTOMER][::2]
    scopes = [f"customer:{ruled[at % len(ruled)]}" for at in range(10_500)]
    scopes += [f"region:{key}" for key in KEYS[Layer.REGION]] * 2
    scopes += [f"tier:{key}" for key in KEYS[Layer.TIER]] * 4
    scopes += ["company"] * 4
    numbers: dict[str, int] = {}
    made = []
    for scope in scopes:
        number = numbers[scope] = numbers.get(scope, 0) + 1
        # The company always answers; the others begin somewhere within the history.
        day = 0 if (scope, number) == ("company", 1) else (number - 1) * 150 + chosen.randrange(150)
        start = EPOCH + timedelta(days=day)
        made.append(
            PolicyVersion(
                kind="lead_time",
                scope=parse_scope(scope),
                number=number,
                effective_from=start,
                effective_to=None,
                published_at=start,
                outputs={
                    "service_quantile": Decimal(chosen.randrange(600, 999)) / 1000,
                    "default_lead_time_days": chosen.randrange(1, 60),
                    "history_days": chosen.randrange(30, 400),
                },
                author="bench",
                reason="a dated rule",
            )
        )
    return made


def write_orders(folder: Path, *, seed: int = 13) -> tuple[Path, Path, pa.Table]:
    """The orders with keys as text, and with coded keys; every tenth order has no tier."""
    generator = np.random.default_rng(seed)
    codes = {
        layer: generator.integers(0, len(keys), ROWS).astype(np.int32)
        for layer, keys in KEYS.items()
    }
    codes[Layer.TIER][::10] = -1
    seconds = np.sort(generator.integers(0, DAYS * 86_400, ROWS))
    at = np.datetime64(EPOCH.replace(tzinfo=None), "us") + seconds.astype("timedelta64[s]")
    fixed = {"row": np.arange(ROWS, dtype=np.int32), "at": at}
    text = {
        layer.value: pa.array(np.array([*keys, None], dtype=object)[codes[layer]], pa.string())
        for layer, keys in KEYS.items()
    }
    written = pa.table(fixed | text)
    coded = pa.table(fixed | {layer.value: column for layer, column in codes.items()})
    paths = folder / "orders.parquet", folder / "coded.parquet"
    for path, table in zip(paths, (written, coded), strict=True):
        pq.write_table(table, path, row_group_size=131_072)
    return *paths, written


class Ours:
    """The batch form, from either file to three columns of values and one of version numbers."""

    def __init__(self, held: Sequence[PolicyVersion]) -> None:
        self.policies = BatchPolicies.compile("lead_time", held, KEYS)
        self.keys = {layer: pa.array(keys) for layer, keys in KEYS.items()}

    def from_text(self, path: Path) -> Answer:
        table = pq.read_table(path, columns=["at", *NAMES], read_dictionary=list(NAMES))
        codes = {layer: self._coded(layer, table[layer.value]) for layer in KEYS}
        return self._answered(codes, table["at"])

    def from_codes(self, path: Path) -> Answer:
        table = pq.read_table(path, columns=["at", *NAMES])
        codes = {layer: table[layer.value].to_numpy() for layer in KEYS}
        return self._answered(codes, table["at"])

    def _coded(self, layer: Layer, column: pa.ChunkedArray) -> NDArray[np.int32]:
        """The dictionaries differ from row group to row group: each is translated by itself."""
        coded = np.empty(len(column), dtype=np.int32)
        begin = 0
        for chunk in column.chunks:
            known = pc.fill_null(pc.index_in(chunk.dictionary, self.keys[layer]), -1).to_numpy()
            indices = pc.fill_null(chunk.indices, len(known)).to_numpy()
            np.append(known, np.int32(-1)).take(
                indices, out=coded[begin : begin + len(indices)], mode="clip"
            )
            begin += len(indices)
        return coded

    def _answered(self, codes: dict[Layer, NDArray[np.int32]], at: pa.ChunkedArray) -> Answer:
        columns = [ScopeColumn(layer=layer, codes=column) for layer, column in codes.items()]
        answers = self.policies.resolve(columns, at.to_numpy(), outputs=OUTPUTS)
        rule = self.policies.tables[OUTPUTS[0]].versions.take(answers.ids[OUTPUTS[0]])
        return *(answers.numbers(name) for name in OUTPUTS), rule


def lines(held: Sequence[PolicyVersion], *, is_coded: bool) -> dict[str, pa.Table]:
    """For SQL: each layer's rules with the instants between which they hold, worked out before."""
    places = {item.id: at for at, item in enumerate(held)}
    tables = {}
    for (_, layer), by_key in timelines(held).items():
        codes = {key: at for at, key in enumerate(KEYS.get(layer, [""]))}
        rows = []
        for key, line in by_key.items():
            ends = [*line.starts[1:], datetime(2100, 1, 1, tzinfo=UTC)]
            for start, end, item in zip(line.starts, ends, line.entries[1:], strict=True):
                assert item is not None
                rows.append(
                    {
                        "key": codes[key] if is_coded else key,
                        "begins": start.replace(tzinfo=None),
                        "ends": end.replace(tzinfo=None),
                        **{name: float(item.outputs[name]) for name in OUTPUTS},
                        "rule": places[item.id],
                    }
                )
        key_type = pa.int32() if is_coded else pa.string()
        fields = [("key", key_type), ("begins", pa.timestamp("us")), ("ends", pa.timestamp("us"))]
        fields += [(name, pa.float64()) for name in OUTPUTS] + [("rule", pa.int32())]
        rows.sort(key=lambda row: row["begins"])
        tables[layer.value] = pa.Table.from_pylist(rows, pa.schema(fields))
    return tables


def duck(path: Path, tables: dict[str, pa.Table], *, is_asof: bool) -> Callable[[], Answer]:
    """DuckDB: joins on scope keys, by range or as of; the answers as Arrow columns."""
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"CREATE TABLE {name}_rule AS SELECT * FROM incoming")
        connection.unregister("incoming")
    layers = (*NAMES, "company")
    joins = []
    for name in layers:
        key = "TRUE" if name == "company" else f"o.{name} = {name}_rule.key"
        if is_asof and name != "company":
            joins.append(f"ASOF LEFT JOIN {name}_rule ON {key} AND o.at >= {name}_rule.begins")
        else:
            within = f"o.at >= {name}_rule.begins AND o.at < {name}_rule.ends"
            joins.append(f"LEFT JOIN {name}_rule ON {key} AND {within}")
    chosen = ", ".join(
        f"coalesce({', '.join(f'{layer}_rule.{name}' for layer in layers)}) AS {name}"
        for name in (*OUTPUTS, "rule")
    )
    query = f"SELECT o.row, {chosen} FROM read_parquet('{path}') o {' '.join(joins)}"

    def run() -> Answer:
        table = connection.sql(query).to_arrow_table()
        return tuple(table[name].to_numpy() for name in (*OUTPUTS, "rule", "row"))

    return run


def polars(path: Path, tables: dict[str, pa.Table]) -> Callable[[], Answer]:
    """Polars: one join as of for each layer; orders and rules are in time order."""
    frames = {
        name: pl.from_arrow(table).lazy().drop("ends")  # type: ignore[union-attr]
        for name, table in tables.items()
    }

    def run() -> Answer:
        orders = pl.scan_parquet(path).set_sorted("at")
        for name in (*NAMES, "company"):
            rule = frames[name].rename(
                {part: f"{part}_{name}" for part in (*OUTPUTS, "rule", "begins")}
            )
            rule = rule.with_columns(pl.col(f"begins_{name}").set_sorted())
            if name == "company":
                rule = rule.drop("key")
            orders = orders.join_asof(
                rule,
                left_on="at",
                right_on=f"begins_{name}",
                by_left=None if name == "company" else name,
                by_right=None if name == "company" else "key",
                check_sortedness=False,
            )
        answers = orders.select(
            *(
                pl.coalesce(f"{part}_{name}" for name in (*NAMES, "company")).alias(part)
                for part in (*OUTPUTS, "rule")
            ),
            pl.col("row"),
        ).collect()
        return tuple(answers[name].to_numpy() for name in (*OUTPUTS, "rule", "row"))

    return run


def bare_scan(path: Path, *, is_coded: bool) -> Callable[[], None]:
    """DuckDB decodes the columns of the same file and adds them up."""
    connection = duckdb.connect()
    sums = ", ".join(f"sum({name if is_coded else f'strlen({name})'})" for name in NAMES)
    query = f"SELECT {sums}, max(o.at) FROM read_parquet('{path}') o"

    def run() -> None:
        connection.execute(query).fetchall()

    return run


def check_equal(ours: Answer, theirs: Answer, name: str) -> None:
    """Raises AssertionError where a value or a rule differs."""
    order = np.argsort(theirs[-1], kind="stable")
    assert len(order) == ROWS, f"{name}: {len(order)} rows"
    for part, mine, other in zip((*OUTPUTS, "rule"), ours, theirs, strict=False):
        differing = int((mine != other[order]).sum())
        assert differing == 0, f"{name}: {differing} rows differ in {part}"


def zen_loop(held: Sequence[PolicyVersion], written: pa.Table, ours: Answer) -> Callable[[], None]:
    """zen's loop over every fiftieth order; its answers are checked once."""
    engine = engine_of(held, NAMES)
    rows = list(range(0, ROWS, ROWS // SAMPLE))
    sample = written.take(rows).to_pylist()
    begin = EPOCH.replace(tzinfo=None)
    contexts = [
        {name: row[name] for name in NAMES} | {"day": (row["at"] - begin).days} for row in sample
    ]
    for row, context in zip(rows, contexts, strict=True):
        found = engine.evaluate("rules", context)["result"]
        mine = [float(part[row]) for part in ours[:3]]
        assert mine == [float(found[name]) for name in OUTPUTS], (context, mine, found)
        assert held[int(ours[3][row])].id == found["rule"], (context, found)

    def run() -> None:
        for context in contexts:
            engine.evaluate("rules", context)["result"]

    return run


def seconds(run: Callable[[], object]) -> float:
    begin = perf_counter()
    run()
    return perf_counter() - begin


def fastest(candidates: dict[str, Callable[[], Answer]]) -> tuple[str, Callable[[], Answer]]:
    """The candidate with the best of two runs, the first of which warms it up."""
    times = {name: min(seconds(run), seconds(run)) for name, run in candidates.items()}
    name = min(times, key=lambda item: times[item])
    return name, candidates[name]


def main() -> list[dict[str, Any]]:
    """Rows for both files. Raises AssertionError where engines differ."""
    held = rules()
    ours = Ours(held)
    with tempfile.TemporaryDirectory() as folder:
        text, coded, written = write_orders(Path(folder))
        answer = ours.from_text(text)
        check_equal(answer, (*ours.from_codes(coded), np.arange(ROWS)), "ours from codes")
        loop = zen_loop(held, written, answer)
        return [
            *_measured("keys as text", text, lambda: ours.from_text(text), answer, held, loop),
            *_measured("coded keys", coded, lambda: ours.from_codes(coded), answer, held, loop),
        ]


def _measured(
    what: str,
    path: Path,
    run: Callable[[], Answer],
    answer: Answer,
    held: Sequence[PolicyVersion],
    loop: Callable[[], None],
) -> list[dict[str, Any]]:
    is_coded = what == "coded keys"
    tables = lines(held, is_coded=is_coded)
    candidates = {
        "DuckDB, range join": duck(path, tables, is_asof=False),
        "DuckDB, join as of": duck(path, tables, is_asof=True),
        "Polars, join as of": polars(path, tables),
    }
    for name, candidate in candidates.items():
        check_equal(answer, candidate(), name)
    best, query = fastest(candidates)
    scan = bare_scan(path, is_coded=is_coded)
    scan()
    runs: list[Callable[[], object]] = [run, query, scan, loop]
    times = np.array([[seconds(side) for side in runs] for _ in range(ROUNDS)])
    times[:, 3] *= ROWS / SAMPLE
    mine, sql, bare, engine = (float(at) for at in np.median(times, axis=0))

    def ratio(over: int, under: int) -> float:
        return round(float(statistics.median(times[:, over] / times[:, under])), 2)

    common = {"ours": round(mine, 3)}
    note = f"seconds for {ROWS:,} decisions from Parquet to arrays, {what}"
    sampled = f"{note}; zen's loop on a sample of {SAMPLE:,} ready contexts, scaled"
    return [
        common
        | {"name": f"{what}: against zen's loop", "peer": round(engine, 3), "ratio": ratio(3, 0)}
        | {"bar": 100.0, "note": sampled},
        common
        | {"name": f"{what}: against {best}, the best SQL", "peer": round(sql, 3)}
        | {"ratio": ratio(1, 0), "bar": 2.0, "note": note},
        common
        | {"name": f"{what}: over DuckDB's bare scan", "peer": round(bare, 3)}
        | {
            "ratio": ratio(0, 2),
            "bar": 5.0,
            "is_cost": True,
            "note": f"{note}; at most",
        },
    ]


if __name__ == "__main__":
    for row in main():
        print(row)
