"""Are tickets of a running Request Tracker 5 here after a sync, each once, whatever is killed?

It needs Debian's request-tracker5, rt5-standalone and rt5-db-sqlite; without them it is skipped.
Its own process, its own copy of a fresh database; nothing of RT is imported.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.systems.drill import assert_each_once, facts, killed, synced
from tests.workspaces import Troth

pytestmark = pytest.mark.systems

_LIBEXEC = Path("/usr/share/request-tracker5/libexec/rt-server")
_FRESH = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
_SETUP = Path(__file__).parent / "rt_setup.pl"
_EXAMPLE = Path(__file__).parents[2] / "examples" / "rt" / "sources" / "rt.yaml"
COUNT = 40
_CONFIG = """
Set($rtname, 'example.com'); Set($Organization, 'example.com');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rtdb');
Set($WebPath, ''); Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port});
Set($Timezone, 'UTC'); Set($LogToSyslog, undef); Set($LogToSTDERR, 'error');
Set($LogDir, '{folder}'); Set($MailCommand, 'testfile');
1;
"""


class Desk:
    """A running RT."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "conf").mkdir()
        shutil.copy(_FRESH, folder / "rtdb")
        text = _CONFIG.format(folder=folder, port=self.port)
        (folder / "RT_SiteConfig.pm").write_text(text)
        self.environment = {
            **os.environ,
            "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(folder / "conf"),
        }

    def set_up(self, *verb: str) -> dict[str, object]:
        done = subprocess.run(
            ["perl", str(_SETUP), *verb], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    @contextmanager
    def running(self) -> Iterator[None]:
        with (self.folder / "server.log").open("w") as log:
            process = subprocess.Popen(
                ["perl", str(_LIBEXEC), "--port", str(self.port)],
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            try:
                self._wait()
                yield
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/REST/2.0/rt", timeout=60)
            except urllib.error.HTTPError:
                return  # it asks who we are: it is there
            except OSError:
                time.sleep(0.2)
        raise AssertionError((self.folder / "server.log").read_text())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    for needed in (_LIBEXEC, _FRESH):
        if not needed.is_file() or not os.access(needed, os.R_OK):
            pytest.skip(f"no Request Tracker here: {needed} cannot be read")
    folder = tmp_path / "rt"
    folder.mkdir()
    found = Desk(folder)
    assert found.set_up("fill", str(COUNT))["tickets"] == COUNT
    with found.running():
        yield found


def test_tickets_of_request_tracker_land_once_and_a_change_is_here_after_the_next_sync(
    desk: Desk, blank: Troth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RT_PASSWORD", "password")  # of a fresh RT, as its documentation says
    text = _EXAMPLE.read_text().replace("127.0.0.1/", f"127.0.0.1:{desk.port}/")
    blank.write("sources/rt.yaml", text.replace("per_page, size: 100", "per_page, size: 7"))
    hits = killed(blank, "rt", times=4, seed=5, longest=6)
    print(f"RT: {hits} of 4 syncs were killed before their end")
    synced(blank, "rt")
    assert_each_once(blank, "case", COUNT)
    assert synced(blank, "rt")["tickets"]["landed"] == 0
    desk.set_up("change")
    begun = time.monotonic()
    landed = synced(blank, "rt")["tickets"]["landed"]
    print(f"RT: a change was here {time.monotonic() - begun:.1f} s after the sync began")
    assert landed == 2
    assert ("rt:1", 2) in facts(blank, "case")
    status = "SELECT status FROM fact_case WHERE key = 'rt:1' ORDER BY revision DESC LIMIT 1"
    assert blank.one(status) == "resolved"
