"""What customers permit, over HTTP, as rows and in the log; and decisions that go by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from tests.api.company import Caller, add_customer, caller
from tests.api.test_problems import problem

from troth.core.access.roles import Role
from troth.core.consent.states import State
from troth.core.policies.scopes import Layer
from troth.store.facts.subjects import Entitlements, left_out_of
from troth.store.models import AuditEntry, ConsentEvent, ConsentNotice

NO: dict[str, Any] = {"purposes": ["personalisation_tier"], "said": "denied", "how": "phone"}


@pytest.fixture
def boss(db: None) -> Caller:
    return caller(Role.ADMINISTRATOR)


@pytest.fixture
def customer(db: None) -> str:
    return add_customer(1)


def said(who: Caller, customer: str, **changes: Any) -> Any:
    return who.post(f"/customers/{customer}/consents", json.dumps(NO | changes))


def standing(shown: Any, purpose: str) -> Any:
    return next(row for row in shown["purposes"] if row["purpose"] == purpose)


def test_what_a_customer_says_is_kept_proved_and_shown(boss: Caller, customer: str) -> None:
    before = boss.get(f"/customers/{customer}/consents").json()
    assert (before["left_out"], before["history"]) == ([], [])
    assert standing(before, "marketing")["is_permitted"] is False
    shown = said(boss, customer).json()
    assert shown["left_out"] == ["tier"]
    tier = standing(shown, "personalisation_tier")
    assert (tier["state"], tier["is_permitted"], tier["said"]["recorded_by"]) == (
        "denied", False, "administrator",
    )  # fmt: skip
    assert "which is an objection" in tier["why"]
    entry = AuditEntry.objects.get(action="customer:consent:denied")
    assert (entry.subject, entry.row_count) == (customer, 1)
    assert shown == boss.get("/customers/erp:C-1/consents").json() | {
        "at": shown["at"], "known_at": shown["known_at"],
    }  # fmt: skip
    again = said(boss, customer, said="granted", purposes=["personalisation_tier", "marketing"])
    assert again.json()["left_out"] == []
    assert len(again.json()["history"]) == 3


def test_the_state_is_shown_on_both_axes_of_time(boss: Caller, customer: str) -> None:
    now = datetime.now(UTC)
    ahead, later = now + timedelta(days=9), now + timedelta(days=10)
    said(boss, customer, effective_at=ahead.isoformat())
    at = f"/customers/{customer}/consents?at="
    for moment, known, state in (
        (now, later, "none"),
        (later, later, "denied"),
        (later, now - timedelta(days=1), "none"),
    ):
        moments = f"{moment:%Y-%m-%dT%H:%M:%SZ}&known_at={known:%Y-%m-%dT%H:%M:%SZ}"
        shown = boss.get(at + moments).json()
        assert standing(shown, "personalisation_tier")["state"] == state


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"purposes": ["service"]}, "neither grants nor refuses"),
        ({"purposes": ["news"]}, "No purpose is called"),
        ({"expires_at": "2126-01-01T00:00:00Z"}, "leave expires_at out of a no"),
        ({"said": "maybe"}, ""),
        ({"purposes": []}, ""),
        ({"how": "by carrier pigeon"}, ""),
    ],
)
def test_what_nobody_can_say_is_refused_and_nothing_is_kept(
    boss: Caller, customer: str, changes: dict[str, Any], says: str
) -> None:
    told = problem(said(boss, customer, **changes), 422, "invalid")
    assert says in told["detail"]
    assert not ConsentEvent.objects.exists()


def test_who_may_not_is_refused(boss: Caller, customer: str) -> None:
    auditor = caller(Role.AUDITOR)
    problem(said(auditor, customer), 403, "forbidden")
    problem(auditor.post("/purposes", json.dumps(NOTICE)), 403, "forbidden")
    problem(said(boss, "cus_nobody"), 404, "not-found")


NOTICE: dict[str, Any] = {
    "purpose": "personalisation_tier",
    "basis": "consent",
    "title": "Treatment by tier",
    "text": "With your consent we treat you by your tier.",
    "layers": ["tier"],
    "valid_days": 30,
}


def test_a_purpose_that_now_needs_consent_leaves_its_layer_out_for_all_who_said_nothing(
    boss: Caller, customer: str
) -> None:
    first = boss.post("/purposes", json.dumps(NOTICE)).json()
    assert (first["version"], first["is_in_force"]) == (1, True)
    assert boss.post("/purposes", json.dumps(NOTICE)).json()["version"] == 1  # says the same
    now = datetime.now(UTC)
    (floor,) = left_out_of(customer, at=now)
    assert (floor.code, floor.layers) == ("floor:consent", (Layer.TIER,))
    granted = said(boss, customer, said="granted").json()
    tier = standing(granted, "personalisation_tier")
    # The notice gives the yes an end, 30 days from now.
    assert tier["notice_version"] == 1 and tier["ends_at"] is not None
    assert left_out_of(customer, at=datetime.now(UTC)) == ()
    assert left_out_of(customer, at=now + timedelta(days=31)) != ()
    second = boss.post("/purposes", json.dumps(NOTICE | {"asks_again": True})).json()
    assert second["version"] == 2
    shown = boss.get(f"/customers/{customer}/consents").json()
    assert standing(shown, "personalisation_tier")["state"] == "expired"
    listed = boss.get("/purposes").json()["data"]
    mine = [row["version"] for row in listed if row["purpose"] == "personalisation_tier"]
    assert sorted(mine) == [0, 1, 2]


def test_policies_are_asked_for_the_layers_that_are_permitted(boss: Caller, customer: str) -> None:
    said(boss, customer, purposes=["personalisation_own", "personalisation_segment"])
    now = datetime.now(UTC)
    entitled = Entitlements.load()
    who = entitled.subject_at(customer, now, segment="retail", regions=("SP",))
    assert (who.customers, who.segments, who.regions, who.member) == ((), (), ("SP",), customer)
    earlier = entitled.subject_at(
        customer, now - timedelta(hours=1), segment="retail", regions=("SP",)
    )
    assert earlier.customers == (customer,)
    states = {item.purpose: item.state for item in entitled.permitted_at(customer, now).consent}
    assert states == {
        "personalisation_own": State.DENIED,
        "personalisation_tier": State.NONE,
        "personalisation_segment": State.DENIED,
        "profiling": State.NONE,
    }


def test_statements_are_neither_changed_nor_deleted(boss: Caller, customer: str) -> None:
    said(boss, customer)
    boss.post("/purposes", json.dumps(NOTICE))
    for statement in (
        "UPDATE store_consentevent SET said = 'granted'",
        "DELETE FROM store_consentevent",
        "DELETE FROM store_consentnotice",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    assert ConsentNotice.objects.count() == 1
