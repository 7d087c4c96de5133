"""People who do not exist, with a word of their own in every personal field, and where to look.

Each value of canary 17 holds `kanarie0017` (a telephone number and a tax id the digits 7770017 and
8880017), so that any of it is found wherever it went, in whatever column, index or file.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from tests.workspaces import Troth

from troth.store.server.layout import layout_of, read_passwords

CANARY = re.compile(rb"kanarie\d{4}|777\d{4}000|888\d{4}000", re.IGNORECASE)

_SOURCE = """\
source: aviary
system: aviary
time_zone: UTC
feeds:
  - name: keepers
    record: agent
    files: exports/aviary/keepers.csv
    key: id
    fields: {name: name, email: mail}
  - name: customers
    record: customer
    files: exports/aviary/customers.csv
    key: id
    fields:
      name: name
      tax_id: tax
      email: mail
      phone: phone
      address: street
      postal_code: code
      city: {constant: Utrecht}
      country: {constant: NL}
      created_at: since
    known_at: since
  - name: contacts
    record: contact
    files: exports/aviary/contacts.csv
    key: id
    fields: {customer: customer, name: name, email: mail, phone: phone}
  - name: orders
    record: order
    files: exports/aviary/orders.csv
    key: id
    fields:
      customer: customer
      placed_at: placed
      requested_at: wanted
      delivered_at: {column: arrived, known_at: arrived}
      total: {column: amount, currency: EUR}
    known_at: placed
  - name: shipments
    record: shipment
    files: exports/aviary/shipments.csv
    key: id
    fields: {order: order, recipient: to, shipped_at: sent, delivered_at: arrived}
    known_at: sent
  - name: invoices
    record: invoice_line
    files: exports/aviary/invoices.csv
    key: id
    fields:
      customer: customer
      order: order
      amount: {column: amount, currency: EUR}
      invoiced_at: at
    known_at: at
  - name: cases
    record: case
    files: exports/aviary/cases.csv
    key: id
    fields:
      customer: customer
      contact: contact
      subject: subject
      severity: {constant: "2"}
      status: {constant: in_progress}
      opened_at: opened
    known_at: opened
  - name: calls
    record: interaction
    files: exports/aviary/calls.csv
    key: id
    fields: {customer: customer, case: case, occurred_at: at, summary: summary}
    known_at: at
  - name: surveys
    record: survey_response
    files: exports/aviary/surveys.csv
    key: id
    fields: {customer: customer, order: order, score: score, answered_at: at, verbatim: words}
    known_at: at
