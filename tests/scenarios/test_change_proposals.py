"""When is a change of policies proposed, what does it say of itself, and who sees it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.scenarios.changing import (
    ANSWER,
    GOLD,
    drafted,
    make_company,
    proposed,
    signed,
    written,
)

from troth.actions import changes
from troth.actions.applying import propose_written
from troth.actions.change_errors import (
    ChangeError,
    ConflictsError,
    HiddenScopeError,
    SignOffsMissingError,
)
from troth.actions.people import system_user
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, PolicyChange, PolicyVersion, User
from troth.store.queries.changes import find_changes
from troth.store.queries.viewing import viewer_of

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def people(db: None) -> dict[Role, User]:
    return make_company()


def test_a_change_with_conflicts_is_not_proposed_and_hints_do_not_hold_it_up(
    people: dict[Role, User],
) -> None:
    engineer = people[Role.OPERATIONS_ENGINEER]
    table = {
        "inputs": ["total"],
        "outputs": ["service_quantile"],
        "rules": [
            {"id": "any", "when": {}, "then": {"service_quantile": 0.9}},
            {"id": "large", "when": {"total": "> 1000"}, "then": {"service_quantile": 0.98}},
        ],
    }
    masked = GOLD | {"table": table | {"hit": "FIRST"}}
    row = drafted(engineer, masked)
    with pytest.raises(ConflictsError, match="Rule 2 never decides"):
        changes.propose(row.pk, acting_user=engineer)
    assert PolicyChange.objects.get(pk=row.pk).state == "draft"
    gap = GOLD | {"table": table | {"rules": table["rules"][1:]}}  # a gap is a hint
    changes.edit(row.pk, written=written(gap), acting_user=engineer)
    assert changes.propose(row.pk, acting_user=engineer).state == "proposed"


# Whom it reaches.


def test_reach_is_counted_from_what_has_landed(people: dict[Role, User]) -> None:
    engineer = people[Role.OPERATIONS_ENGINEER]
    # Of three customers one is gold: seven orders of 100 EUR, one of them cancelled, three open.
    row = changes.check_change(drafted(engineer).pk, acting_user=engineer)
    assert row.reach == {
        "landed": 3 + 21 + 3, "customers": 1, "money": {"EUR": "600"}, "promises": 3, "moved": None,
    }  # fmt: skip
    everybody = drafted(engineer, ANSWER)  # a case each
    row = changes.check_change(everybody.pk, acting_user=engineer)
    assert (row.reach["customers"], row.reach["promises"]) == (3, 3)


def test_the_first_policies_of_a_workspace_need_no_sign_off_and_the_log_says_why(db: None) -> None:
    row = propose_written(written(GOLD), acting_user=system_user())
    assert row is not None
    assert (row.state, row.needed) == ("scheduled", [])
    assert "No sign-off is needed: no customer" in row.rule
    published = AuditEntry.objects.get(action="policy:change:published")
    assert "No sign-off is needed" in published.envelope
    assert PolicyVersion.objects.filter(pk__in=row.versions).count() == 1


def test_what_needed_no_sign_off_when_it_was_proposed_needs_one_when_customers_have_landed(
    db: None,
) -> None:
    manager = User.objects.create(
        username="first", name="F", role=Role.OPERATIONS_MANAGER.value, password="!"
    )
    row = proposed(manager)  # who may not publish
    assert row.state == "approved"
    make_company()
    with pytest.raises(SignOffsMissingError, match="sign-off of operations is missing"):
        changes.publish_change(row.pk, acting_user=system_user())


def test_applying_the_same_files_again_leads_to_the_change_that_waits(
    people: dict[Role, User],
) -> None:
    first = propose_written(written(GOLD), acting_user=system_user())
    again = propose_written(written(GOLD), acting_user=system_user(), is_automatic=True)
    assert first is not None and again is not None
    assert (first.pk, first.state) == (again.pk, "proposed")
    signed(first, "operations", people[Role.OPERATIONS_MANAGER], changes.REJECTED)
    # A job does not ask again for what was refused; a person may.
    job = propose_written(written(GOLD), acting_user=system_user(), is_automatic=True)
    person = propose_written(written(GOLD), acting_user=system_user())
    assert job is not None and person is not None
    assert (job.pk, job.state) == (first.pk, "rejected")
    assert (person.pk != first.pk, person.state) == (True, "proposed")


# Who sees it.


def test_a_draft_is_seen_by_those_who_write_and_check(people: dict[Role, User]) -> None:
    row = drafted(people[Role.OPERATIONS_ENGINEER])
    seen = {
        role
        for role, user in people.items()
        if find_changes(viewer=viewer_of(user), at=AT, state="all").rows
    }
    assert seen == {
        Role.OPERATIONS_MANAGER, Role.OPERATIONS_ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR,
    }  # fmt: skip
    changes.propose(row.pk, acting_user=people[Role.OPERATIONS_ENGINEER])
    assert find_changes(viewer=viewer_of(people[Role.EXECUTIVE]), at=AT).rows[0].id == row.pk


def test_a_change_for_nobody_known_is_refused(people: dict[Role, User]) -> None:
    engineer = people[Role.OPERATIONS_ENGINEER]
    for scope in ("customer:cus_nobody", "contract:C-nobody"):
        with pytest.raises(HiddenScopeError, match="or you may not see it"):
            drafted(engineer, GOLD | {"scope": scope})


@pytest.mark.parametrize(
    "attempt",
    [
        lambda user: changes.draft(written(GOLD), title=" ", reason="r", acting_user=user),
        lambda user: changes.draft(written(GOLD), title="t", reason="", acting_user=user),
        lambda user: changes.draft([], title="t", reason="r", acting_user=user),
    ],
)
def test_a_change_without_words_or_content_is_refused(
    people: dict[Role, User], attempt: Callable[[User], Any]
) -> None:
    with pytest.raises(ChangeError):
        attempt(people[Role.OPERATIONS_ENGINEER])
    assert not PolicyChange.objects.exists()


# Races, with transactions of their own.
