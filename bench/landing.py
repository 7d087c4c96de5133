"""How near does landing an export come to what PostgreSQL itself could do at best?

Ours reads a Parquet export of order lines through its mapping, checks every row, compares it with
what is landed, and writes versions and audit entries. The floor is an INSERT … SELECT of the very
same rows from an unlogged table in the same server into an identical table:
no reading, no checking, no audit. Rounds alternate; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
os.environ.setdefault("TROTH_SECRET_KEY", "a-key-for-a-benchmark-that-signs-nothing-real")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402

from troth.actions.sync import sync_feed  # noqa: E402
from troth.connectors.files import FilesConnector, load  # noqa: E402
from troth.core.access.roles import Role  # noqa: E402
from troth.store.connecting import connect_to  # noqa: E402
from troth.store.models import FACTS, User  # noqa: E402
from troth.store.server import running  # noqa: E402

ROUNDS = 3
SAMPLE = 20_000  # rows through Django's ORM, which is too slow for all
CHANGED = 20  # every 20th row: 5 %
TABLE = "fact_order_line"
MAPPING = """
source: shop
system: shop
feeds:
  - name: order_lines
    record: order_line
    files: order_lines.parquet
    key: [order, line]
    fields:
      order: order
      product: product
      quantity: {column: quantity, unit: piece}
      unit_price: {column: price, currency: EUR}
      freight: {column: freight, currency: EUR}
      site: site
    plain: [line]
    occurred_at: placed_at
    known_at: placed_at
"""


def write_export(path: Path, rows: int, *, changed: int | None = None, is_shuffled: bool) -> None:
    """Order lines, four to an order; with `changed`, every so manyth line has another quantity."""
    chosen = np.random.default_rng(7)
    number = np.arange(rows)
    quantity = chosen.integers(1, 50, rows)
    if changed is not None:
        quantity = quantity + (number % changed == 0)
    placed = np.datetime64("2024-01-01T08:00:00", "us") + (number // 4 * 30 * 1_000_000)
    table = pa.table(
        {
            "order": [f"SO-{at:08d}" for at in (number // 4).tolist()],
            "line": (number % 4 + 1).astype("int32"),
            "product": [f"P-{at:05d}" for at in chosen.integers(0, 5_000, rows).tolist()],
            "quantity": quantity.astype("int32"),
            "price": np.round(chosen.uniform(1, 400, rows), 2),
            "freight": np.round(chosen.uniform(1, 20, rows), 2),
            "site": [f"W{at}" for at in chosen.integers(1, 9, rows).tolist()],
            "placed_at": placed.astype("datetime64[us]"),
        }
    )
    pq.write_table(table.take(chosen.permutation(rows)) if is_shuffled else table, path)


@contextmanager
def workspace() -> Iterator[tuple[Path, User]]:
    """A folder with the mapping, and a migrated database on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="troth-bench-") as made:
        folder = Path(made)
        (folder / "sources").mkdir()
        (folder / "sources" / "shop.yaml").write_text(MAPPING)
        with running(folder / "server") as server:
            connect_to(connections, app_url=server.app_url, owner_url=server.owner_url)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call_command("migrate", database="owner", verbosity=0)
            user = User.objects.create(
                username="bench", name="B. Ench", role=Role.ADMINISTRATOR.value, password="!"
            )
            try:
                yield folder, user
            finally:
                connections.close_all()


def as_owner(*statements: str) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def taken(run: Callable[[], None]) -> float:
    begin = perf_counter()
    run()
    return perf_counter() - begin


def lands(connector: FilesConnector, user: User, expected: int) -> Callable[[], None]:
    (feed,) = connector.feeds()

    def run() -> None:
        result = sync_feed(connector, feed, acting_user=user)
        assert (result.landed, result.rejected) == (expected, 0), result

    return run


def forget() -> None:
    """Nothing is landed any more. The landings stay, for the floor's rows refer to them."""
    as_owner(f"TRUNCATE {TABLE}, fact_personal")


