"""What is shown of every real system: a change arrives, and a kill loses and doubles nothing."""

from __future__ import annotations

import random
import time
from typing import Any

from tests.workspaces import Troth, spawn


def synced(troth: Troth, name: str, *more: str) -> dict[str, dict[str, Any]]:
    """Sync a source; feed → what it brought."""
    answer = troth("source", "sync", name, "--json", "--workspace", str(troth.directory), *more)
    assert answer.code == 0, answer.err + answer.out
    return {feed["feed"]: feed for feed in answer.json()}


def killed(troth: Troth, name: str, *, times: int, seed: int, longest: float) -> int:
    """Start so many syncs and end each at a moment by chance with SIGKILL; how many it hit."""
    chance, hits = random.Random(seed), 0
    for number in range(times):
        process = spawn("source", "sync", name, "--workspace", troth.directory, **troth.environment)
        time.sleep(chance.uniform(0.2, longest))
        hits += process.poll() is None
        process.kill()
        process.communicate()
        landed = troth.one("SELECT coalesce(sum(fact_count), 0) FROM store_landing")
        print(f"{name}: kill {number + 1} of {times}, {landed} records landed so far")
    return hits


def facts(troth: Troth, kind: str) -> list[tuple[str, int]]:
    """Every version of a kind: key, revision."""
    query = f"SELECT key, revision FROM fact_{kind} WHERE op = 'upsert' ORDER BY key, revision"
    return [(str(key), int(revision)) for key, revision in troth.rows(query)]


def assert_each_once(troth: Troth, kind: str, count: int) -> None:
    """So many records, each in its first version alone: nothing is lost, nothing doubled."""
    found = facts(troth, kind)
    assert len(found) == count
    assert {revision for _, revision in found} == {1}
    assert len({key for key, _ in found}) == count