"""
_SINCE, _PLACED, _ARRIVED = "2026-02-02 08:00", "2026-05-04 09:00", "2026-05-07 10:00"


def word(number: int) -> str:
    return f"Kanarie{number:04d}"


def key_of(number: int) -> str:
    """The customer record of a canary."""
    return f"aviary:B{number:04d}"


def lay_aviary(troth: Troth, count: int, *, first: int = 0) -> None:
    """The exports of a source whose people are canaries, and a broken row about each of them."""
    numbers = range(first, first + count)
    folder = troth.directory / "exports" / "aviary"
    folder.mkdir(parents=True, exist_ok=True)
    (troth.directory / "sources").mkdir(exist_ok=True)
    troth.write("sources/aviary.yaml", _SOURCE)
    for name, (header, rows) in _tables(numbers).items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])


def _tables(numbers: Iterable[int]) -> dict[str, tuple[list[str], list[list[str]]]]:
    def of(make: object) -> list[list[str]]:
        return [make(i, f"{i:04d}", word(i)) for i in numbers]  # type: ignore[operator]

    def mail(w: str, at: str) -> str:
        return f"{w.lower()}@{at}.example"

    return {
        "keepers": (["id", "name", "mail"], [["K1", "Keeper", "keeper@aviary.example"]]),
        "customers": (
            ["id", "name", "tax", "mail", "phone", "street", "code", "since", "note"],
            of(lambda i, n, w: [f"B{n}", f"{w} van Vogel", f"NL888{n}000", mail(w, "home"),
                                f"+31777{n}000", f"{w}straat 1", f"PC {w}", _SINCE,
                                f"{w} sings"]),
        ),
        "contacts": (
            ["id", "customer", "name", "mail", "phone"],
            of(lambda i, n, w: [f"P{n}", f"B{n}", f"{w} the son", mail(w, "work"),
                                f"+31 777{n}000"]),
        ),
        "orders": (
            ["id", "customer", "placed", "wanted", "arrived", "amount"],
            of(lambda i, n, w: [f"O{n}", f"B{n}", _PLACED, _ARRIVED, _ARRIVED, f"{i + 10}.10"])
            # The amount of this one is no number: the whole row waits in quarantine.
            + of(lambda i, n, w: [f"X{n}", f"B{n}", _PLACED, _ARRIVED, "", f"ask {w}"]),
        ),
        "shipments": (
            ["id", "order", "to", "sent", "arrived"],
            of(lambda i, n, w: [f"S{n}", f"O{n}", f"{w} at the gate", _PLACED, _ARRIVED]),
        ),
        "invoices": (
            ["id", "customer", "order", "amount", "at"],
            of(lambda i, n, w: [f"I{n}", f"B{n}", f"O{n}", f"{i + 10}.10", _ARRIVED]),
        ),
        "cases": (
            ["id", "customer", "contact", "subject", "opened"],
            of(lambda i, n, w: [f"C{n}", f"B{n}", f"P{n}", f"{w} lost a feather", _ARRIVED]),
        ),
        "calls": (
            ["id", "customer", "case", "at", "summary"],
            of(lambda i, n, w: [f"L{n}", f"B{n}", f"C{n}", _ARRIVED, f"{w} cried"]),
        ),
        "surveys": (
            ["id", "customer", "order", "score", "at", "words"],
            of(lambda i, n, w: [f"V{n}", f"B{n}", f"O{n}", "9", _ARRIVED, f"says {w}"]),
        ),
    }  # fmt: skip


def hits_in(paths: Iterable[Path]) -> dict[str, int]:
    """File → canaries in its bytes, of the files that hold any."""
    found = {}
    for path in paths:
        try:
            hits = len(CANARY.findall(path.read_bytes()))
        except FileNotFoundError:
            continue  # a file of the server that is gone by now
        if hits:
            found[path.name] = hits
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder."""
    return (path for path in folder.rglob("*") if path.is_file())


def _superuser(troth: Troth) -> psycopg.Connection[tuple[object, ...]]:
    layout = layout_of(Path(os.environ["TROTH_TEST_SERVER"]))
    passwords = read_passwords(layout)
    assert passwords is not None
    found = psycopg.conninfo.conninfo_to_dict(troth.owner_url)
    return psycopg.connect(
        host="127.0.0.1", port=found["port"], user="postgres", password=passwords.superuser,
        dbname=found["dbname"], autocommit=True,
    )  # fmt: skip


def notes_of(troth: Troth) -> list[str]:
    """The tables of which the planner has noted a canary. In the file they may be compressed."""
    with _superuser(troth) as superuser:
        rows = superuser.execute(
            "SELECT DISTINCT starelid::regclass::text FROM pg_statistic WHERE concat("
            "stavalues1::text, stavalues2::text, stavalues3::text, stavalues4::text,"
            " stavalues5::text) ~* 'kanarie' ORDER BY 1"
        ).fetchall()
    return [str(name) for (name,) in rows]


def table_files(troth: Troth) -> list[Path]:
    """The files of this database alone, brought up to date on the disk."""
    with _superuser(troth) as superuser:
        superuser.execute("CHECKPOINT")
        row = superuser.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
    layout = layout_of(Path(os.environ["TROTH_TEST_SERVER"]))
    return [path for path in (layout.data / "base" / str(row[0])).iterdir() if path.is_file()]
