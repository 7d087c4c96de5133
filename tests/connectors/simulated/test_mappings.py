"""Do the mappings fit the exports, and does the simulation stay apart from what it checks?"""

from __future__ import annotations

import ast
import csv
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from troth.connectors import simulated
from troth.connectors.files import load
from troth.connectors.mapping.check import check_mapping
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.protocol import LANDED
from troth.connectors.simulated import Simulated
from troth.core.records.kinds import BY_NAME

_SYSTEMS = ("crm", "erp", "wms", "desk")


def _header(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as text:
            return next(csv.reader(text, delimiter=";"))
    with path.open(encoding="utf-8") as text:
        return next(csv.reader(text))


@pytest.mark.parametrize("system", _SYSTEMS)
def test_a_mapping_is_sound_and_every_column_of_its_exports_is_spoken_for(
    company: Simulated, system: str
) -> None:
    mapping = check_mapping(company.directory / "sources" / f"{system}.yaml")
    files = set()
    for feed in mapping.feeds:
        (name,) = feed.files
        files.add(company.directory / name)
        header = _header(company.directory / name)
        spoken_for = {*used_columns(feed), *feed.plain}
        unmapped = {"name"} if feed.name == "requesters" else set()  # so it is kept as personal
        assert set(header) == spoken_for | unmapped, feed.name
        assert not feed.known_at.is_silent, feed.name
    assert files == set((company.directory / "exports" / system).iterdir())


@pytest.mark.parametrize("system", _SYSTEMS)
def test_all_rows_land_but_those_that_the_truth_declares_faulty(
    company: Simulated, system: str
) -> None:
    directory = company.directory
    with (directory / "truth/faults.csv").open(encoding="utf-8") as text:
        declared = [row for row in csv.DictReader(text) if row["system"] == system]
    source = load(directory / "sources" / f"{system}.yaml", workspace=directory)
    for feed in source.feeds():
        faulty = {f"{system}:{row['key']}" for row in declared if row["feed"] == feed.name}
        with source.read(feed.name) as reading:
            nothing = pa.RecordBatchReader.from_batches(LANDED, iter([]))
            landed = set()
            for batch in reading.changed(nothing):
                landed.update(batch.column("key").to_pylist())
                assert batch.column("known_at").null_count == 0, feed.name
            rejected = {reject.key for reject in reading.rejects()}
        assert rejected == faulty, feed.name
        assert landed, feed.name
        assert not landed & rejected, feed.name


def test_all_twenty_kinds_of_record_are_told(company: Simulated) -> None:
    told = {
        feed.kind.name
        for system in _SYSTEMS
        for feed in check_mapping(company.directory / "sources" / f"{system}.yaml").feeds
    }
    assert told == BY_NAME.keys()


def test_the_simulation_shares_no_code_with_the_rest() -> None:
    folder = Path(simulated.__file__).parent
    imported = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    ours = {name for name in imported if name.split(".")[0] == "troth"}
    assert ours
    assert all(name.startswith("troth.connectors.simulated") for name in ours)
