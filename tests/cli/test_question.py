"""Does `troth question` show who may be whom, and settle it with a reason?"""

from __future__ import annotations

import pytest
from tests.workspaces import Troth

FIRST, SECOND = "brg_0000000000000001", "brg_0000000000000002"
_ASK = (
    "INSERT INTO store_resolutionquestion"
    " (id, source_key, customers, because, asked_at, settled_at, verdict, evidence)"
    """ VALUES (%s, %s, '["cus_1", "cus_2"]', 'a tax id', %s, NULL, '', '[]')"""
)


@pytest.fixture
def asked(blank: Troth) -> Troth:
    """Two questions wait."""
    blank.rows(_ASK, SECOND, "crm:B", "2026-02-02T00:00:00Z")
    blank.rows(_ASK, FIRST, "crm:A", "2026-02-01T00:00:00Z")
    return blank


def ids(troth: Troth, *arguments: str) -> list[str]:
    return [row["id"] for row in troth("question", "list", "--json", *arguments).json()]


def test_the_questions_that_wait_are_listed_oldest_first(asked: Troth) -> None:
    assert ids(asked) == [FIRST, SECOND]
    assert ids(asked, "--limit", "1") == [FIRST]
    (first, _) = asked("question", "list", "--json").json()
    assert first["source_key"] == "crm:A"
    assert [item["id"] for item in first["customers"]] == ["cus_1", "cus_2"]
    assert (first["settled_at"], first["verdict"]) == (None, None)
    shown = asked("question", "list").out
    assert "2 questions wait" in shown
    assert "crm:A" in shown


def test_a_verdict_is_kept_with_its_reason_and_the_question_waits_no_more(asked: Troth) -> None:
    answer = asked("question", "keep-apart", FIRST, "--reason", " Their tax ids differ. ")
    assert answer.code == 0, answer.err
    assert "not asked again" in answer.out
    assert (ids(asked), ids(asked, "--all")) == ([SECOND], [FIRST, SECOND])
    entry = "SELECT reason FROM store_auditentry WHERE subject = %s"
    assert asked.one(entry, FIRST) == "Their tax ids differ."


def test_a_verdict_that_cannot_be_says_why_and_where_to_read_on(asked: Troth) -> None:
    unknown = asked("question", "keep-apart", "brg_none", "--reason", "Known.")
    assert unknown.code == 2
    assert "brg_none" in unknown.err
    assert "troth question list" in unknown.err
    assert "troth explain identity.question.unknown" in unknown.err
    silent = asked("question", "keep-apart", FIRST, "--reason", "  ")
    assert silent.code == 2
    assert "troth explain identity.reason.missing" in silent.err
    assert asked("question", "keep-apart", FIRST).code == 2
    assert ids(asked) == [FIRST, SECOND]
