"""Can a steward settle who is who from the page, and nobody else?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.console.company import customer_id

from troth.core.access.roles import Right, Role, may
from troth.store.models import AuditEntry, ResolutionQuestion, User

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
    assert (f'action="{VERDICT}"' in client.get("/questions").content.decode()) is is_allowed
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
    text = reader(Role.STEWARD).get("/questions").content.decode()
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
    assert "Getrennt lassen" in client.get("/questions").content.decode()
    assert customer_id(0) in client.get("/questions").content.decode()
    assert "Getrennt gelassen." in client.post(VERDICT, REASON, follow=True).content.decode()