def make_floor() -> None:
    """The rows that are landed now, in an unlogged table, and two empty tables like theirs.

    bench_bare has all of the table's indexes, bench_floor its foreign keys as well.
    """
    as_owner(
        "DROP TABLE IF EXISTS bench_rows, bench_floor, bench_bare",
        f"CREATE UNLOGGED TABLE bench_rows AS SELECT * FROM {TABLE}",
        "VACUUM ANALYZE bench_rows",
        f"CREATE TABLE bench_floor (LIKE {TABLE} INCLUDING ALL)",
        f"CREATE TABLE bench_bare (LIKE {TABLE} INCLUDING ALL)",
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            f" WHERE conrelid = '{TABLE}'::regclass AND contype = 'f'"
        )
        for (constraint,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE bench_floor ADD {constraint}")


def floor(target: str) -> float:
    """Seconds for the INSERT … SELECT of all rows into an empty table."""
    as_owner(f"TRUNCATE {target}")
    return taken(lambda: as_owner(f"INSERT INTO {target} SELECT * FROM bench_rows"))


def first_landing(
    folder: Path, user: User, rows: int, *, is_shuffled: bool
) -> Iterator[dict[str, Any]]:
    write_export(folder / "order_lines.parquet", rows, is_shuffled=is_shuffled)
    connector = load(folder / "sources" / "shop.yaml", workspace=folder)
    ours = lands(connector, user, rows)
    forget()
    ours()
    make_floor()
    floor("bench_bare")
    times = []
    for _ in range(ROUNDS):
        forget()
        times.append((taken(ours), floor("bench_floor"), floor("bench_bare")))
    speeds = [[rows / seconds / 1e3 for seconds in one] for one in times]
    name = f"land {rows:,} order lines, export {'in no order' if is_shuffled else 'by key'}"
    peer = "1,000 rows/s; peer: INSERT … SELECT of the same rows"
    yield row(
        name,
        [(mine, peer) for mine, peer, _ in speeds],
        bar=0.5,
        note=f"{peer} into an identical table; no reading, no check, no audit",
    )
    yield row(
        f"{name}, peer without foreign keys",
        [(mine, peer) for mine, _, peer in speeds],
        bar=None,
        note=f"{peer} into the same columns and indexes; ours checks the foreign key",
    )


def in_django(sample: int, *, upsert: bool) -> float:
    """Seconds for `sample` rows in one transaction, the models made beforehand."""
    model = FACTS["order_line"]
    found = list(model.objects.order_by("key")[:sample])
    if not upsert:
        as_owner(f"DELETE FROM {TABLE} WHERE key <= '{found[-1].key}'")
    names = [field.name for field in model._meta.concrete_fields]
    keys = ["key", "revision", "region"]

    def run() -> None:
        with transaction.atomic("owner"):
            if upsert:
                model.objects.using("owner").bulk_create(
                    found,
                    update_conflicts=True,
                    unique_fields=keys,
                    update_fields=[name for name in names if name not in keys],
                    batch_size=1_000,
                )
            else:
                model.objects.using("owner").bulk_create(found, batch_size=1_000)

    return taken(run)


def redelivery(folder: Path, user: User, rows: int) -> Iterator[dict[str, Any]]:
    export = folder / "order_lines.parquet"
    connector = load(folder / "sources" / "shop.yaml", workspace=folder)
    expected = len(range(0, rows, CHANGED))
    sample = min(SAMPLE, rows)
    pairs, inserts = [], []
    for _ in range(ROUNDS):
        forget()
        write_export(export, rows, is_shuffled=False)
        first = taken(lands(connector, user, rows))
        as_owner(f"VACUUM ANALYZE {TABLE}")
        django_upsert = in_django(sample, upsert=True)
        django_insert = in_django(sample, upsert=False)
        inserts.append((rows / first / 1e3, sample / django_insert / 1e3))
        forget()
        lands(connector, user, rows)()
        write_export(export, rows, changed=CHANGED, is_shuffled=False)
        as_owner(f"VACUUM ANALYZE {TABLE}")
        again = taken(lands(connector, user, expected))
        pairs.append((rows / again / 1e3, sample / django_upsert / 1e3))
    scaled = f"on a sample of {sample:,} rows, scaled; models made beforehand"
    yield row(
        f"land {rows:,} order lines against Django's bulk_create",
        inserts,
        bar=None,
        note=f"1,000 rows/s; peer {scaled}; neither checks nor audits",
    )
    yield row(
        f"deliver {rows:,} order lines again, 5 % changed",
        pairs,
        bar=10.0,
        note=f"1,000 rows/s; peer: bulk_create(update_conflicts=True) {scaled}; keeps no version",
    )


def row(
    name: str, pairs: list[tuple[float, float]], *, bar: float | None, note: str
) -> dict[str, Any]:
    """Both sides' speeds, and ours ÷ peer."""
    return {
        "name": name,
        "ours": round(statistics.median(ours for ours, _ in pairs), 1),
        "peer": round(statistics.median(peer for _, peer in pairs), 1),
        "ratio": round(statistics.median(ours / peer for ours, peer in pairs), 2),
        "bar": bar,
        "note": note,
    }


def main(rows: int | None = None) -> list[dict[str, Any]]:
    """One row a claim. TROTH_BENCH_ROWS sets the number of rows (a million)."""
    count = rows or int(os.environ.get("TROTH_BENCH_ROWS", "1000000"))
    with workspace() as (folder, user):
        return [
            *first_landing(folder, user, count, is_shuffled=False),
            *first_landing(folder, user, count, is_shuffled=True),
            *redelivery(folder, user, count),
        ]


if __name__ == "__main__":
    for found in main(int(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(found)
