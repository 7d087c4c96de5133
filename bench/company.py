"""How long does a company of 100,000 customers and 1,000,000 orders take, and how much memory?

Customers in four systems, orders in two of them, as Parquet exports. Each step of the run (sync,
resolve, tier, value) is a process of its own, so that its peak memory is its own; the server's is
not in it. Beside the sync: bare COPY of the same columns into bare tables. Beside the resolving:
bare Splink, which learns and scores the same standardised records by the same blocking rules and
groups what it finds, and keeps nothing. The two others have no peer.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from bench.matching import common, words

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
CUSTOMERS = int(os.environ.get("TROTH_BENCH_CUSTOMERS", "100000"))
ORDERS = 10 * CUSTOMERS
SYSTEMS = {"crm": 1.0, "erp": 0.6, "shop": 0.5, "desk": 0.3}  # share of the customers in each
_SELLING = ("erp", "shop")
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_PEOPLE = """
source: {system}
system: {system}
feeds:
  - name: customers
    record: customer
    files: {system}_customers.parquet
    key: key
    fields: {{name: name, email: email, phone: phone, address: address, postal_code: postcode,
             city: city, country: {{constant: DE}}, party_kind: {{constant: person}},
             created_at: created_at}}
    known_at: created_at
"""
_ORDERS = """
  - name: orders
    record: order
    files: {system}_orders.parquet
    key: key
    fields: {{customer: customer, placed_at: placed_at, status: {{constant: delivered}},
             delivered_at: delivered_at, total: {{column: total, currency: EUR}}}}
    known_at: delivered_at
"""


def customers() -> dict[str, Any]:
    """What is true of each customer."""
    chance = np.random.default_rng(20261124)
    count = CUSTOMERS
    given = common(words(3_000, chance, 3), count, chance)
    surname = common(words(30_000, chance, 4), count, chance)
    place = chance.integers(0, 8_000, count)
    streets = words(4_000, chance, 4)
    street = streets[chance.integers(0, len(streets), count)]
    number = chance.integers(1, 200, count)
    domains = words(500, chance, 3)[chance.integers(0, 500, count)]
    return {
        "name": [f"{g} {s}".title() for g, s in zip(given, surname, strict=True)],
        "email": [
            f"{g}.{s}{n}@{d}.example"
            for g, s, n, d in zip(given, surname, place, domains, strict=True)
        ],
        "phone": [f"+4930{n:08d}" for n in chance.integers(0, 10**8, count)],
        "address": [f"{s.title()} road {n}" for s, n in zip(street, number, strict=True)],
        "postcode": [f"{p:05d}" for p in 10_000 + place],
        "city": words(2_000, chance, 4)[place % 2_000],
    }


def _misspelt(text: str, chance: np.random.Generator) -> str:
    at = int(chance.integers(1, len(text)))
    return f"{text[:at]}{chance.choice(list('aeiou'))}{text[at + 1 :]}"


def write_exports(folder: Path) -> None:
    """The files of all systems, with their mappings."""
    chance = np.random.default_rng(7)
    true = customers()
    (folder / "sources").mkdir(exist_ok=True)
    held: dict[str, np.ndarray] = {}
    for system, share in SYSTEMS.items():
        whose = np.flatnonzero(chance.random(CUSTOMERS) < share)
        held[system] = whose
        columns: dict[str, Any] = {"key": [f"{system[0].upper()}{n}" for n in whose]}
        for name, values in true.items():
            kept = np.asarray(values, dtype=object)[whose]
            if system != "crm":  # the one whose data is looked after
                wrong = chance.random(len(kept)) < 0.08
                kept[wrong] = [_misspelt(value, chance) for value in kept[wrong]]
                kept[chance.random(len(kept)) < 0.15] = None
            columns[name] = kept.tolist()
        begun = np.datetime64("2023-06-01T08:00:00", "us")
        columns["created_at"] = begun + chance.integers(0, 180 * 86_400, len(whose)) * 10**6
        pq.write_table(pa.table(columns), folder / f"{system}_customers.parquet")
        text = _PEOPLE + (_ORDERS if system in _SELLING else "")
        (folder / "sources" / f"{system}.yaml").write_text(text.format(system=system))
    for system in _SELLING:
        _write_orders(folder, system, held[system], chance)


def _write_orders(
    folder: Path, system: str, whose: np.ndarray, chance: np.random.Generator
) -> None:
    """Half of the orders, in the 24 months before 2026: each customer buys at a rate of their own
    and may leave for good after each time (BG/NBD); whoever comes after the last order buys none.
    """
    count = ORDERS // len(_SELLING)
    people = len(whose)
    rate = chance.gamma(0.7, 1 / 1.2, people)  # purchases a week
    leaves = chance.beta(0.5, 8, people)
    week = chance.uniform(0, 90, people)
    is_there = np.ones(people, dtype=bool)
    buyers, weeks = [], []
    while is_there.any():
        buyers.append(np.flatnonzero(is_there))
        weeks.append(week[is_there])
        is_there &= chance.random(people) >= leaves
        week += chance.exponential(1, people) / np.maximum(rate, 1e-9)
        is_there &= week < 104
    buyer, at = np.concatenate(buyers), np.concatenate(weeks)
    order = np.argsort(buyer, kind="stable")[:count]
    buyer, at = buyer[order], at[order]
    placed = np.datetime64("2024-01-01", "us") + (at * 7 * 86_400e6).astype("timedelta64[us]")
    # What somebody spends a time differs from customer to customer too.
    usual = chance.lognormal(5.5, 0.8, people)[buyer]
    table = pa.table(
        {
            "key": [f"{system}-{at:07d}" for at in range(len(buyer))],
            "customer": [f"{system[0].upper()}{n}" for n in whose[buyer]],
            "placed_at": placed,
            "delivered_at": placed + chance.integers(1, 10 * 86_400, len(buyer)) * 10**6,
            "total": np.round(usual * chance.gamma(6, 1 / 6, len(buyer)), 2),
        }
    )
    pq.write_table(table, folder / f"{system}_orders.parquet")


def _inside(folder: Path, step: Callable[[Any, Any], Any]) -> Any:
    """Do a step in the workspace's database as the program."""
    import django

    django.setup()
    from troth.actions.people import system_user
    from troth.cli.starting import database
    from troth.connectors.workspace import find_workspace
    from troth.store.queries.viewing import as_the_program

    workspace = find_workspace(folder)
    with database(workspace), as_the_program():
        user = system_user()
        begun = perf_counter()
        told = step(workspace, user)
        return perf_counter() - begun, told


