"""Does the API keep its description and its walls when thousands of odd requests come in?

Schemathesis sends generated requests to a real server, as each of three roles, with every check on:
that authentication cannot be left out, and that nobody gets an object that only another may see.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connections
from tests.workspaces import Troth, spawn

from troth.actions.people import add_user, issue_token, system_user
from troth.core.access.roles import Role
from troth.store.connecting import connect_to

EXAMPLES = int(os.environ.get("X", "100"))
ROLES = (Role.AGENT, Role.OPERATIONS_MANAGER, Role.AUDITOR)
# What a schema cannot say may be refused, and faults of one item are told beside the others.
EXCLUDED = "positive_data_acceptance"
_CONFIG = """
[auth.wfc]
path = "auth.json"
user = "{role}"
peers = [{peers}]
"""


@contextmanager
def serving(troth: Troth) -> Iterator[str]:
    """The address of the workspace's web server, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = spawn("serve", "web", "--port", str(port), **troth.environment)
    try:
        for _ in range(300):
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
                    link.request("GET", "/api/v1/openapi.json")
                    assert link.getresponse().status == 200
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _write_identities(troth: Troth, folder: Path, role: Role) -> None:
    """One person of each role, with a token; Schemathesis is `role`, the others are its peers."""
    connect_to(connections, app_url=troth.app_url, owner_url=troth.owner_url)
    boss = system_user()
    identities = []
    for each in ROLES:
        user = add_user(username=f"fuzz-{each}", name=str(each), role=each, acting_user=boss)
        token = issue_token(user=user, label="fuzz", acting_user=boss)
        header = {"name": "Authorization", "value": f"Bearer {token}"}
        identities.append({"name": each.value, "fixedHeaders": [header]})
    connections.close_all()
    (folder / "auth.json").write_text(json.dumps({"auth": identities}))
    peers = ", ".join(f'"{each}"' for each in ROLES)
    (folder / "schemathesis.toml").write_text(_CONFIG.format(role=role, peers=peers))


def _fuzz(address: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("run", f"{address}/api/v1/openapi.json"),
            *("--checks", "all", "--exclude-checks", EXCLUDED),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
            *("--generation-deterministic", "--no-color"),
            *("--request-timeout", "60", "--warnings", "off", "--suppress-health-check", "all"),
            *more,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_api_withstands_odd_requests_of_each_role(
    ran: Troth, tmp_path: Path, role: Role
) -> None:
    _write_identities(ran, tmp_path, role)
    with serving(ran) as address:
        answer = _fuzz(address, tmp_path)
    assert answer.returncode == 0, answer.stdout[-6_000:] + answer.stderr[-2_000:]
