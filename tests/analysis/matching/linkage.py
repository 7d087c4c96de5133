"""Records with known truth, and how well pairs of them were found."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from troth.analysis.matching.design import Design
from troth.analysis.matching.designs import organisations, persons
from troth.analysis.matching.standard.parties import ORGANISATIONS, PERSONS, standardised
from troth.connectors.simulated.simulation import simulate

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("TROTH_DATA") or ROOT.parent / "shared" / "data")
AT = datetime(2026, 11, 23, tzinfo=UTC)
_FEBRL = (
    "rec_id as key, given_name, surname, date_of_birth as born_on, street_number as house_number,"
    " address_1 as address, suburb as city, postcode, state as region, 'AU' as country,"
    " true_id as truth"
)


@dataclass(frozen=True, kw_only=True)
class Records:
    """Standardised records, and which are one by the truth."""

    raw: pa.Table
    standard: pa.Table
    design: Design
    truth: Mapping[str, str]  # key → whoever it is

    def head(self, wanted: int) -> Records:
        """The records of the first customers, at least so many."""
        seen: list[str] = []
        kept: set[str] = set()
        count = Counter(self.truth.values())
        total = 0
        for key in self.truth:
            who = self.truth[key]
            if who not in kept:
                if total >= wanted:
                    break
                kept.add(who)
                total += count[who]
            seen.append(key)
        rows = [at for at, key in enumerate(self.raw["key"].to_pylist())
                if self.truth[key] in kept]  # fmt: skip
        return Records(
            raw=self.raw.take(rows),
            standard=self.standard.take(rows),
            design=self.design,
            truth={key: who for key, who in self.truth.items() if who in kept},
        )

    @property
    def true_pairs(self) -> int:
        """How many pairs are one customer."""
        return sum(count * (count - 1) // 2 for count in Counter(self.truth.values()).values())

    def is_one(self, left: str, right: str) -> bool:
        """By the truth."""
        return self.truth[left] == self.truth[right]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Of pairs that were called one."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}"


def quality(pairs: Iterable[tuple[str, str]], records: Records) -> Quality:
    """Of pairs, against the truth."""
    found = {(min(pair), max(pair)) for pair in pairs}
    right = sum(records.is_one(*pair) for pair in found)
    return Quality(
        precision=right / len(found) if found else 1.0, recall=right / records.true_pairs
    )


def grouped(groups: Mapping[str, str]) -> list[tuple[str, str]]:
    """All pairs within groups."""
    members: dict[str, list[str]] = {}
    for key, group in groups.items():
        members.setdefault(group, []).append(key)
    return [
        (one, other)
        for held in members.values()
        for at, one in enumerate(held)
        for other in held[at + 1 :]
    ]


def best(scores: Iterable[tuple[float, bool]], true_pairs: int) -> tuple[Quality, float]:
    """The best F1 that any threshold reaches, and that threshold: a choice that needs the truth."""
    ordered = sorted(scores, reverse=True)
    right, found = 0, (Quality(precision=1.0, recall=0.0), 0.0)
    for at, (weight, is_one) in enumerate(ordered):
        right += is_one
        if at + 1 < len(ordered) and ordered[at + 1][0] == weight:
            continue
        here = Quality(precision=right / (at + 1), recall=right / true_pairs)
        if here.f1 > found[0].f1:
            found = here, weight
    return found


def _table(folder: str, name: str, query: str) -> pa.Table:
    path = DATA / folder / name
    if not path.exists():
        pytest.skip(f"the data set {folder}/{name} is not here; TROTH_DATA names its folder")
    return duckdb.sql(query.format(f"'{path}'")).to_arrow_table()


def _records(raw: pa.Table, *, attributes: tuple[str, ...] = (), is_person: bool = True) -> Records:
    standard = standardised(raw, PERSONS if is_person else ORGANISATIONS, attributes=attributes)
    return Records(
        raw=raw,
        standard=standard,
        design=persons(attributes) if is_person else organisations(attributes),
        truth=dict(zip(raw["key"].to_pylist(), map(str, raw["truth"].to_pylist()), strict=True)),
    )


def febrl3() -> Records:
    """5,000 persons' records, 2,000 persons; with the social-security field, as the peer has it."""
    return _records(
        _table("er_febrl", "febrl3.parquet", f"select {_FEBRL}, soc_sec_id as tax_id from {{}}")
    )