def _sync(folder: Path) -> Any:
    def step(workspace: Any, user: Any) -> dict[str, int]:
        from troth.actions.running import load_connectors
        from troth.actions.sync import sync_feed

        done = [
            sync_feed(connector, feed, acting_user=user)
            for connector, feed in load_connectors(workspace)
        ]
        return {"landed": sum(feed.landed for feed in done)}

    return _inside(folder, step)


def _resolve(folder: Path) -> Any:
    def step(workspace: Any, user: Any) -> dict[str, Any]:
        from troth.actions.customers import resolve_customers

        resolve_customers(acting_user=user)
        return _identity()

    return _inside(folder, step)


def _identity() -> dict[str, Any]:
    """Pairwise precision, recall and F1 of who was joined, against who they are."""
    from troth.store.models import Crosswalk

    rows = Crosswalk.objects.values_list("source_key", "customer_id")
    frame = pa.table({"whole": [key for key, _ in rows], "joined": [who for _, who in rows]})
    frame = frame.append_column(
        "true", pa.array([key.partition(":")[2][1:] for key in frame["whole"].to_pylist()])
    )

    def pairs(*names: str) -> int:
        sizes = frame.group_by(list(names)).aggregate([("whole", "count")])["whole_count"]
        return int(pc.sum(pc.divide(pc.multiply(sizes, pc.subtract(sizes, 1)), 2)).as_py())

    right, said, there = pairs("joined", "true"), pairs("joined"), pairs("true")
    precision, recall = right / max(said, 1), right / there
    return {
        "records": frame.num_rows,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
    }


def _tier(folder: Path) -> Any:
    def step(workspace: Any, user: Any) -> dict[str, Any]:
        from troth.actions.tiers import assign_tiers

        return assign_tiers(as_of=_AT, currency="EUR", acting_user=user).by_tier

    return _inside(folder, step)


def _value(folder: Path) -> Any:
    def step(workspace: Any, user: Any) -> dict[str, Any]:
        from troth.actions.values import assess_values

        return {"valued": vars(assess_values(as_of=_AT, currency="EUR", acting_user=user))}

    return _inside(folder, step)


