"""Does scrubbing say when it cannot take out what was deleted?

VACUUM FULL keeps, in silence, what an older transaction could still read. A PostgreSQL that began
an ANALYZE by itself does that to a scrub in one run of fifty.
"""

from __future__ import annotations

import re

import psycopg
import pytest
from tests.privacy.canaries import hits_in, key_of, lay_aviary, table_files
from tests.workspaces import Troth

from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.store.scrubbing import StillReadError, scrub


@pytest.fixture
def erased(blank: Troth, monkeypatch: pytest.MonkeyPatch) -> Troth:
    """A workspace with a canary in it, about to be erased."""
    for name, value in blank.environment.items():
        monkeypatch.setenv(name, value)
    lay_aviary(blank, 1)
    blank.run()
    return blank


def _reader(troth: Troth) -> psycopg.Connection[tuple[object, ...]]:
    """A transaction that reads as of now, and does not end."""
    reader = psycopg.connect(troth.environment["TROTH_DATABASE_URL"], application_name="dawdler")
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT 1")
    return reader


def test_an_open_reader_is_named_and_its_end_lets_the_values_go(erased: Troth) -> None:
    with _reader(erased) as reader:
        assert erased("privacy", "erase", key_of(0), "--json").code == 0
        with database(find_workspace(erased.directory)):
            with pytest.raises(StillReadError, match=r"dawdler \(process \d+\)") as raised:
                scrub(patience=0.3)
            pid = re.search(r"process (\d+)", str(raised.value))
            assert pid is not None
            assert int(pid[1]) == reader.info.backend_pid
            # The control: writing the table anew without waiting says nothing and keeps them.
            with psycopg.connect(erased.environment["TROTH_OWNER_URL"], autocommit=True) as owner:
                owner.execute("VACUUM FULL fact_personal")
            assert hits_in(table_files(erased)) != {}
    with database(find_workspace(erased.directory)):
        scrub(patience=600)
    assert hits_in(table_files(erased)) == {}


def test_a_transaction_that_only_began_to_write_counts_too(erased: Troth) -> None:
    with psycopg.connect(
        erased.environment["TROTH_DATABASE_URL"], application_name="dawdler"
    ) as writer:
        writer.execute("SELECT pg_current_xact_id()")
        with (
            database(find_workspace(erased.directory)),
            pytest.raises(StillReadError, match="dawdler"),
        ):
            scrub(patience=0.3)


def test_a_writer_in_another_database_of_the_server_counts_too(erased: Troth) -> None:
    """Each snapshot taken while it is open counts it as open, that of the scrub itself too."""
    elsewhere = psycopg.conninfo.make_conninfo(
        erased.environment["TROTH_OWNER_URL"], dbname="postgres", application_name="dawdler"
    )
    with psycopg.connect(elsewhere) as writer:
        writer.execute("SELECT pg_current_xact_id()")
        assert erased("privacy", "erase", key_of(0), "--json").code == 0
        with database(find_workspace(erased.directory)):
            with pytest.raises(StillReadError, match="dawdler"):
                scrub(patience=0.3)
            # The control: without waiting it stays in the files.
            with psycopg.connect(erased.environment["TROTH_OWNER_URL"], autocommit=True) as owner:
                owner.execute("VACUUM FULL fact_personal")
            assert hits_in(table_files(erased)) != {}
