"""Does a change of policies come into force by the right people alone, and by nothing else?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.db import OperationalError, connections, transaction
from django.utils import timezone
from tests.scenarios.changing import (
    ANSWER,
    CREDIT,
    GOLD,
    REASON,
    drafted,
    make_company,
    proposed,
    signed,
    written,
)

from troth.actions import changes, policies
from troth.actions.access import AccessRefusedError
from troth.actions.applying import propose_written
from troth.actions.change_errors import (
    BaseMovedError,
    ChangeError,
    EditedMeanwhileError,
    NotAskedError,
    SignedAlreadyError,
    SignOffsMissingError,
)
from troth.actions.people import system_user
from troth.core.access import deciding
from troth.core.access.rights import RULES
from troth.core.access.roles import Right, Role
from troth.core.policies.approvals import SIGNS, Function
from troth.core.policies.changes import StepError
from troth.store.models import AuditEntry, PolicyChange, PolicySignOff, PolicyVersion, User
from troth.store.queries.changes import change, find_changes
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_the_program, viewer_of
from troth.store.server import Server

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
FUNCTIONS = [function.value for function in Function]
REFUSALS = (NotAllowedError, NotFoundError)


@pytest.fixture
def people(db: None) -> dict[Role, User]:
    return make_company()


def other(role: Role) -> User:
    """A second person of a role."""
    return User.objects.create(
        username=f"other-{role.value}", name="Other", role=role.value, password="!"
    )


# Who may do what: the table.


def table() -> list[dict[str, str]]:
    text = Path(__file__).with_name("policy_changes.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def attempts(author: User, user: User) -> dict[str, Callable[[], object]]:
    """Each verb, upon a change in the state in which the verb is possible."""

    def asked(function: str) -> object:
        return signed(proposed(author, CREDIT, ANSWER), function, user)

    def own() -> object:
        row = proposed(author, CREDIT, ANSWER)
        PolicyChange.objects.filter(pk=row.pk).update(makers=[user.pk])
        right = next((f for f in FUNCTIONS if user.may(SIGNS[Function(f)])), "operations")
        return signed(row, right, user)

    def published() -> object:
        row = proposed(author, GOLD)
        PolicyChange.objects.filter(pk=row.pk).update(needed=[], state="approved")
        with mock.patch("troth.actions.changes._require_signed"):
            return changes.publish_change(row.pk, acting_user=user)

    return {
        "draft": lambda: drafted(user),
        "edit": lambda: changes.edit(drafted(author).pk, title="Another", acting_user=user),
        "check": lambda: changes.check_change(drafted(author).pk, acting_user=user),
        "propose": lambda: changes.propose(drafted(author).pk, acting_user=user),
        **{name: (lambda name=name: asked(name)) for name in FUNCTIONS},
        "own": own,
        "withdraw": lambda: changes.withdraw(drafted(author).pk, reason="x", acting_user=user),
        "publish": published,
    }


def test_each_role_may_do_what_the_table_says(people: dict[Role, User]) -> None:
    author = other(Role.OPERATIONS_ENGINEER)
    found = []
    for role in Role:
        cells = {"role": role.value}
        for verb, attempt in attempts(author, people[role]).items():
            with transaction.atomic():
                try:
                    attempt()
                except REFUSALS:
                    cells[verb] = "no"
                else:
                    cells[verb] = "yes"
                transaction.set_rollback(True)
        found.append(cells)
    assert found == table()


# Maker and checker.


def test_nobody_signs_what_they_wrote_or_edited(people: dict[Role, User]) -> None:
    manager = people[Role.OPERATIONS_MANAGER]
    row = proposed(manager)
    with pytest.raises(AccessRefusedError, match="wrote or edited"):
        signed(row, "operations", manager)
    by_other = proposed(other(Role.OPERATIONS_MANAGER), CREDIT)
    changes.edit(by_other.pk, title="Mine now", acting_user=manager)
    changes.propose(by_other.pk, acting_user=manager)
    with pytest.raises(AccessRefusedError, match="wrote or edited"):
        signed(by_other, "operations", manager)


def test_without_the_rule_an_author_would_sign_their_own(
    people: dict[Role, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = [rule for rule in RULES if rule.id != "forbid:own-change"]
    monkeypatch.setattr(deciding, "_ENGINE", deciding.Engine(without))
    manager = people[Role.OPERATIONS_MANAGER]
    assert signed(proposed(manager), "operations", manager).state == "approved"


def test_troth_itself_signs_nothing(people: dict[Role, User]) -> None:
    row = proposed(people[Role.OPERATIONS_ENGINEER])
    with pytest.raises(AccessRefusedError, match="a person's, not the program's"):
        signed(row, "operations", system_user())


def test_one_person_signs_for_one_function(people: dict[Role, User]) -> None:
    row = proposed(people[Role.OPERATIONS_ENGINEER], CREDIT, ANSWER)
    boss = people[Role.ADMINISTRATOR]
    signed(row, "finance", boss)
    with pytest.raises(SignedAlreadyError, match="somebody else has to sign for legal"):
        signed(row, "legal", boss)
    with pytest.raises(NotAskedError, match="signed for finance"):
        signed(row, "finance", people[Role.EXECUTIVE])


def test_a_function_that_is_not_asked_does_not_sign(people: dict[Role, User]) -> None:
    row = proposed(people[Role.OPERATIONS_ENGINEER])
    with pytest.raises(NotAskedError, match="It needs operations"):
        signed(row, "legal", people[Role.PRIVACY_OFFICER])


# From a draft into force.


def test_a_change_is_published_when_all_have_signed_and_not_before(
    people: dict[Role, User],
) -> None:
    engineer = people[Role.OPERATIONS_ENGINEER]
    row = proposed(engineer, CREDIT, ANSWER)
    signers = (("operations", Role.OPERATIONS_MANAGER), ("service", Role.ADMINISTRATOR),
               ("legal", Role.PRIVACY_OFFICER), ("finance", Role.EXECUTIVE))  # fmt: skip
    before = PolicyVersion.objects.count()
    for function, role in signers:
        with pytest.raises(StepError, match="cannot be published"):
            changes.publish_change(row.pk, acting_user=engineer)
        row = signed(row, function, people[role])
    assert row.state == "approved"
    assert PolicyVersion.objects.count() == before
    row = changes.publish_change(row.pk, acting_user=engineer)
    assert PolicyVersion.objects.filter(pk__in=row.versions).count() == 2
    # It begins in July: scheduled until then, live from then on.
    assert [
        change(viewer=viewer_of(engineer), change_id=row.pk, at=AT + timedelta(days=days)).row.state
        for days in (0, 1)
    ] == ["scheduled", "live"]
    entries = AuditEntry.objects.filter(subject=row.pk).order_by("index")
    assert [entry.action.rpartition(":")[2] for entry in entries] == [
        "drafted", "proposed", "signed", "signed", "signed", "signed", "published",
    ]  # fmt: skip


def test_one_no_ends_it_and_an_edit_takes_it_up_again(people: dict[Role, User]) -> None:
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    row = signed(proposed(engineer), "operations", manager, changes.REJECTED)
    assert row.state == "rejected"
    with pytest.raises(StepError, match="can be edited or be withdrawn"):
        changes.propose(row.pk, acting_user=engineer)
    changes.edit(row.pk, written=written(GOLD, reason="Talked over."), acting_user=engineer)
    again = changes.propose(row.pk, acting_user=engineer)
    assert signed(again, "operations", manager).state == "approved"


def test_an_edit_makes_the_sign_offs_void_and_says_so(people: dict[Role, User]) -> None:
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    row = signed(proposed(engineer), "operations", manager)
    seen = row.digest
    assert changes.edit(row.pk, title="Gold, sooner", acting_user=engineer) == 1
    with pytest.raises(StepError, match="draft cannot be published"):
        changes.publish_change(row.pk, acting_user=engineer)
    changes.propose(row.pk, acting_user=engineer)
    found = change(viewer=viewer_of(manager), change_id=row.pk, at=AT)
    assert [item.is_void for item in found.sign_offs] == [True]
    assert found.row.missing == ("operations",)
    # Edited back to what was signed, it is signed no more.
    changes.edit(row.pk, title="Gold", acting_user=engineer)
    assert PolicyChange.objects.get(pk=row.pk).digest != seen
    # Who signed the old one signs the new one.
    changes.propose(row.pk, acting_user=engineer)
    assert signed(row, "operations", manager).state == "approved"


def test_a_verdict_on_what_was_read_before_an_edit_is_not_kept(people: dict[Role, User]) -> None:
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    row = proposed(engineer)
    seen = row.digest
    changes.edit(row.pk, written=written(GOLD, outputs={"service_quantile": "0.5"}),
                 acting_user=engineer)  # fmt: skip
    changes.propose(row.pk, acting_user=engineer)
    with pytest.raises(EditedMeanwhileError):
        changes.sign(
            row.pk, function=Function.OPERATIONS, verdict=changes.APPROVED, reason=REASON,
            seen=seen, acting_user=manager,
        )  # fmt: skip
    assert not PolicySignOff.objects.exists()


def test_what_was_signed_cannot_be_exchanged_behind_the_back_of_who_signed(
    people: dict[Role, User],
) -> None:
    engineer = people[Role.OPERATIONS_ENGINEER]
    row = signed(proposed(engineer), "operations", people[Role.OPERATIONS_MANAGER])
    documents = [row.documents[0] | {"outputs": {"service_quantile": "0.5"}}]
    PolicyChange.objects.filter(pk=row.pk).update(documents=documents)
    with pytest.raises(SignOffsMissingError, match="not what was signed"):
        changes.publish_change(row.pk, acting_user=engineer)


def test_a_change_whose_base_has_moved_is_refused_until_it_is_edited(
    people: dict[Role, User],
) -> None:
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    row = signed(proposed(engineer), "operations", manager)
    policies.publish(
        policies.plan_written(written(GOLD, outputs={"service_quantile": "0.8"})),
        acting_user=engineer,
    )
    with pytest.raises(BaseMovedError, match="lead_time tier:gold"):
        changes.publish_change(row.pk, acting_user=engineer)
    assert change(viewer=viewer_of(engineer), change_id=row.pk, at=AT).moved == (
        "lead_time tier:gold",
    )
    later = written(GOLD, effective_from="2026-07-02T00:00:00Z")
    changes.edit(row.pk, written=later, acting_user=engineer)
    changes.propose(row.pk, acting_user=engineer)
    signed(row, "operations", manager)
    assert changes.publish_change(row.pk, acting_user=engineer).state == "scheduled"


def test_a_later_change_ends_the_one_before_it(people: dict[Role, User]) -> None:
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    rows = []
    for month in (7, 8):
        document = GOLD | {"effective_from": f"2026-0{month}-01T00:00:00Z"}
        row = signed(proposed(engineer, document), "operations", manager)
        rows.append(changes.publish_change(row.pk, acting_user=engineer))
    viewer = viewer_of(engineer)
    at = {month: datetime(2026, month, 15, tzinfo=UTC) for month in (6, 7, 8)}
    states = {
        month: [change(viewer=viewer, change_id=row.pk, at=moment).row.state for row in rows]
        for month, moment in at.items()
    }
    assert states == {
        6: ["scheduled", "scheduled"], 7: ["live", "scheduled"], 8: ["superseded", "live"],
    }  # fmt: skip
    for month, names in states.items():  # the list says the same
        for row, state in zip(rows, names, strict=True):
            listed = find_changes(viewer=viewer, at=at[month], state=state).rows
            assert row.pk in {item.id for item in listed}


def at_once(*writers: Callable[[], object]) -> list[str]:
    """What came of writers that were let go at the same moment: "" or the refusal."""
    together = threading.Barrier(len(writers))
    found = [""] * len(writers)

    def run(place: int) -> None:
        try:
            together.wait(60)
            writers[place]()
        except (ChangeError, StepError, NotAllowedError) as error:
            found[place] = type(error).__name__
        except OperationalError as error:  # a deadlock is no answer
            found[place] = str(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(writers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


ROUNDS = 3


def test_races_end_as_if_one_had_come_after_the_other(own_database: Server) -> None:
    people = make_company()
    engineer, manager = people[Role.OPERATIONS_ENGINEER], people[Role.OPERATIONS_MANAGER]
    boss, executive = people[Role.ADMINISTRATOR], people[Role.EXECUTIVE]

    for number in range(ROUNDS):
        document = GOLD | {
            "reason": f"Round {number}",
            "effective_from": f"2026-07-0{number + 1}T00:00:00Z",
        }
        # Two approve at once: one sign-off.
        row = proposed(engineer, document)
        came = at_once(
            lambda row=row: signed(row, "operations", manager),
            lambda row=row: signed(row, "operations", boss),
        )
        assert sorted(came)[0] == "" and sorted(came)[1] in ("NotAskedError", "StepError")
        assert row.sign_offs.count() == 1
        # Two publish at once, and a third the same through its own change: one version.
        came = at_once(
            lambda row=row: changes.publish_change(row.pk, acting_user=engineer),
            lambda row=row: changes.publish_change(row.pk, acting_user=boss),
        )
        assert sorted(came) == ["", "StepError"]
        assert PolicyVersion.objects.filter(reason=f"Round {number}").count() == 1

    # Two changes upon one base: one is published, the other is told that its base moved.
    later = GOLD | {"effective_from": "2026-08-01T00:00:00Z"}
    pair = [proposed(engineer, later | {"reason": name}) for name in ("Left", "Right")]
    for row in pair:
        signed(row, "operations", manager)
    came = at_once(
        *(lambda row=row: changes.publish_change(row.pk, acting_user=engineer) for row in pair)
    )
    assert sorted(came) == ["", "BaseMovedError"]

    # Approving while the author edits: the sign-off is of what was read, or it is none.
    for number in range(ROUNDS):
        row = proposed(engineer, ANSWER | {"reason": f"Edit {number}"})
        at_once(
            lambda row=row: changes.sign(
                row.pk, function=Function.LEGAL, verdict=changes.APPROVED, reason=REASON,
                seen=row.digest, acting_user=people[Role.PRIVACY_OFFICER],
            ),
            lambda row=row: changes.edit(row.pk, title="Edited", acting_user=engineer),
        )  # fmt: skip
        now = PolicyChange.objects.get(pk=row.pk)
        assert now.state == "draft"
        assert not now.sign_offs.filter(digest=now.digest).exists()

    # The same files applied by two at once: one change.
    came = at_once(
        *(
            lambda user=user: propose_written(written(CREDIT), acting_user=user)
            for user in (engineer, boss)
        )
    )
    assert came == ["", ""]
    assert PolicyChange.objects.filter(documents__0__kind="price_terms").count() == 1
    assert executive.may(Right.SIGN_FINANCE)
    with as_the_program():
        assert PolicyChange.objects.filter(published_at__gt=timezone.now()).count() == 0