def _copy(folder: Path) -> Any:
    """The same columns by COPY into tables without index, check or history."""
    tables = {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    begun = perf_counter()
    count = 0
    with psycopg.connect(os.environ["TROTH_OWNER_URL"]) as link:
        link.execute("CREATE SCHEMA IF NOT EXISTS bare")
        for name, table in tables.items():
            columns = ", ".join(f"{column} text" for column in table.column_names)
            link.execute(f"CREATE TABLE bare.{name} ({columns})")  # type: ignore[arg-type]
            sink = pa.BufferOutputStream()
            pa_csv.write_csv(table, sink, pa_csv.WriteOptions(include_header=False))
            with link.cursor().copy(f"COPY bare.{name} FROM STDIN CSV") as copy:  # type: ignore[arg-type]
                copy.write(sink.getvalue().to_pybytes())
            count += table.num_rows
    return perf_counter() - begun, {"landed": count}


def _splink(folder: Path) -> Any:
    """Learn, score and group, with what Splink itself has for each."""
    from troth.analysis.matching.blocking import chosen
    from troth.analysis.matching.designs import persons
    from troth.analysis.matching.engine import RECORDS, Bench, filled, rule_of, settings_of
    from troth.analysis.matching.standard.parties import PERSONS, standardised
    from troth.analysis.matching.training import RANDOM_PAIRS

    tables = []
    for system in SYSTEMS:
        table = pq.read_table(folder / f"{system}_customers.parquet")
        keys = pa.array([f"{system}:{key}" for key in table["key"].to_pylist()])
        tables.append(table.set_column(0, "key", keys).drop_columns(["created_at"]))
    records = standardised(pa.concat_tables(tables), PERSONS)
    begun = perf_counter()
    bench = Bench.of(records)
    design = persons().cut_to(filled(bench.records))
    rules = chosen(bench.connection, RECORDS, design.blocking).rules
    linker = bench.linker(settings_of(replace(design, blocking=rules), is_linking=False))
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    for rule in rules[:2]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule_of(rule))
    predicted = linker.inference.predict(threshold_match_weight=0)
    grouped = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_weight=8
    )
    return perf_counter() - begun, {"records": records.num_rows, "table": grouped.physical_name}


_STEPS = {
    "sync": _sync,
    "copy": _copy,
    "resolve": _resolve,
    "splink": _splink,
    "tier": _tier,
    "value": _value,
}


def _measured(step: str, folder: Path) -> dict[str, Any]:
    """A step in a process of its own. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.company", step, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"    {step}: {found}", flush=True)
    return found


def main() -> list[dict[str, Any]]:
    """A row for each step; none has a bar, they are for planning. Raises CalledProcessError."""
    import django

    django.setup()
    from troth.cli.starting import database, upgrade_schema
    from troth.connectors.starter import write_starter_policies
    from troth.connectors.workspace import find_workspace, make_workspace
    from troth.store.server import running

    with tempfile.TemporaryDirectory(prefix="troth-bench-") as made:
        folder = Path(made)
        make_workspace(folder, name="bench", currency="EUR", now="data")
        write_starter_policies(folder / "policies", currency="EUR")
        write_exports(folder)
        with running(folder / "server") as server:
            os.environ["TROTH_DATABASE_URL"] = server.app_url
            os.environ["TROTH_OWNER_URL"] = server.owner_url
            with database(find_workspace(folder)):
                upgrade_schema()
            found = {step: _measured(step, folder) for step in _STEPS}
    return [
        _row(f"sync {_told(found['sync'], 'landed')} rows", found["sync"], found["copy"]),
        _row(
            f"resolve {_told(found['resolve'], 'records')} records",
            found["resolve"],
            found["splink"],
        ),
        _row("put customers into tiers", found["tier"], None),
        _row("reckon what customers are worth", found["value"], None),
    ]


def _told(found: dict[str, Any], name: str) -> str:
    return f"{found['told'][name]:,}"


def _row(name: str, ours: dict[str, Any], peer: dict[str, Any] | None) -> dict[str, Any]:
    def shown(one: dict[str, Any]) -> str:
        return f"{one['seconds']:.0f} s, {one['peak_mb']:,.0f} MB"

    return {
        "name": name,
        "ours": shown(ours),
        "peer": shown(peer) if peer else "none",
        "ratio": round(ours["seconds"] / peer["seconds"], 1) if peer else None,
        "note": json.dumps(ours["told"], default=str),
    }


def _child(step: str, folder: Path) -> None:
    seconds, told = _STEPS[step](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    document = {"seconds": round(seconds, 1), "peak_mb": round(peak), "told": told}
    print(json.dumps(document, default=str))


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]))
