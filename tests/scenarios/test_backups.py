"""Is a backup whole and of one moment, and is it made when it is due?"""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from tests.scenarios.backing_up import ask, backed_up, reads_all, seeing, seen
from tests.workspaces import Troth

from troth.actions.backups import backup_when_due
from troth.actions.people import system_user
from troth.connectors.workspace import read_workspace
from troth.store.backups.archive import read_archive
from troth.store.connecting import connect_to

__all__ = ["reads_all"]  # for every test here


def test_writes_during_a_backup_are_in_it_wholly_or_not_at_all(ran: Troth, tmp_path: Path) -> None:
    stop = threading.Event()
    written = []

    def write() -> None:
        with psycopg.connect(ran.owner_url) as writer:
            writer.execute("CREATE TABLE IF NOT EXISTS pair_a (n int); ")
            writer.execute("CREATE TABLE IF NOT EXISTS pair_z (n int)")
            writer.commit()
            while not stop.is_set():
                writer.execute("INSERT INTO pair_a VALUES (1)")
                writer.execute("INSERT INTO pair_z VALUES (1)")
                writer.commit()
                written.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while len(written) < 10:
            time.sleep(0.01)
        before = len(written)
        path = backed_up(ran, tmp_path / "busy.troth-backup")
        after = len(written)
    finally:
        stop.set()
        thread.join()
    tables = read_archive(path).manifest.tables
    assert tables["public.pair_a"].rows == tables["public.pair_z"].rows
    assert before <= tables["public.pair_a"].rows < after  # they did write meanwhile
    # The restore counts the dump's own rows: they are those of the manifest, of one moment.
    code, _, err = ask(ran, "restore", path, "--replace", "--confirm", "Simulated company")
    assert code == 0, err
    assert seen(ran, "SELECT count(*) FROM pair_a") == [(tables["public.pair_a"].rows,)]


def test_a_full_disk_is_told_beforehand_and_nothing_is_left(
    ran: Troth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    folder = tmp_path / "backups"
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=1_000_000))
    code, _, err = ask(ran, "backup", folder)
    assert (code, "backup:no-room" in err, "1 MB are free" in err) == (2, True, True), err
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setenv("TROTH_BACKUP_URL", seeing(ran))
    assert ran("backup", folder).code == 0
    assert len(list(folder.iterdir())) == 1


def test_a_role_that_does_not_see_every_row_is_told_which_role_would(
    ran: Troth, tmp_path: Path
) -> None:
    path = tmp_path / "one.troth-backup"
    answer = ran("backup", path)
    assert answer.code == 2
    assert "CREATE ROLE troth_backup LOGIN BYPASSRLS" in answer.err
    assert not path.exists()
    backed_up(ran, path)
    code, _, err = ask(ran, "backup", path)
    assert (code, "backup:exists" in err) == (2, True), err
    backed_up(ran, path, "--force")


def test_backups_are_made_when_they_are_due_and_the_oldest_go(ran: Troth, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    text = (ran.directory / "troth.toml").read_text()
    asked = f'{text}\n[backup]\nfolder = "{folder}"\nevery = "12h"\nkeep = 2\n'
    ran.write("troth.toml", asked)
    workspace = read_workspace(ran.directory)
    connect_to(connections, app_url=ran.app_url, owner_url=ran.owner_url)
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def due(at: datetime) -> bool:
        with mock.patch.object(settings, "WORKSPACE", ran.directory):
            made = backup_when_due(
                workspace,
                acting_user=system_user(),
                reader_url=seeing(ran),
                at=at,
                reporter=_Silent(),
            )
        return made is not None

    hours = [0, 11, 12, 24, 25]
    assert [due(noon + timedelta(hours=each)) for each in hours] == [True, False, True, True, False]
    kept = sorted(path.name[:16] for path in folder.iterdir())
    assert kept == ["20260702T000000Z", "20260702T120000Z"]
    # Those are long ago, and whoever asked for backups is told so.
    found = {item["about"]: item for item in ran("doctor", "--json").json()}
    assert not found["backup"]["is_well"]
    ran.write("troth.toml", asked.replace("12h", "often"))
    answer = ran("doctor", "--json")
    assert "expected hours" in answer.out


class _Silent:
    def stage(self, name: str, about: str) -> None: ...
    def progress(self, count: int) -> None: ...
