"""Is what is wrong with `database`, `api`, `sql` and `rest` told with line and column?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.connectors.asked import mapping_of

from troth.connectors.errors import MappingError
from troth.connectors.mapping.check import check_mapping

SQL = mapping_of("sql-sqlite")
REST = mapping_of("rest-page", url="http://api.example.com/")
CANARY = "c4nary-pass"

CASES = [
    # what stands there, what is written instead, a part of what is said
    (SQL, "engine: sqlite", "engine: oracle", "'oracle'; it is one of postgresql"),
    (SQL, "engine: sqlite, ", "", "has no `engine`"),
    (SQL, "file: shop.sqlite", f"url: {CANARY}", "needs `file: data/shop.sqlite`"),
    (SQL, "engine: sqlite, file: shop.sqlite", f"engine: mysql, url: 'mysql://a:{CANARY}@h/d'",
     "never stands in a mapping; write {env: NAME}"),
    (SQL, "database: {engine: sqlite, file: shop.sqlite}", "", "needs `database` beside `feeds`"),
    (SQL, "SELECT * FROM orders", "DROP TABLE orders", "must begin with SELECT"),
    (SQL, "SELECT * FROM orders", "SELECT 1;", "without a semicolon"),
    (SQL, "overlap: 10m", "overlap: soon", "30s, 10m, 2h or 1d, or a number"),
    (SQL, "column: changed, ", "", "`sql.watermark` has no `column`"),
    (SQL, "    key: id", "    files: a.csv\n    key: id", "it says `files` and `sql`"),
    (SQL, "    key: id", "    format: {decimal: ','}\n    key: id", "`format` is of files"),
    (REST, "network: private, ", "", "must be https"),
    (REST, "http://api", f"http://me:{CANARY}@api", "carries no user and no password"),
    (REST, "token: {env: SHOP_TOKEN}", f"token: {CANARY}", "never stands in a mapping"),
    (REST, "token: {env: SHOP_TOKEN}", "", "has no `token`"),
    (REST, "type: bearer", "type: magic", "it is one of bearer, basic"),
    (REST, "by: number", "by: nmber", "(did you mean 'number'?)"),
    (REST, "parameter: page, ", "", "needs a `parameter`, or `${page}`"),
    (REST, "parameter: since, ", "", "needs a `parameter`, or `${since}`"),
    (REST, "path: rows", "path: 'rows/${when}'", "`${when}` means nothing"),
    (REST, "column: changed, ", "", "needs either `column`, of the rows, or `token`"),
    (REST, "rows: data.items", "rws: data.items", "(did you mean 'rows'?)"),
    (REST, "network: private", "network: private, timeout: 2d", "from 1s to 10m"),
    (REST, "network: private", f"network: private, headers: {{Authorization: {CANARY}}}",
     "belongs into `api.auth`"),
]  # fmt: skip


def faults_of(text: str, tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    with pytest.raises(MappingError) as caught:
        check_mapping(path, shown="sources/shop.yaml")
    for fault in caught.value.faults:
        assert 1 <= fault.line <= len(text.splitlines())
        assert fault.column >= 1
    return str(caught.value)


@pytest.mark.parametrize(("text", "there", "instead", "said"), CASES)
def test_a_fault_is_told_where_it_stands_and_without_any_secret(
    text: str, there: str, instead: str, said: str, tmp_path: Path
) -> None:
    assert there in text
    told = faults_of(text.replace(there, instead), tmp_path)
    assert said in told
    assert CANARY not in told


@pytest.mark.parametrize("text", [SQL, REST])
def test_the_mappings_that_the_faults_are_put_into_are_sound(text: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    assert check_mapping(path).feeds


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = SQL.replace("engine: sqlite", "engine: oracle").replace("overlap: 10m", "overlap: soon")
    assert faults_of(text, tmp_path).count("sources/shop.yaml:") == 2
