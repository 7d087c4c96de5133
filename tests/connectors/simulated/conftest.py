"""One small simulated company for all tests of a process, and a reader of its files."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from troth.connectors.simulated import Simulated, simulate

Rows = list[dict[str, str]]


def _read(directory: Path, name: str) -> Rows:
    """A file of the company as rows of text; the ERP's are gzip with semicolons."""
    path = directory / name
    if path.suffix == ".parquet":
        found = pq.read_table(path).to_pylist()
        return [{key: "" if v is None else str(v) for key, v in row.items()} for row in found]
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text, delimiter=";"))
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="session")
def read() -> Callable[[Path, str], Rows]:
    return _read


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """150 customers from July 2025 to March 2026: with the peak, and the strike of February."""
    directory = tmp_path_factory.mktemp("company")
    return simulate(directory, customers=150, months=9, seed=7, ends_on=date(2026, 3, 31))


@pytest.fixture(scope="session")
def rows(company: Simulated) -> Callable[[str], Rows]:
    """Reads a file of that company, each once."""
    known: dict[str, Rows] = {}

    def of(name: str) -> Rows:
        if name not in known:
            known[name] = _read(company.directory, name)
        return known[name]

    return of