def febrl4() -> Records:
    """Two systems of 5,000 persons each, without the social-security field."""
    sides = [
        _table(
            "er_febrl", f"febrl4{side}.parquet", f"select {_FEBRL}, '{side}' as source from {{}}"
        )
        for side in "ab"
    ]
    return _records(pa.concat_tables(sides))


def fake_1000() -> Records:
    """1,000 persons' records, with few fields and many errors."""
    return _records(
        _table(
            "er_splink",
            "fake_1000.parquet",
            "select unique_id::varchar as key, first_name as given_name, surname, dob as born_on,"
            " city, email, cluster as truth from {}",
        )
    )


def historical_50k() -> Records:
    """50,578 records of 5,156 persons of old."""
    return _records(
        _table(
            "er_splink",
            "historical_50k.parquet",
            "select unique_id as key, first_name as given_name, surname, dob as born_on,"
            " birth_place, postcode_fake as postcode, 'GB' as country, occupation,"
            " cluster as truth from {}",
        ),
        attributes=("birth_place", "occupation"),
    )


def chicago_sites() -> Records:
    """3,337 records of sites for children from nine agencies' lists."""
    return _records(
        _table(
            "er_chicago_sites",
            "chicago_early_childhood.parquet",
            'select Id as key, Source as source, "Site name" as name, Address as address,'
            " Zip as postcode, Phone as phone, 'US' as country, \"True Id\" as truth from {}",
        ),
        is_person=False,
    )


_ACCOUNTS = (
    "Id, Name, Email, Phone, TaxNumber, BillingStreet, BillingPostalCode, BillingCity,"
    " BillingCountry"
)
_DEBTORS = "KUNNR, NAME1, EMAIL, TELEFON, USTID, STRASSE, PLZ, ORT, LAND"
_REQUESTERS = (
    "requester_id, coalesce(organisation, name), email, phone, null, null, null, null, country"
)
_EXPORTS = (
    ("crm", "crm/accounts.csv", ",", _ACCOUNTS),
    ("erp", "erp/debitoren.csv.gz", ";", _DEBTORS),
    ("desk", "desk/requesters.csv", ",", _REQUESTERS),
)
_READ = ("key", "name", "email", "phone", "tax_id", "address", "postcode", "city", "country")


def company(directory: Path, customers: int) -> Records:
    """The customers of a simulated company, as its CRM, ERP and desk know them, with its truth.

    Nobody says of all of them whether they are persons, so all are matched as organisations. The
    fourth system, the WMS, knows no customers.
    """
    simulate(directory, customers=customers, months=1)
    truth = f"read_csv('{directory}/truth/identities.csv', all_varchar = true)"
    parts = []
    for system, path, apart, columns in _EXPORTS:
        export = f"read_csv('{directory}/exports/{path}', all_varchar = true, delim = '{apart}')"
        renamed = f"(select {columns} from {export}) as record({', '.join(_READ)})"
        parts.append(
            f"select '{system}:' || record.key as key, '{system}' as source,"
            f" record.* exclude (key), real.true_id as truth from {renamed} join {truth} as real"
            f" on real.system = '{system}' and real.kind = 'customer' and real.key = record.key"
        )
    return _records(duckdb.sql(" union all ".join(parts)).to_arrow_table(), is_person=False)


DATASETS: dict[str, Any] = {
    "febrl3": febrl3,
    "febrl4": febrl4,
    "fake_1000": fake_1000,
    "historical_50k": historical_50k,
    "chicago_sites": chicago_sites,
}
