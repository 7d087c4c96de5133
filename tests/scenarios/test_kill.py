"""Does a run that was killed at any moment, and then repeated, end where an undisturbed one does?

What is compared is what Troth knows and has decided, row by row. Three journals may differ, for
they tell what happened, and a killed run did happen: `store_run` has a line for each attempt,
`store_landing` and `store_auditentry` one for each batch that was committed, and a feed that was
killed between two batches is landed in others. For that reason a fact is compared without the
landing that brought it, and nothing is compared by when we wrote it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.databases import unhidden
from tests.workspaces import lay_company, spawn

from troth.core.records.kinds import KINDS
from troth.store.server import running, status, stop

STATE = (
    *(f"fact_{kind.name}" for kind in KINDS),
    "fact_personal",
    "store_casework",
    "store_clock",
    "store_commitmentdifference",
    "store_crosswalk",
    "store_customer",
    "store_customerpersonal",
    "store_customersegment",
    "store_customervalue",
    "store_decision",
    "store_matchmodel",
    "store_policyversion",
    "store_promise",
    "store_quarantinedrow",
    "store_resolutionquestion",
    "store_sharedinput",
    "store_tierassignment",
    "store_valuemodel",
)
# The moment of writing, and numbers that count writes.
WRITTEN = (
    "landing_id", "landed_at", "seen_at", "asked_at", "id",
    "trained_at", "scored_at", "through_landing",
)  # fmt: skip
# What a workspace's own secrets go into.
SECRET = ("salt", "row_hash", "content_digest")
# What nothing of the main job's outcome stands in.
BESIDE = {
    "store_assessment",
    "store_assessmentsignoff",
    "store_auditcheckpoint",
    "store_audithead",
    "store_auditnode",
    "store_auditrow",
    "store_auditsecret",
    "store_breakglass",
    "store_consentevent",
    "store_consentnotice",
    "store_customeraccess",
    "store_erasedsource",
    "store_erasure",
    "store_fieldword",
    "store_freezeoverride",
    "store_freezewindow",
    "store_identityverdict",
    "store_landedleaves",
    "store_loginlink",
    "store_outboxattempt",
    "store_sourceposition",
    "store_outboxmessage",
    "store_policychange",
    "store_policysignoff",
    "store_rollout",
    "store_session",
    "store_sharedvalue",
    "store_subjectkey",
    "store_webhookendpoint",
}
# policies, 23 feeds, resolve, tier, value, promise, reconcile, prioritise, segment; then measure
STAGES = 31


def state(workspace: Path) -> dict[str, list[str]]:
    """Every row of every table of the state, as text, in order. Ids of content are kept."""
    found = {}
    with (
        running(workspace / ".troth" / "postgres") as server,
        psycopg.connect(unhidden(server.owner_url)) as owner,
    ):
        for table in STATE:
            kept = (
                sql.SQL("to_jsonb(row) - {}::text[]").format(sql.Literal(list(SECRET)))
                if table in ("store_decision", "store_customer", "store_policyversion")
                else sql.SQL("to_jsonb(row) - {}::text[]").format(sql.Literal([*WRITTEN, *SECRET]))
            )
            query = sql.SQL("SELECT ({})::text FROM {} AS row").format(kept, sql.Identifier(table))
            found[table] = sorted(text for (text,) in owner.execute(query))
    return found


def run(workspace: Path) -> subprocess.Popen[str]:
    return spawn("run", workspace)


def finish(workspace: Path) -> None:
    process = run(workspace)
    _, told = process.communicate()
    assert process.returncode in (0, 1), told  # 1: the company's two faulty rows


def kill_at(process: subprocess.Popen[str], stage: int, delay: float) -> bool:
    """Kill a run so long after it has begun a stage; whether it was still at it."""
    assert process.stderr is not None
    begun = 0
    for line in process.stderr:
        begun += line.startswith("…")
        if begun == stage:
            time.sleep(delay)
            break
    was_alive = process.poll() is None
    process.kill()
    process.communicate()
    return was_alive


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two workspaces of one company."""
    disturbed, undisturbed = tmp_path / "disturbed", tmp_path / "undisturbed"
    disturbed.mkdir()
    lay_company(disturbed, customers=12, months=3, seed=5)
    shutil.copytree(disturbed, undisturbed)
    yield disturbed, undisturbed
    for directory in (disturbed, undisturbed):
        stop(directory / ".troth" / "postgres")


def assert_same(disturbed: Path, undisturbed: Path) -> None:
    found, expected = state(disturbed), state(undisturbed)
    counts = {table: len(rows) for table, rows in found.items()}
    assert counts == {table: len(rows) for table, rows in expected.items()}
    assert counts["store_decision"] > 50
    for table, rows in expected.items():
        assert found[table] == rows, table


def drill(pair: tuple[Path, Path], *, kills: int, seed: int) -> int:
    """Kill so many runs, each at a random moment of another part; how many were under way."""
    disturbed, undisturbed = pair
    chance = random.Random(seed)
    hits = 0
    for part in range(kills):
        # The later a run gets, the more there is to be found again.
        stage = 1 + (STAGES * part + chance.randrange(STAGES)) // kills
        hits += kill_at(run(disturbed), stage, chance.uniform(0, 0.4))
    finish(disturbed)
    finish(undisturbed)
    assert_same(disturbed, undisturbed)
    return hits


def test_a_run_that_is_killed_four_times_ends_as_an_undisturbed_one(
    pair: tuple[Path, Path],
) -> None:
    assert drill(pair, kills=4, seed=11) >= 3


@pytest.mark.soak
def test_a_run_that_is_killed_ten_times_ends_as_an_undisturbed_one(
    pair: tuple[Path, Path],
) -> None:
    assert drill(pair, kills=10, seed=23) >= 8


def postmaster(workspace: Path) -> int:
    """The database's main process, once it is there."""
    file = workspace / ".troth" / "postgres"
    for _ in range(3000):
        for pid in file.rglob("postmaster.pid"):
            with suppress(OSError, ValueError, IndexError):
                return int(pid.read_text().splitlines()[0])
        time.sleep(0.02)
    raise AssertionError(f"no server came up: {status(file)}")


def test_a_run_whose_database_is_killed_says_so_and_the_next_one_ends_the_same(
    pair: tuple[Path, Path],
) -> None:
    disturbed, undisturbed = pair
    process = run(disturbed)
    assert process.stderr is not None
    while (line := process.stderr.readline()) and "sync erp/orders" not in line:
        pass
    assert line, "the run ended before it came to the orders"
    os.kill(postmaster(disturbed), signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 2, told
    assert "The database does not answer" in told
    assert "run the command again" in told
    assert "Traceback" not in told
    finish(disturbed)
    finish(undisturbed)
    assert_same(disturbed, undisturbed)


def test_the_tables_of_the_state_are_all_but_the_journals(pair: tuple[Path, Path]) -> None:
    disturbed, _ = pair
    finish(disturbed)
    with (
        running(disturbed / ".troth" / "postgres") as server,
        psycopg.connect(unhidden(server.owner_url)) as owner,
    ):
        rows: list[Any] = owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename ~ '^(store|fact)_'"
        ).fetchall()
    others = {name for (name,) in rows} - set(STATE)
    journals = {"store_auditentry", "store_idempotencykey", "store_landing", "store_run"}
    people = {name for name in others if name.startswith(("store_user", "store_apitoken"))}
    assert others - journals - people <= BESIDE
    assert json.dumps(sorted(journals - others)) == "[]"
