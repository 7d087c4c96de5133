"""Does the audit log commit to every row that changed, and to no other?

Random work through every action, while triggers that know nothing of the actions remember each
changed row. A transaction's entries must name the same rows as its triggers.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from tests.scenarios.changes_seen import changes_claimed, changes_seen, watch, watched_tables
from tests.workspaces import Troth

import troth.actions
from troth.actions import (
    accounts,
    clock_checks,
    decisions,
    events,
    idempotency,
    people,
    policies,
    quarantine,
    questions,
    sessions,
)
from troth.actions import reads as read_log
from troth.actions.recording import recorded
from troth.api.shapes.decisions import INPUTS
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Role
from troth.core.decisions.kinds import read_input
from troth.core.decisions.receipt import seal
from troth.core.policies.versions import from_document
from troth.store.connecting import connect_to
from troth.store.models import (
    ApiToken,
    Customer,
    QuarantinedRow,
    ResolutionQuestion,
    SharedInput,
    User,
)
from troth.store.queries.customers import find_customers
from troth.store.queries.viewing import viewer_of

STEPS = 20_000 if os.environ.get("TROTH_SOAK") else 240
_NOW = datetime(2026, 6, 30, tzinfo=UTC)


class Company:
    """What the random steps work on."""

    def __init__(self, troth: Troth, seed: int) -> None:
        self.troth = troth
        self.dice = random.Random(seed)
        self.boss = people.system_user()
        self.counter = 0

    def number(self) -> int:
        self.counter += 1
        return self.counter


def _orders(company: Company) -> None:
    documents: list[Any] = []
    for _ in range(company.dice.randint(1, 4)):
        number = company.dice.randint(1, 400)
        data: dict[str, Any] = {
            "customer": f"shop:C-{number % 40}",
            "placed_at": "2026-06-12T09:30:00Z",
            "status": company.dice.choice(["open", "shipped", "cancelled"]),
            "total": {"amount": str(company.dice.randint(1, 999)), "currency": "EUR"},
        }
        if company.dice.random() < 0.1:
            data["placed_at"] = "yesterday"  # goes to quarantine
        documents.append(_event(company, "order", f"SO-{number}", data))
    events.land_events(documents, acting_user=company.boss)


def _customers(company: Company) -> None:
    number = company.dice.randint(1, 40)
    data = {
        "name": f"Person {company.dice.randint(1, 9)}",
        "email": f"p{company.dice.randint(1, 60)}@example.org",
        "country": company.dice.choice(["DE", "BR"]),
    }
    events.land_events([_event(company, "customer", f"C-{number}", data)], acting_user=company.boss)


def _event(company: Company, kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"random-{company.number()}",
        "source": "shop",
        "type": f"troth.record.{kind}.upserted",
        "subject": subject,
        "time": "2026-06-12T09:31:00Z",
        "data": data,
    }


def _people(company: Company) -> None:
    name = f"user{company.dice.randint(1, 30)}"
    role = company.dice.choice(list(Role))
    user = people.add_user(username=name, name=name, role=role, acting_user=company.boss)
    if company.dice.random() < 0.5:
        token = people.issue_login_link(user=user, acting_user=company.boss)
        people.redeem_login_link(token)
        assert people.redeem_login_link(token) is None
    else:
        token = people.issue_token(user=user, label="random", acting_user=company.boss)
        assert people.user_of_token(token) == user


def _access(company: Company) -> None:
    name = f"comes-and-goes-{company.dice.randint(1, 5)}"
    boss = company.boss
    user = people.add_user(username=name, name=name, role=Role.AGENT, acting_user=boss)
    role = company.dice.choice([Role.AGENT, Role.STEWARD, Role.AUDITOR])
    change = accounts.Change(role=role, team=str(company.dice.randint(1, 3)), regions=["SP"])
    user = accounts.change_user(user=user, change=change, acting_user=boss)
    user = accounts.activate(user=user, acting_user=boss)
    people.issue_token(user=user, label="random", acting_user=boss)
    sessions.note_sign_in(methods=["password"], acting_user=user)
    sessions.note_second_factor(action="added", work=lambda: None, acting_user=user)
    sessions.end_sessions(user=user, acting_user=boss)
    accounts.remove_second_factor(user=user, acting_user=boss)
    if company.dice.random() < 0.2:
        user = accounts.set_password(user=user, password="a long enough one", acting_user=user)
    if company.dice.random() < 0.5:
        accounts.deactivate(user=user, reason="random", acting_user=boss)


def _revoke(company: Company) -> None:
    for token in ApiToken.objects.filter(revoked_at=None).order_by("?")[:1]:
        people.revoke_token(token_id=token.pk, reason="random", acting_user=company.boss)


def _publish(company: Company) -> None:
    number = company.number()
    version = from_document(
        {
            "kind": "lead_time",
            "scope": "company",
            "number": 1_000 + number,
            "effective_from": _NOW + timedelta(days=number),
            "effective_to": None,
            "published_at": _NOW + timedelta(seconds=number),
            "outputs": {"service_quantile": "0.9"},
            "author": "dice",
            "reason": "random",
        }
    )
    planned = policies.Planned(version=version, replaces=None, file="random.yaml")
    policies.publish([planned], acting_user=company.boss)


def _breach(company: Company) -> None:
    at = _NOW + timedelta(days=company.dice.randint(-30, 60))
    clock_checks.breach_due_clocks(at=at, acting_user=company.boss)


def _question(company: Company) -> None:
    for question in ResolutionQuestion.objects.filter(settled_at=None).order_by("pk")[:1]:
        questions.keep_apart(
            question_id=question.pk, reason="they told us so", acting_user=company.boss
        )


def _replay(company: Company) -> None:
    ids = list(
        QuarantinedRow.objects.filter(resolved_at=None, source="shop")
        .order_by("?")
        .values_list("pk", flat=True)[:3]
    )
    workspace = find_workspace(company.troth.directory)
    quarantine.replay(workspace, ids=ids, acting_user=company.boss)


def _answer(company: Company) -> None:
    def work() -> idempotency.Answer:
        _orders(company)
        return idempotency.Answer(status=200, body="{}", content_type="application/json")

    key = f"key-{company.dice.randint(1, 50)}"
    idempotency.answer_once(acting_user=company.boss, key=key, request_sha256="x", work=work)


def _read(company: Company) -> None:
    agent = people.add_user(
        username="reader", name="Reader", role=Role.AGENT, acting_user=company.boss
    )
    find_customers(viewer=viewer_of(agent), page=company.dice.randint(1, 3), size=5)
    read_log.record_reads()


def _decide(company: Company) -> None:
    document = json.loads(json.dumps(INPUTS["promise"]))
    document["facts"]["order"] = f"shop:SO-{company.dice.randint(1, 500)}"
    document["facts"]["customer"] = None
    asked = read_input("promise", document)
    made = asked.decide()
    sealed = decisions.Sealed(
        decision=made, receipt=seal(made, asked.facts, asked.policy), region="default"
    )
    decisions.record_decision(sealed, acting_user=company.boss)


def _run(company: Company) -> None:
    company.troth.run("--thorough")


# Each step with how often it is taken, and the functions of `troth.actions` that it goes through.
STEPS_TAKEN: dict[Callable[[Company], None], tuple[int, tuple[str, ...]]] = {
    _orders: (30, ("events._land", "sync._keep")),
    _customers: (10, ("events._land",)),
    _people: (
        20,
        (
            "people.system_user",
            "people.add_user",
            "people.issue_login_link",
            "people.redeem_login_link",
            "people.issue_token",
        ),
    ),
    _revoke: (5, ("people.revoke_token",)),
    _access: (
        5,
        (
            "accounts.activate",
            "accounts.change_user",
            "accounts.deactivate",
            "accounts.remove_second_factor",
            "accounts.set_password",
            "sessions.end_sessions",
            "sessions.note_second_factor",
            "sessions.note_sign_in",
        ),
    ),
    _publish: (5, ("policies.publish",)),
    _breach: (5, ("clock_checks._breach_some",)),
    _question: (3, ("questions.keep_apart",)),
    _replay: (5, ("sync.resolve_rows",)),
    _answer: (10, ()),
    _read: (7, ("reads._write",)),
    _decide: (10, ("decisions.record_decision",)),
}
# The main job, every so often: it goes through the rest.
THROUGH_THE_RUN = (
    "sync._land",
    "customers.resolve_customers",
    "tiers._write_batch",
    "promises._record_batch",
    "priorities._record_batch",
)
# Not a change of a row of ours.
ELSEWHERE = {
    "run_requests.request_run": "defers a job; its own test looks at the entry",
    "sessions._linked": "writes no row of ours: whose an identity is stands in allauth's table",
}


def _differences(troth: Troth) -> tuple[set[Any], set[Any], int]:
    """(changed and not in an entry, in an entry and not changed, changes in all)"""
    seen, claimed = changes_seen(troth.owner_url), changes_claimed(troth.owner_url)
    changed = {(tx, *change) for tx, changes in seen.items() for change in changes}
    told = {(tx, *change) for tx, changes in claimed.items() for change in changes}
    return changed - told, told - changed, len(changed)


@pytest.fixture
def watched(blank: Troth) -> Troth:
    """An empty workspace whose database remembers each change; Django is pointed at it."""
    connect_to(connections, app_url=blank.app_url, owner_url=blank.owner_url)
    settings.WORKSPACE = blank.directory
    watch(blank.owner_url)
    return blank


def test_what_the_entries_commit_to_is_what_changed(watched: Troth, simulated: Path) -> None:
    for part in ("exports", "sources", "policies"):
        shutil.copytree(simulated / part, watched.directory / part, dirs_exist_ok=True)
    company = Company(watched, seed=7)
    steps = list(STEPS_TAKEN)
    weights = [STEPS_TAKEN[step][0] for step in steps]
    for number in range(STEPS):
        if number % (STEPS // 2) == 0:
            _run(company)
        company.dice.choices(steps, weights)[0](company)
    missing, extra, count = _differences(watched)
    assert (sorted(missing)[:10], sorted(extra)[:10]) == ([], [])
    assert count > STEPS
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
