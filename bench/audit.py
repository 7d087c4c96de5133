"""What does the audit log cost a decision that is asked for over HTTP and kept?

Two servers run beside each other on one database: the product, and the same program whose entries
are not appended. Both decide, insert the decision and its shared inputs, and commit with
`synchronous_commit` on. The product also inserts the envelope, the row that it commits to and the
tree's nodes, under the lock of the log's head. Rounds alternate; each request is a new decision.
"""

from __future__ import annotations

import copy
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.landing import workspace
from troth.actions.people import issue_token
from troth.api.shapes.decisions import INPUTS
from troth.connectors.workspace import make_workspace
from troth.store.models import AuditEntry, Decision
from troth.store.queries.viewing import as_the_program

ROUNDS = 5
REQUESTS = int(os.environ.get("TROTH_BENCH_REQUESTS", "800"))  # a round, for each server
CLIENTS = 4
_SERVED = {"audited": "troth.site.wsgi:application", "bare": "bench.without_audit:application"}
_SERVE = """
import sys
from granian import Granian
from granian.constants import Interfaces
Granian(sys.argv[1], address="127.0.0.1", port=int(sys.argv[2]), interface=Interfaces.WSGI,
        workers=1, blocking_threads=4, log_access=False, websockets=False).serve()
"""


@contextmanager
def _served(target: str, environment: dict[str, str]) -> Iterator[int]:
    """The port of a server that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, target, str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _post_all(port: int, token: str, numbers: range) -> float:
    """Seconds in which all decisions are answered, asked for by CLIENTS at once."""
    shares = [numbers[place::CLIENTS] for place in range(CLIENTS)]
    failures: list[str] = []

    def work(share: range) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in share:
            asked = copy.deepcopy(dict(INPUTS["promise"]))
            asked["facts"] = {**asked["facts"], "order": f"bench:SO-{number}", "customer": None}
            link.request(
                "POST",
                "/api/v1/decisions/promise?record=true",
                json.dumps(asked),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            answer = link.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {body[:300]!r}")

    def guarded(share: range) -> None:
        try:
            work(share)
        except Exception as error:  # a thread's own error would be lost
            failures.append(repr(error))

    threads = [threading.Thread(target=guarded, args=(share,)) for share in shares]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return time.perf_counter() - start


def main() -> list[dict[str, Any]]:
    """One row: decisions a second with the log, over decisions a second without."""
    with ExitStack() as stack:
        folder, user = stack.enter_context(workspace())
        make_workspace(folder, name="Bench", now="live")
        token = issue_token(user=user, label="bench", acting_user=user)
        environment = _environment(folder)
        ports = {
            name: stack.enter_context(_served(target, environment))
            for name, target in _SERVED.items()
        }
        rates: dict[str, list[float]] = {name: [] for name in ports}
        place = 0
        for name in ports:  # both warm
            _post_all(ports[name], token, range(place, place := place + 100))
        for _ in range(ROUNDS):
            for name in ports:
                numbers = range(place, place := place + REQUESTS)
                rates[name].append(REQUESTS / _post_all(ports[name], token, numbers))
        with as_the_program():  # nobody else sees the decisions of all customers
            entries = AuditEntry.objects.filter(action="promise:decision:recorded").count()
            _check(Decision.objects.count(), place, entries)
    ratios = [ours / peer for ours, peer in zip(rates["audited"], rates["bare"], strict=True)]
    return [
        {
            "name": "a decision over HTTP, kept with its audit entry",
            "ours": f"{statistics.median(rates['audited']):.0f} a second",
            "peer": f"{statistics.median(rates['bare']):.0f} a second without the log",
            "ratio": round(statistics.median(ratios), 2),
            "bar": 0.5,
            "note": f"{CLIENTS} clients, {entries} entries, synchronous_commit on.",
        }
    ]


def _environment(folder: Path) -> dict[str, str]:
    from django.db import connections

    urls = {}
    for name, alias in (("TROTH_DATABASE_URL", "default"), ("TROTH_OWNER_URL", "owner")):
        found = connections[alias].settings_dict
        urls[name] = (
            f"postgresql://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}"
            f"/{found['NAME']}"
        )
    return {**urls, "TROTH_WORKSPACE": str(folder)}


def _check(decisions: int, asked: int, entries: int) -> None:
    audited = asked // 2
    if (decisions, entries) != (asked, audited):
        raise RuntimeError(
            f"asked for {asked} decisions, found {decisions}, of them {entries} with an entry"
        )
