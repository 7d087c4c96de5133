"""Sources that are asked, each laid out with the rows that a test gives it, and changed by it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg import sql
from tests.connectors.fake_api import FakeApi, Row, serving

from troth.connectors.files import FilesConnector
from troth.connectors.loading import load
from troth.connectors.rest.transport import Waiting
from troth.store.server import Server

COLUMNS = ("id", "customer", "placed", "amount", "arrived", "remark", "changed")
SECRET = "c4nary-pass"  # what may never be seen
_MAPPING = """
source: shop
system: shop
time_zone: Europe/Berlin
{place}
feeds:
  - name: orders
    record: order
    {asked}
    key: id
    {more}
    known_at: placed
    ignore: changed
    fields:
      customer: customer
      placed_at: placed
      total: {{column: amount, currency: EUR}}
      delivered_at: {{column: arrived, known_at: arrived}}
"""
_QUERY = "sql: {query: 'SELECT * FROM orders', watermark: {column: changed, overlap: 10m}}"
_SINCE = 'since: {column: changed, parameter: since, overlap: 10m, first: "2000-01-01 00:00:00"}'
_PAGES = {
    "rest-page": "page: {by: number, parameter: page, size_parameter: size, total: total}",
    "rest-offset": "page: {by: offset, parameter: offset, size_parameter: size}",
    "rest-cursor": "page: {by: cursor, parameter: cursor, at: next, size_parameter: size}",
    "rest-link": "page: {by: link, at: link, size_parameter: size}",
    "rest-header": "page: {by: header, size_parameter: size}",
}
_RPC = """rest:
      path: rpc
      body: {method: rows, params: ["${since}", "${page}", "${size}"]}
      rows: result
      page: {by: offset, size: 100}
      since: {column: changed, format: json-rpc, overlap: 10m, first: "2000-01-01 00:00:00"}"""


@dataclass
class Asked:
    """A source that a test can change."""

    kind: str
    directory: Path
    connector: FilesConnector
    put: Callable[[Sequence[Row]], None]  # rows by id: new ones, or other contents
    take: Callable[[str], None]  # a row that is deleted
    stop: Callable[[], None]
    api: FakeApi | None = None
    waited: list[float] = field(default_factory=list)

    def reload(self, change: tuple[str, str] = ("", "")) -> None:
        """The same source by a mapping that says something else."""
        path = self.directory / "sources" / "shop.yaml"
        text = path.read_text()
        assert change[0] in text
        path.write_text(text.replace(*change))
        waiting = Waiting(sleep=self.waited.append)
        self.connector = load(path, workspace=self.directory, waiting=waiting)


def mapping_of(kind: str, *, url: str = "", more: str = "", asked: str = "", auth: str = "") -> str:
    """The mapping of a source of that kind."""
    if kind.startswith("sql"):
        engine = kind.removeprefix("sql-")
        where = "file: shop.sqlite" if engine == "sqlite" else "url: {env: SHOP_URL}"
        place = f"database: {{engine: {engine}, {where}}}"
        return _MAPPING.format(place=place, asked=asked or _QUERY, more=more)
    form = "form: json-rpc, " if kind == "json-rpc" else ""
    auth = auth or "auth: {type: bearer, token: {env: SHOP_TOKEN}}"
    place = f"api: {{url: '{url}', network: private, {form}{auth}}}"
    if not asked:
        rest = f"rest:\n      path: rows\n      rows: data.items\n      {_PAGES.get(kind)}"
        asked = _RPC if kind == "json-rpc" else f"{rest}\n      {_SINCE}"
    return _MAPPING.format(place=place, asked=asked, more=more)


@contextmanager
def laid(
    kind: str, directory: Path, rows: Sequence[Row], *, server: Server | None = None, **said: str
) -> Iterator[Asked]:
    """A source of one kind with those rows."""
    with ExitStack() as stack:
        if kind == "sql-sqlite":
            asked = _sqlite(directory, said)
        elif kind == "sql-postgresql":
            assert server is not None
            asked = stack.enter_context(_postgresql(directory, server, said))
        else:
            asked = stack.enter_context(_api(kind, directory, said))
        asked.put(rows)
        yield asked


def _loaded(directory: Path, text: str, waited: list[float]) -> FilesConnector:
    path = directory / "sources" / "shop.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return load(path, workspace=directory, waiting=Waiting(sleep=waited.append))


def _sqlite(directory: Path, said: dict[str, str]) -> Asked:
    path = directory / "shop.sqlite"

    def run(statement: str, values: Sequence[Sequence[Any]] = ((),)) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany(statement, values)

    run(f"CREATE TABLE IF NOT EXISTS orders ({', '.join(COLUMNS)}, UNIQUE (id, placed))")
    marks = ", ".join("?" for _ in COLUMNS)
    return Asked(
        kind="sql-sqlite",
        directory=directory,
        connector=_loaded(directory, mapping_of("sql-sqlite", **said), []),
        put=lambda rows: run(f"INSERT OR REPLACE INTO orders VALUES ({marks})", _values(rows)),
        take=lambda key: run("DELETE FROM orders WHERE id = ?", [[key]]),
        stop=lambda: path.unlink(missing_ok=True),
    )


@contextmanager
def _postgresql(directory: Path, server: Server, said: dict[str, str]) -> Iterator[Asked]:
    name = f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
        owner.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))

        def run(statement: str, values: Sequence[Sequence[Any]]) -> None:
            with owner.cursor() as cursor:
                cursor.executemany(statement.encode(), values)

        owner.execute(
            f"CREATE TABLE {name}.orders (id text, customer text, placed timestamp, amount text,"
            " arrived timestamp, remark text, changed timestamptz, UNIQUE (id, placed))".encode()
        )
        marks = ", ".join("%s" for _ in COLUMNS[:-1]) + ", %s::timestamp AT TIME ZONE 'UTC'"
        new = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS)
        put = (
            f"INSERT INTO {name}.orders VALUES ({marks}) ON CONFLICT (id, placed)"
            f" DO UPDATE SET {new}"
        )
        path = directory / "url"
        options = f"-c search_path={name}"
        path.write_text(psycopg.conninfo.make_conninfo(server.owner_url, options=options))
        text = mapping_of("sql-postgresql", **said).replace("{env: SHOP_URL}", "{file: url}")
        try:
            yield Asked(
                kind="sql-postgresql",
                directory=directory,
                connector=_loaded(directory, text, []),
                put=lambda rows: run(put, _values(rows)),
                take=lambda key: run(f"DELETE FROM {name}.orders WHERE id = %s", [[key]]),
                stop=lambda: run(f"DROP TABLE {name}.orders", [()]),
            )
        finally:
            owner.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@contextmanager
def _api(kind: str, directory: Path, said: dict[str, str]) -> Iterator[Asked]:
    api, waited = FakeApi(token=SECRET), list[float]()

    def put(rows: Sequence[Row]) -> None:
        own = {(row["id"], row["placed"]): row for row in api.rows}
        own |= {(row["id"], row["placed"]): row for row in rows}
        api.rows = list(own.values())

    def take(key: str) -> None:
        api.rows = [row for row in api.rows if row["id"] != key]

    with ExitStack() as running, mock.patch.dict(os.environ, SHOP_TOKEN=SECRET):
        running.enter_context(serving(api))
        text = mapping_of(kind, url=api.url, **said)
        yield Asked(
            kind=kind,
            directory=directory,
            connector=_loaded(directory, text, waited),
            put=put,
            take=take,
            stop=running.close,
            api=api,
            waited=waited,
        )


def _values(rows: Sequence[Row]) -> list[list[Any]]:
    return [[row.get(name) for name in COLUMNS] for row in rows]


def order(number: int, *, changed: str | None = "2024-05-01 08:00:00", **other: Any) -> Row:
    """One order, sound where the test says nothing else."""
    row = {
        "id": f"{number:05}",
        "customer": f"c{number % 50}",
        "placed": "2024-03-01 08:00:00",
        "amount": f"{number}.5",
        "arrived": None,
        "remark": "as agreed",
        "changed": changed,
    }
    return {**row, **other}


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
