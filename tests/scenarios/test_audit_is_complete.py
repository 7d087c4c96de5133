"""Does the audit log commit to every row that changed, and to no other?

Random work through every action, while triggers that know nothing of the actions remember each
changed row. A transaction's entries must name the same rows as its triggers.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.scenarios.changes_seen import changes_claimed, changes_seen, watch, watched_tables
from tests.scenarios.random_work import (
    ELSEWHERE,
    STEPS_TAKEN,
    THROUGH_THE_RUN,
    Company,
    look_at,
    run,
)
from tests.workspaces import Troth

import troth.actions
from troth.actions import (
    people,
)
from troth.actions.recording import recorded
from troth.actions.verifying import verify_log
from troth.store.models import (
    Customer,
    SharedInput,
    User,
)


def _differences(troth: Troth) -> tuple[set[Any], set[Any], int]:
    """(changed and not in an entry, in an entry and not changed, changes in all)"""
    seen, claimed = changes_seen(troth.owner_url), changes_claimed(troth.owner_url)
    changed = {(tx, *change) for tx, changes in seen.items() for change in changes}
    told = {(tx, *change) for tx, changes in claimed.items() for change in changes}
    return changed - told, told - changed, len(changed)


@pytest.fixture
def watched(blank: Troth) -> Troth:
    """An empty workspace whose database remembers each change; Django is pointed at it."""
    look_at(blank)
    settings.WORKSPACE = blank.directory
    watch(blank.owner_url)
    return blank


@pytest.mark.parametrize("count", [240, pytest.param(20_000, marks=pytest.mark.soak)])
def test_what_the_entries_commit_to_is_what_changed(
    watched: Troth, simulated: Path, count: int
) -> None:
    for part in ("exports", "sources", "policies"):
        shutil.copytree(simulated / part, watched.directory / part, dirs_exist_ok=True)
    company = Company(watched, seed=7)
    steps = list(STEPS_TAKEN)
    weights = [STEPS_TAKEN[step][0] for step in steps]
    for number in range(count):
        if number % (count // 2) == 0:
            run(company)
        company.dice.choices(steps, weights)[0](company)
    missing, extra, changes = _differences(watched)
    assert (sorted(missing)[:10], sorted(extra)[:10]) == ([], [])
    assert changes > count
    # Nor does anything stand otherwise than its newest entry says, the erased left out.
    assert verify_log(acting_user=people.system_user()).fault is None
    assert Customer.objects.exists()
    assert SharedInput.objects.exists()


def test_a_write_that_forgets_its_entry_is_found(watched: Troth) -> None:
    people.system_user()
    User.objects.filter(username="troth").update(name="Somebody else")
    missing, extra, _ = _differences(watched)
    assert [(table, op) for _, table, _, op in missing] == [("store_user", "write")]
    assert extra == set()


def test_an_entry_for_a_row_that_did_not_change_is_found(watched: Troth) -> None:
    with recorded(acting_user=people.system_user(), action="a:b:c", right=None) as entry:
        entry.changed("store_customer", "cus_none", b"")
    missing, extra, _ = _differences(watched)
    assert missing == set()
    assert [(table, key) for _, table, key, _ in extra] == [("store_customer", "cus_none")]


def test_every_action_that_records_is_among_the_steps() -> None:
    taken = {name for _, names in STEPS_TAKEN.values() for name in names}
    named = taken | set(THROUGH_THE_RUN) | set(ELSEWHERE)
    folder = Path(troth.actions.__path__[0])
    recording = {
        f"{path.stem}.{function.name}"
        for path in folder.glob("*.py")
        if path.stem != "recording"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(
            isinstance(node, ast.Call) and ast.unparse(node.func) == "recorded"
            for node in ast.walk(function)
        )
    }
    assert recording - named == set()
    assert named - recording == set()


def test_every_table_is_watched_or_exempt_for_a_reason() -> None:
    assert "store_customer" in watched_tables()
