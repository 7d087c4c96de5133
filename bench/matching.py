"""How much faster is one new record against a million customers than Splink's own call for it?

A million persons with names, days of birth, addresses, e-mails and telephones, as common as such
things are; a model trained on a part of them by Splink; new records that are some of them with
errors. Ours is `Index.find` over code-to-id indexes, the peer `predict_between` with the same
blocking rules, weights and registered frequencies, on a table in DuckDB. Both give the same
pairs and weights first. Each round times ours, then the peer's; the ratio is of the medians.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from troth.analysis.matching.blocking import chosen
from troth.analysis.matching.designs import persons
from troth.analysis.matching.engine import RECORDS, Bench, frequencies, settings_of
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.online import Index
from troth.analysis.matching.standard.parties import PERSONS, standardised
from troth.analysis.matching.training import train

BAR = 100.0
CUSTOMERS = int(os.environ.get("TROTH_BENCH_CUSTOMERS", "1000000"))
PART = 20_000
ASKED = 20
_SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu".split()  # noqa: E501, SIM905
_ROADS = ("street", "road", "lane", "avenue")


def words(count: int, chance: np.random.Generator, syllables: int) -> np.ndarray:
    """So many words that differ."""
    found: dict[str, None] = {}
    while len(found) < count:
        length = chance.integers(2, syllables + 1)
        found["".join(chance.choice(_SYLLABLES, length))] = None
    return np.array(list(found))


def common(values: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """So many of the values, the first ones the more common (Zipf)."""
    shares = 1.0 / (np.arange(len(values)) + 10.0)
    return values[chance.choice(len(values), count, p=shares / shares.sum())]


def _misspelt(text: str, chance: np.random.Generator) -> str:
    """With one letter or digit, but the first, that is another."""
    at = int(chance.integers(1, len(text)))
    other = str(chance.integers(0, 10)) if text[at].isdigit() else chance.choice(list("aeiou"))
    return f"{text[:at]}{other}{text[at + 1 :]}"


def people(count: int) -> pa.Table:
    """So many records of persons; one in ten is a person who is there already, with an error."""
    chance = np.random.default_rng(20261123)
    given = common(words(3_000, chance, 3), count, chance)
    surname = common(words(60_000, chance, 4), count, chance)
    born = (np.datetime64("1935-01-01") + chance.integers(0, 27_000, count)).astype(str)
    place = chance.integers(0, 20_000, count)
    cities = words(2_000, chance, 4)
    streets = words(4_000, chance, 4)
    number = chance.integers(1, 200, count).astype(str)
    street = streets[chance.integers(0, len(streets), count)]
    road = np.array(_ROADS)[chance.integers(0, len(_ROADS), count)]
    at = np.arange(count)
    columns = {
        "given_name": given,
        "surname": surname,
        "born_on": born,
        "email": [f"{g}{n}@{d}.com" for g, n, d in zip(given, at, street, strict=True)],
        "phone": [f"+4930{n:08d}" for n in chance.integers(0, 10**8, count)],
        "address": [f"{n} {s} {r}" for n, s, r in zip(number, street, road, strict=True)],
        "postcode": [f"{p:05d}" for p in place],
        "city": cities[place % len(cities)],
    }  # fmt: skip
    again = chance.random(count) < 0.1
    whose = np.where(again, chance.integers(0, count, count), at)
    found: dict[str, Any] = {"key": [f"crm:{n}" for n in at]}
    for name, values in columns.items():
        kept = np.asarray(values)[whose].astype(object)
        wrong = again & (chance.random(count) < 0.2)
        kept[wrong] = [_misspelt(value, chance) for value in kept[wrong]]
        kept[again & (chance.random(count) < 0.2)] = None
        found[name] = kept.tolist()
    return pa.table(found)


def asked(records: pa.Table) -> list[dict[str, Any]]:
    """New records: customers with a letter changed and something missing."""
    chance = np.random.default_rng(5)
    found = []
    for at, row in enumerate(
        records.take(chance.choice(records.num_rows, ASKED, replace=False)).to_pylist()
    ):
        name = row["surname"] or "nobody"
        place = int(chance.integers(0, len(name)))
        row.update(key=f"new:{at}", surname=f"{name[:place]}e{name[place + 1 :]}")
        row[["email", "phone", "city", "born_on"][at % 4]] = None
        found.append(row)
    return found


class Peer:
    """Splink, laid out once; asked about one record at a time."""

    def __init__(self, records: pa.Table, model: MatchModel) -> None:
        """Of standardised records."""
        self.bench = Bench.of(records)
        self.linker = self.bench.linker(settings_of(model.design, is_linking=False, model=model))
        self.there = next(iter(self.linker._input_tables_dict.values()))
        register = self.linker._db_api.register
        found = frequencies(self.bench.connection, model.design.rare_columns)
        for name, table in found.items():
            self.bench.connection.register(f"arrow_{name}", table)
            self.bench.connection.execute(f"create table of_{name} as from arrow_{name}")
            self.linker.table_management.register_term_frequency_lookup(
                register(f"of_{name}"), name
            )

    def find(self, record: pa.Table) -> tuple[float, dict[str, float]]:
        """Seconds for the call itself, and the weight of each record that it compared."""
        new = self.linker._db_api.register(record)
        start = perf_counter()
        found = self.linker.inference.predict_between(new, self.there, warning_mode="never")
        took = perf_counter() - start
        rows = self.bench.connection.sql(
            f"select key_r, match_weight from {found.physical_name}"
        ).fetchall()
        found.drop_table_from_database_and_remove_from_cache()
        return took, dict(rows)


def trained(records: pa.Table) -> MatchModel:
    """A model of a part of the records, with the blocking rules that all of them can afford."""
    part = records.slice(0, PART)
    model = train(part, persons(), at=datetime(2026, 11, 23, tzinfo=UTC), random_pairs=200_000)
    bench = Bench.of(records)
    rules = chosen(bench.connection, RECORDS, model.design.blocking)
    left_out = tuple(name for name, _ in rules.left_out)
    return replace(
        model,
        design=replace(model.design, blocking=rules.rules),
        grounds=replace(model.grounds, blocking_left_out=left_out),
    )


def main() -> list[dict[str, Any]]:
    """One row. `ours` and `peer` are milliseconds for one new record.

    Raises AssertionError where the two give other pairs or weights.
    """
    raw = people(CUSTOMERS)
    seconds = {"made": perf_counter()}
    records = standardised(raw, PERSONS)
    seconds["standardised"] = perf_counter()
    model = trained(records)
    seconds["trained"] = perf_counter()
    index = Index(records, model)
    seconds["indexed"] = perf_counter()
    peer = Peer(records, model)
    new = standardised(pa.Table.from_pylist(asked(raw), schema=raw.schema), PERSONS)
    index.find(new.slice(0, 1).to_pylist()[0])  # compiled
    peer.find(new.slice(0, 1))
    ours, theirs, pairs = [], [], []
    for at in range(new.num_rows):
        one = new.slice(at, 1)
        record = one.to_pylist()[0]
        start = perf_counter()
        found = index.find(record)
        ours.append(perf_counter() - start)
        took, weights = peer.find(one)
        theirs.append(took)
        mine = {
            index.keys[row]: weight
            for row, weight in zip(found.rows.tolist(), found.weights.tolist(), strict=True)
        }
        assert mine.keys() == weights.keys(), "other pairs than Splink's"
        assert all(abs(mine[key] - weights[key]) < 1e-9 for key in mine), "other weights"
        pairs.append(len(mine))
    steps = list(seconds)
    times = ", ".join(
        f"{name} in {seconds[name] - seconds[before]:.0f} s" for before, name in pairwise(steps)
    )
    our, their = statistics.median(ours), statistics.median(theirs)
    return [
        {
            "name": f"one new record against {CUSTOMERS:,} customers",
            "ours": f"{our * 1000:.3f} ms",
            "peer": f"{their * 1000:.1f} ms",
            "ratio": round(their / our, 1),
            "bar": BAR,
            "note": (
                f"Same pairs and weights for {len(ours)} records, {statistics.median(pairs):.0f}"
                f" pairs each at the median, {max(pairs)} at most; {times};"
                f" {len(model.design.blocking)} blocking rules, left out:"
                f" {', '.join(model.grounds.blocking_left_out) or 'none'}."
            ),
        }
    ]
