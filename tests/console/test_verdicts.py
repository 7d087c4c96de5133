"""Can a steward settle who is who from the page, and nobody else?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.console.company import customer_id

from troth.actions import merging
from troth.core.access.roles import Right, Role, may
from troth.store.models import AuditEntry, IdentityVerdict, ResolutionQuestion, User

Reader = Callable[[Role], Client]
VERDICT = "/questions/question-1/keep-apart"
REASON = {"reason": "Two companies share one office."}


def is_open() -> bool:
    return ResolutionQuestion.objects.get().settled_at is None


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_settle_identity_sees_the_form_and_settles(
    company: None, reader: Reader, role: Role
) -> None:
    client, is_allowed = reader(role), may(role, Right.SETTLE_IDENTITY)
    assert (
        f'action="{VERDICT}"' in client.get("/questions/question-1").content.decode()
    ) is is_allowed
    assert client.post(VERDICT, REASON).status_code == (302 if is_allowed else 403)
    assert is_open() is not is_allowed


def test_a_verdict_is_told_kept_with_its_author_and_reason_and_not_asked_again(
    company: None, reader: Reader, people: dict[Role, User]
) -> None:
    text = reader(Role.STEWARD).post(VERDICT, REASON, follow=True).content.decode()
    assert "Kept apart. Both stay customers of their own" in text
    assert "No question is open" in text
    row = ResolutionQuestion.objects.get()
    assert (row.verdict, row.settled_at is None) == ("apart", False)
    entry = AuditEntry.objects.get(action="customer:identity:kept_apart")
    assert (entry.actor, entry.subject) == (people[Role.STEWARD], "question-1")
    assert entry.reason == REASON["reason"]


@pytest.mark.parametrize("form", [{}, {"reason": ""}, {"reason": " \n"}, {"reason": "\0"}])
def test_a_verdict_without_a_reason_settles_nothing(
    company: None, reader: Reader, form: dict[str, str]
) -> None:
    text = reader(Role.STEWARD).post(VERDICT, form, follow=True).content.decode()
    assert "say in a sentence how you know" in text
    assert is_open()


def test_a_second_verdict_says_that_the_question_is_open_no_longer(
    company: None, reader: Reader
) -> None:
    client = reader(Role.STEWARD)
    client.post(VERDICT, REASON)
    settled_at = ResolutionQuestion.objects.get().settled_at
    assert "open no longer" in client.post(VERDICT, REASON, follow=True).content.decode()
    assert ResolutionQuestion.objects.get().settled_at == settled_at


def test_a_verdict_is_a_post(company: None, reader: Reader) -> None:
    assert reader(Role.STEWARD).get(VERDICT).status_code == 405
    assert is_open()


def test_the_consequence_stands_beside_the_button_and_the_field_has_its_label(
    company: None, reader: Reader
) -> None:
    text = reader(Role.STEWARD).get("/questions/question-1").content.decode()
    assert '<label for="reason-question-1">' in text
    assert 'id="reason-question-1" name="reason" required' in text
    assert 'id="consequence-question-1">Both stay customers of their own;' in text
    assert 'aria-describedby="asked-question-1 consequence-question-1">Keep apart<' in text


def test_a_question_on_today_leads_to_where_it_is_settled(company: None, reader: Reader) -> None:
    text = reader(Role.STEWARD).get("/").content.decode()
    assert 'href="/questions#question-question-1"' in text
    assert VERDICT not in text


def test_a_steward_who_reads_german_settles_in_german(company: None, reader: Reader) -> None:
    client = reader(Role.STEWARD)
    client.post("/language", {"language": "de"})
    assert "Getrennt lassen" in client.get("/questions/question-1").content.decode()
    assert customer_id(0) in client.get("/questions/question-1").content.decode()
    assert "Getrennt gelassen." in client.post(VERDICT, REASON, follow=True).content.decode()


def test_both_sides_stand_beside_each_other_and_the_evidence_is_drawn(
    company: None, reader: Reader
) -> None:
    ResolutionQuestion.objects.update(
        evidence=[
            {"comparison": "name", "level": "nearly the same", "weight": "6.5"},
            {"comparison": "city", "level": "different", "weight": "-2"},
        ],
        weight="4.5",
        probability="0.95",
    )
    text = reader(Role.STEWARD).get("/questions/question-1").content.decode()
    assert text.count("<rect") == 2
    assert 'class="against" x="166"' in text  # 240 over 6.5: the bar of -2 ends where 6.5 began
    assert "differs" in text
    assert "agrees" in text


@pytest.fixture
def undecided(company: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decided again: this company's orders are written by hand, and none is whole.

    That it is, tests/actions/test_merging.py holds.
    """
    monkeypatch.setattr(merging, "decide_again", lambda customers, acting_user: None)


def test_what_a_merge_changes_is_shown_before_the_button(undecided: None, reader: Reader) -> None:
    client = reader(Role.STEWARD)
    text = client.get("/questions/question-1/consequences").content.decode()
    assert text.index("What changes") < text.index("Merge customers")
    assert is_open()
    client.post("/questions/question-1/make-one", REASON)
    assert ResolutionQuestion.objects.get().verdict == "same"
    verdict = IdentityVerdict.objects.get()
    assert verdict.pk in client.get("/verdicts").content.decode()
    assert "What changes" in client.get(f"/verdicts/{verdict.pk}").content.decode()
    assert client.get(f"/customers/{verdict.other}").headers["Location"] == (
        f"/customers/{verdict.one}"
    )
    client.post(f"/verdicts/{verdict.pk}/withdraw", REASON)
    assert is_open()


def test_two_customers_whom_no_question_names_are_merged_after_a_look(
    undecided: None, reader: Reader
) -> None:
    client, pair = reader(Role.STEWARD), {"one": customer_id(0), "other": customer_id(1)}
    text = client.get("/merge", pair).content.decode()
    assert "What changes" in text
    assert not IdentityVerdict.objects.exists()
    client.post("/merge/now", pair | REASON)
    assert IdentityVerdict.objects.get().verdict == "same"
    refused = client.get("/merge", pair).content.decode()
    assert "are one customer already" in refused
