"""Who may restrict, name, break the glass and review it; is it told, and does it end?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.utils import timezone

from troth.actions import access
from troth.actions.erasure_journal import JOURNAL_VARIABLE
from troth.actions.people import add_user, system_user
from troth.actions.privacy import ErasureReason, erase
from troth.core.access.roles import Right, Role
from troth.store.models import (
    AuditEntry,
    AuditRow,
    BreakGlass,
    Customer,
    CustomerAccess,
    User,
)
from troth.store.queries import access as queries
from troth.store.queries.audit_secrets import sealed_values
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_the_program, viewer_of
from troth.store.row_content import row_content

WHY = "The customer asked for it on the telephone."
VIP = "cus_00000000000000a1"
AWAY = "cus_00000000000000a2"


@dataclass(frozen=True, kw_only=True)
class People:
    agent: User
    officer: User
    second_officer: User
    auditor: User


def _user(name: str, role: Role) -> User:
    return add_user(username=name, name=name.title(), role=role, acting_user=system_user())


@pytest.fixture
def people(db: None) -> People:
    agent = _user("anna", Role.AGENT)
    agent.regions = ["NORD"]
    agent.save()
    return People(
        agent=agent,
        officer=_user("petra", Role.PRIVACY_OFFICER),
        second_officer=_user("paul", Role.PRIVACY_OFFICER),
        auditor=_user("anton", Role.AUDITOR),
    )


@pytest.fixture(autouse=True)
def customers(people: People) -> None:
    with as_the_program():
        for key, region in ((VIP, "NORD"), (AWAY, "SUED")):
            Customer.objects.create(
                id=key,
                region="eu",
                sales_region=region,
                is_restricted=True,
                first_known_at=timezone.now(),
            )


def may_see(user: User, customer: str = VIP) -> bool:
    viewer = viewer_of(system_user())
    return queries.can(
        viewer=viewer, username=user.username, right=Right.SEE_CUSTOMERS, thing=customer
    ).is_allowed


def entries(action: str) -> list[AuditEntry]:
    with as_the_program():
        return list(AuditEntry.objects.filter(action=action))


def test_a_glass_opens_a_restricted_customer_to_whoever_breaks_it_alone(people: People) -> None:
    assert not may_see(people.agent)
    glass = access.break_glass(customer_id=VIP, reason=WHY, acting_user=people.agent)
    assert may_see(people.agent)
    assert not may_see(people.officer)
    assert glass.ends_at - glass.starts_at == timedelta(hours=1)
    (entry,) = entries("access:glass:broken")
    assert (entry.actor, entry.customer_id) == (people.agent, VIP)
    assert entry.detail == {"glass": glass.id, "hours": 1}


def test_a_broken_glass_is_over_by_itself(people: People) -> None:
    access.break_glass(customer_id=VIP, reason=WHY, acting_user=people.agent)
    assert len(queries.own_glasses(viewer=viewer_of(people.agent))) == 1
    BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert not may_see(people.agent)
    assert queries.own_glasses(viewer=viewer_of(people.agent)) == ()
    (waiting,) = queries.glasses(viewer=viewer_of(people.auditor), is_reviewed=False)
    assert waiting.is_waiting


@pytest.mark.parametrize("hours", [0, -1, 25])
def test_a_glass_is_not_broken_for_longer_than_a_day(people: People, hours: int) -> None:
    with pytest.raises(access.GlassHoursError):
        access.break_glass(customer_id=VIP, reason=WHY, hours=hours, acting_user=people.agent)
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "urgent", " " * 20])
def test_no_access_is_changed_without_a_reason_that_says_something(
    people: People, reason: str
) -> None:
    for verb in (access.break_glass, access.restrict, access.unrestrict):
        with pytest.raises(access.ShortReasonError):
            verb(customer_id=VIP, reason=reason, acting_user=people.officer)
    assert not may_see(people.officer)


def test_a_customer_out_of_reach_is_answered_as_one_that_there_is_not(people: People) -> None:
    told = []
    for key in (AWAY, "cus_none"):
        with pytest.raises(NotFoundError) as refused:
            access.break_glass(customer_id=key, reason=WHY, acting_user=people.agent)
        told.append(str(refused.value).replace(key, "X"))
    assert told[0] == told[1]


def test_there_is_no_glass_to_break_for_whoever_sees_the_customer(people: People) -> None:
    access.name_person(customer_id=VIP, user=people.agent, reason=WHY, acting_user=people.officer)
    with pytest.raises(access.GlassNotNeededError):
        access.break_glass(customer_id=VIP, reason=WHY, acting_user=people.agent)


def test_who_may_not_break_a_glass_learns_nothing_of_the_customer(people: People) -> None:
    for key in (VIP, "cus_none"):
        with pytest.raises(NotAllowedError, match="break_glass"):
            access.break_glass(customer_id=key, reason=WHY, acting_user=people.auditor)


def test_a_review_is_by_somebody_else_after_its_time_and_once(people: People) -> None:
    glass = access.break_glass(customer_id=VIP, reason=WHY, acting_user=people.officer)

    def review(user: User, verdict: str = "justified") -> None:
        access.review_glass(glass_id=glass.id, verdict=verdict, acting_user=user)

    with pytest.raises(access.AccessRefusedError, match="when its time is over"):
        review(people.second_officer)
    BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(access.AccessRefusedError, match="does not review it"):
        review(people.officer)
    with pytest.raises(NotAllowedError):
        review(people.agent)
    with pytest.raises(access.GlassVerdictError, match="no verdict"):
        review(people.second_officer, "fine")
    review(people.second_officer, "not_justified")
    with pytest.raises(access.GlassVerdictError, match="already"):
        review(people.second_officer)
    (row,) = queries.glasses(viewer=viewer_of(people.auditor))
    assert (row.verdict, row.reviewed_by) == ("not_justified", "Paul")
    assert len(entries("access:glass:reviewed")) == 1


def test_nobody_names_themselves_and_somebody_else_may(people: People) -> None:
    with pytest.raises(access.AccessRefusedError, match="Nobody names themselves"):
        access.name_person(
            customer_id=VIP, user=people.officer, reason=WHY, acting_user=people.officer
        )
    access.name_person(
        customer_id=VIP, user=people.officer, reason=WHY, acting_user=people.second_officer
    )
    assert may_see(people.officer)
    access.unname_person(
        customer_id=VIP, user=people.officer, reason=WHY, acting_user=people.officer
    )
    assert not may_see(people.officer)
    assert not CustomerAccess.objects.exists()


def test_a_name_may_end_by_itself(people: People) -> None:
    access.name_person(
        customer_id=VIP,
        user=people.agent,
        reason=WHY,
        ends_at=timezone.now() + timedelta(hours=1),
        acting_user=people.officer,
    )
    assert may_see(people.agent)
    CustomerAccess.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert not may_see(people.agent)


def test_restricting_is_seen_at_once_and_is_in_the_log_once(people: People) -> None:
    with as_the_program():
        Customer.objects.filter(pk=VIP).update(is_restricted=False)
    assert may_see(people.agent)
    for _ in range(2):
        access.restrict(customer_id=VIP, reason=WHY, acting_user=people.officer)
    assert not may_see(people.agent)
    assert len(entries("access:customer:restricted")) == 1
    access.unrestrict(customer_id=VIP, reason=WHY, acting_user=people.officer)
    assert may_see(people.agent)


def test_who_names_those_who_may_first_and_says_why_the_others_may_not(people: People) -> None:
    access.name_person(customer_id=VIP, user=people.agent, reason=WHY, acting_user=people.officer)
    answers = queries.who(viewer=viewer_of(people.auditor), right=Right.SEE_CUSTOMERS, thing=VIP)
    # The program itself needs no name.
    assert [row.username for row in answers if row.is_allowed] == ["anna", "troth"]
    assert answers[0].is_allowed
    assert {row.because for row in answers if not row.is_allowed} == {("forbid:restricted",)}
    with pytest.raises(NotAllowedError):
        queries.who(viewer=viewer_of(people.agent), right=Right.SEE_CUSTOMERS, thing=VIP)
    with pytest.raises(NotFoundError):
        queries.who(viewer=viewer_of(people.auditor), right=Right.SEE_CUSTOMERS, thing="nothing")


def _guess(row: BreakGlass | CustomerAccess, salt: bytes = b"") -> bytes:
    """The digest that whoever guesses the words would make."""
    return sha256(salt + row_content(row)).digest()


def _digests() -> set[bytes]:
    return {bytes(found) for found in AuditRow.objects.values_list("digest", flat=True)}


def _written(people: People) -> tuple[BreakGlass, CustomerAccess]:
    access.name_person(customer_id=VIP, user=people.agent, reason=WHY, acting_user=people.officer)
    glass = access.break_glass(customer_id=VIP, reason=WHY, acting_user=people.second_officer)
    with as_the_program():
        return BreakGlass.objects.get(pk=glass.id), CustomerAccess.objects.get(user=people.agent)


def test_what_people_write_of_a_customer_is_sealed_and_no_digest_lets_it_be_guessed(
    people: People,
) -> None:
    glass, name = _written(people)
    with as_the_program():
        # The control: who has the salt can make the digest.
        assert {_guess(glass, bytes(glass.salt)), _guess(name, bytes(name.salt))} <= _digests()
        BreakGlass.objects.filter(pk=glass.pk).update(ends_at=timezone.now())
        comment = "Frau Canary had asked for it."
        access.review_glass(
            glass_id=glass.pk, verdict="justified", comment=comment, acting_user=people.officer
        )
        glass.refresh_from_db()
        assert _guess(glass, bytes(glass.salt)) in _digests()
        assert not _digests() & {_guess(glass), _guess(name)}
        Customer.objects.filter(pk=VIP).update(is_restricted=False)  # or it hides what is sealed
        said = {
            "access:customer:named": WHY,
            "access:glass:broken": WHY,
            "access:glass:reviewed": comment,
        }
        for action, words in said.items():
            entry = AuditEntry.objects.get(action=action)
            assert words not in entry.envelope + entry.reason
            opened = sealed_values(viewer=viewer_of(people.officer), index=entry.index)
            assert opened.values == {"reason": words}


def test_with_an_erased_customer_the_salt_of_what_was_written_is_gone(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(JOURNAL_VARIABLE, str(tmp_path / "erasures.jsonl"))
    glass, name = _written(people)
    with as_the_program():
        erase(VIP, reason=ErasureReason.REQUEST, acting_user=system_user())
        for row in (glass, name):
            kept = type(row)._default_manager.get(pk=row.pk)
            assert (kept.reason, bytes(kept.salt) == bytes(row.salt)) == ("", False)
            assert _guess(kept, bytes(kept.salt)) in _digests()
