"""Are parties, sales and shipments of a running Tryton here after a sync, each once?

TROTH_TRYTON names the Python of a venv of its own in which trytond, its modules party, sale, stock
and account_invoice, and proteus are installed; without it this is skipped. Tryton runs as a process
of its own; nothing of it is imported. TROTH_TRYTON_DATA may name a filled database, which spares
making one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.systems.drill import assert_each_once, facts, killed, synced
from tests.workspaces import Troth

pytestmark = pytest.mark.systems

_SETUP = Path(__file__).parent / "tryton_setup.py"
_EXAMPLE = Path(__file__).parents[2] / "examples" / "tryton" / "sources" / "tryton.yaml"
COUNT = 40
PASSWORD = "c4nary-tryton-pw"


class Shop:
    """A running Tryton."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = folder / "trytond.conf"
        self.config.write_text(
            f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{self.port}\n"
        )
        (folder / "pass").write_text(PASSWORD)
        self.environment = {**os.environ, "TRYTONPASSFILE": str(folder / "pass")}

    def make(self) -> None:
        given = os.environ.get("TROTH_TRYTON_DATA")
        if given:
            shutil.copy(given, self.folder / "shop.sqlite")
            return
        (self.folder / "shop.sqlite").touch()
        self.run(
            "-m", "trytond.admin", "-c", self.config, "-d", "shop", "-u", "sale", "stock",
            "account_invoice", "--activate-dependencies", "--email", "a@example.com", "-p",
        )  # fmt: skip
        self.set_up("fill", str(COUNT))

    def run(self, *arguments: str | Path) -> str:
        if "trytond.admin" in arguments:
            command = [self.python.parent / "trytond-admin", *arguments[2:]]
        else:
            command = [self.python, *arguments]
        done = subprocess.run(
            [str(word) for word in command], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def set_up(self, *verb: str) -> dict[str, Any]:
        out = self.run(_SETUP, self.config, "shop", *verb)
        return dict(json.loads(out.splitlines()[-1]))

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [str(self.python.parent / "trytond"), "-c", str(self.config), "-d", "shop"]
        with (self.folder / "server.log").open("w") as log:
            process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
            try:
                self._wait()
                yield
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError((self.folder / "server.log").read_text())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    python = Path(os.environ.get("TROTH_TRYTON", ""))
    if not python.is_file():
        pytest.skip("no Tryton here: TROTH_TRYTON names no Python of a venv that has it")
    folder = tmp_path / "tryton"
    folder.mkdir()
    found = Shop(python, folder)
    found.make()
    with found.running():
        yield found


def test_records_of_tryton_land_once_and_a_change_is_here_after_the_next_sync(
    shop: Shop, blank: Troth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRYTON_PASSWORD", PASSWORD)
    text = _EXAMPLE.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{shop.port}")
    blank.write("sources/tryton.yaml", text.replace("size: 500", "size: 7"))
    hits = killed(blank, "tryton", times=6, seed=3, longest=16)
    print(f"Tryton: {hits} of 6 syncs were killed before their end")
    synced(blank, "tryton")
    for kind, count in (("customer", COUNT + 1), ("order", COUNT // 2), ("shipment", COUNT // 2)):
        assert_each_once(blank, kind, count)
    assert {feed["landed"] for feed in synced(blank, "tryton").values()} == {0}
    changed = shop.set_up("change")["changed"]
    begun = time.monotonic()
    brought = synced(blank, "tryton")
    print(f"Tryton: a change was here {time.monotonic() - begun:.1f} s after the sync began")
    assert brought["parties"]["landed"] == 2  # renamed, and new
    assert (f"tryton:{changed['renamed']}", 2) in facts(blank, "customer")
    assert (f"tryton:{changed['sale']}", 1) in facts(blank, "order")
    assert (brought["lines"]["landed"], brought["shipments"]["landed"]) == (1, 1)
    everything = blank.rows("SELECT envelope FROM store_auditentry")
    assert PASSWORD not in str(everything)
