"""Does a MariaDB give its rows as it writes them, from where the last reading ended?

It needs Debian's mariadb-server, started here as a process of its own on an empty folder; without
it this is skipped.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from troth.connectors.databases.sessions import opened
from troth.connectors.errors import QueryFailedError
from troth.connectors.loading import load
from troth.connectors.mapping.origins import DatabaseMap
from troth.connectors.protocol import LANDED
from troth.connectors.secrets import SecretPlace

pytestmark = pytest.mark.systems

_PASSWORD = "c4nary/p@ss"
_QUOTED = "c4nary%2Fp%40ss"
_MAPPING = """
source: shop
system: shop
time_zone: Europe/Berlin
database: {engine: mariadb, url: {file: url}}
feeds:
  - name: orders
    record: order
    sql: {query: "SELECT * FROM orders WHERE id LIKE '%'", watermark: {column: changed}}
    key: id
    known_at: placed
    fields: {customer: customer, placed_at: placed, total: {column: amount, currency: EUR}}
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    programs = [shutil.which(name, path="/usr/sbin:/usr/bin") for name in
                ("mariadbd", "mariadb-install-db")]  # fmt: skip
    if None in programs:
        pytest.skip("no MariaDB here: mariadbd is not installed")
    daemon, install = map(str, programs)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    options = ["--no-defaults", f"--datadir={tmp_path}/data", "--user=root"]
    subprocess.run(
        [install, *options, "--auth-root-authentication-method=normal"],
        check=True, capture_output=True,
    )  # fmt: skip
    process = subprocess.Popen(
        [daemon, *options, f"--port={number}", "--bind-address=127.0.0.1",
         f"--socket={tmp_path}/socket", f"--pid-file={tmp_path}/pid"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(600):
            if (tmp_path / "socket").exists():
                break
            time.sleep(0.1)
        run(number, "CREATE DATABASE shop", "", "mysql")
        run(number, f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{_PASSWORD}'", "", "mysql")
        run(number, "GRANT SELECT, INSERT ON shop.* TO reader@'127.0.0.1'", "", "mysql")
        run(
            number,
            "CREATE TABLE orders (id VARCHAR(9) PRIMARY KEY, customer TEXT, placed DATETIME,"
            " amount DECIMAL(40, 3), changed TIMESTAMP(6) NOT NULL)",
        )
        (tmp_path / "url").write_text(f"mysql://reader:{_QUOTED}@127.0.0.1:{number}/shop")
        yield number
    finally:
        process.terminate()
        process.wait()


def run(port: int, statement: str, password: str = "", database: str = "shop") -> None:
    settings: dict[str, Any] = {"host": "127.0.0.1", "port": port, "user": "root"}
    with closing(
        pymysql.connect(**settings, password=password, database=database, autocommit=True)
    ) as connection:
        connection.cursor().execute("SET time_zone = '+00:00', sql_mode = ''")
        connection.cursor().execute(statement)


def test_rows_of_mariadb_land_once_and_go_on_from_the_watermark(port: int, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/shop.yaml").write_text(_MAPPING)
    connector = load(tmp_path / "sources/shop.yaml", workspace=tmp_path)
    values = ", ".join(
        f"('{n:05}', 'c{n}', '2024-05-01 08:00:00', {n}.5, '2024-05-01 06:00:00')"
        for n in range(12_000)
    )
    run(port, f"INSERT INTO orders VALUES {values}")
    nothing = LANDED.empty_table().to_reader()
    with connector.read("orders") as reading:
        rows = [row for batch in reading.changed(nothing) for row in batch.to_pylist()]
        position = reading.position
    assert len(rows) == 12_000
    assert rows[7]["placed_at"].isoformat() == "2024-05-01T06:00:00+00:00"  # Berlin's eight
    run(port, "INSERT INTO orders VALUES ('x', 'c', '0000-00-00', 1, '2024-06-01 06:00:00')")
    run(port, "INSERT INTO orders VALUES ('y', 'c', '2024-05-01', 1, '2024-06-01 06:00:00')")
    with connector.read("orders", since=position) as reading:
        assert [reject.key for reject in reading.rejects()] == ["shop:x"]
        assert reading.rows_read == 12_002  # one instant for all of the first
        second = reading.position
    with connector.read("orders", since=second) as reading:
        assert reading.rows_read == 2
    with connector.read("orders", only_rows=3) as reading:
        assert reading.rows_read == 3


@pytest.mark.parametrize(
    "query", ["INSERT INTO orders VALUES (1, 1, NULL, 1, NOW())", "SELECT nothing FROM orders"]
)
def test_a_session_of_mariadb_reads_alone_and_tells_no_password(
    port: int, tmp_path: Path, query: str
) -> None:
    place = SecretPlace(file="url")
    database = DatabaseMap(engine="mysql", url=place, file=None, asked_by="sources/shop.yaml:5")
    with (
        pytest.raises(QueryFailedError) as caught,
        opened(database, workspace=tmp_path) as session,
    ):
        for _ in session.run(query, [])[1]:
            pass
    assert _PASSWORD not in str(caught.value)
    assert _QUOTED not in str(caught.value)
