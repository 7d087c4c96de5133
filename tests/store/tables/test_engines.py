"""The same expressions give the same rows on Parquet in DuckDB and on PostgreSQL itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import ibis
import psycopg
import pytest

from troth.analysis.metrics import METRICS, OtifTerms, measure
from troth.core.access.roles import Role
from troth.store.queries.viewing import Viewer
from troth.store.tables import DEFINITIONS, for_viewer, refresh

START = datetime(2018, 1, 1, tzinfo=UTC)
VIEWER = Viewer(user_id=1, name="V", role=Role.EXECUTIVE)


@pytest.fixture
def postgres(own_database) -> Iterator[ibis.BaseBackend]:
    """PostgreSQL as ibis sees it, with a view for each column table."""
    with psycopg.connect(own_database.owner_url) as owner:
        for name, definition in DEFINITIONS.items():
            owner.execute(f"CREATE VIEW {name} AS {definition.query.format(span='')}")
    at = psycopg.conninfo.conninfo_to_dict(own_database.owner_url)
    engine = ibis.postgres.connect(
        host=at["host"],
        port=int(at["port"]),
        user=at["user"],
        password=at["password"],
        database=at["dbname"],
        options="-c troth.system=on",
    )
    yield engine
    engine.disconnect()


def fill(books) -> None:
    """Thirty orders and thirty cases of every sort, seeded."""
    chance = random.Random(7)

    def instant() -> datetime | None:
        seconds = chance.randrange(90 * 86_400)
        return chance.choice([None, START + timedelta(seconds=seconds)])

    for number in range(30):
        key = f"{number:02}"
        books.promise(
            key,
            tier=chance.choice(["", "gold", "silver"]),
            placed_at=instant() or START,
            first_promised_at=instant() or START,
            requested_at=instant(),
            source_promised_at=instant(),
            delivered_at=instant(),
            state=chance.choice(["open", "kept", "cancelled"]),
            is_cold_start=chance.choice([True, False]),
        )
        books.fact("order_line", key, order=key, quantity=Decimal(3))
        books.fact("shipment", key, order=key)
        books.fact(
            "shipment_line", key, shipment=key, order_line=key, quantity=chance.choice([2, 3])
        )
        case = f"c{key}"
        books.case(case, tier=chance.choice(["", "gold"]), opened_at=START, resolved_at=instant())
        for metric in ("first_response", "resolution"):
            books.clock(
                case,
                metric,
                state=chance.choice(["in_progress", "completed", "cancelled"]),
                breached=chance.choice([True, False]),
                working_elapsed_seconds=chance.randrange(100_000),
            )
        books.fact("case", case, opened_at=START, source_met_sla=chance.choice([None, True, False]))


@pytest.mark.parametrize("by", [(), ("tier",), ("month", "tier")], ids=str)
def test_parquet_and_postgresql_give_the_same_rows(postgres, make_books, tmp_path, by):
    fill(make_books())
    refresh(tmp_path)
    on_parquet = for_viewer(VIEWER, tmp_path)
    in_database = {name: postgres.table(name) for name in DEFINITIONS}
    for terms in (OtifTerms(), OtifTerms(level="line", late_hours=24, early_hours=200)):
        asked = {"by": by, "as_of": START + timedelta(days=60), "terms": terms}
        mine = measure(METRICS, on_parquet, **asked)
        theirs = measure(METRICS, in_database, **asked)
        assert mine == theirs
    assert len({row.value for row in mine}) > 5
