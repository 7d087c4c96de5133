"""Can a policy's table be edited by a form, also without a script, and is nothing typed lost?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.console.company import NOW
from tests.scenarios.changing import GOLD, REASON, written

from troth.actions import changes
from troth.actions.people import system_user
from troth.core.access.roles import Role
from troth.core.policies.versions import from_document, to_document
from troth.store.facts.policies import row_of
from troth.store.models import PolicyChange, PolicyVersion, User
from troth.store.queries.viewing import as_the_program

Reader = Callable[[Role], Client]
WRITER, OTHER = Role.OPERATIONS_ENGINEER, Role.OPERATIONS_MANAGER
BEGIN = NOW - timedelta(days=30)
QUEUE: dict[str, Any] = {
    "kind": "queue",
    "scope": "company",
    "number": 1,
    "effective_from": BEGIN,
    "effective_to": None,
    "published_at": BEGIN,
    "outputs": {"rank_weight": "5"},
    "table": {
        "hit": "UNIQUE",
        "rules": [
            {"id": "r1", "when": {"severity": "1"}, "then": {"rank_weight": "10"}, "note": "why"},
            {"id": "r2", "when": {"severity": "> 1"}, "then": {"rank_weight": "20"}},
        ],
    },
    "author": "troth",
    "reason": "First",
    "clause": None,
}
HEADS = "hit policy\tUNIQUE\ncolumn\t\tinput\toutput\tnote\nname\t\tseverity\trank_weight\tnote\n"
SHEET = HEADS + "rule\tr1\t1\t12\twhy\nrule\tr2\t> 1\t20\t\nrule\t\t\t\t\n"


def publish(number: int = 1, **changed: Any) -> PolicyVersion:
    at = BEGIN + timedelta(hours=number)
    known = {"number": number, "effective_from": at, "published_at": at}
    row = row_of(from_document(QUEUE | known | changed), author=system_user())
    with as_the_program():
        row.save(force_insert=True)
    return row


@pytest.fixture
def version(company: None) -> PolicyVersion:
    return publish()


@pytest.fixture
def draft(company: None, people: dict[Role, User]) -> PolicyChange:
    document = to_document(from_document(QUEUE | {"effective_from": NOW, "published_at": NOW}))
    return changes.draft(
        written({key: document[key] for key in document if key not in ("number", "author")}),
        title="Queue", reason=REASON, acting_user=people[WRITER],
    )  # fmt: skip


def form(seen: str, **typed: str) -> dict[str, str]:
    return {
        "seen": seen,
        "table": SHEET,
        "output:rank_weight": "5",
        "effective_from": "2026-09-01T00:00",
        "title": "Queue",
        "reason": "They wait too long.",
        "verb": "save",
    } | typed


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def test_saving_drafts_a_change_with_exactly_the_table_and_publishes_nothing(
    reader: Reader, version: PolicyVersion
) -> None:
    client, before = reader(WRITER), PolicyVersion.objects.count()
    assert f'href="/policies/{version.pk}/edit"' in page(client.get(f"/policies/{version.pk}"))
    opened = page(client.get(f"/policies/{version.pk}/edit"))
    assert "rule\tr1\t1\t10\twhy" in opened  # the plain form holds the whole table
    saved = client.post(f"/policies/{version.pk}/edit", form(version.pk))
    row = PolicyChange.objects.get()
    assert saved["Location"] == f"/changes/{row.pk}"
    (document,) = row.documents
    assert document["table"] == {
        "hit": "UNIQUE",
        "inputs": ["severity"],
        "outputs": ["rank_weight"],
        "rules": [
            {"id": "r1", "when": {"severity": "1"}, "then": {"rank_weight": "12"}, "note": "why"},
            {"id": "r2", "when": {"severity": "> 1"}, "then": {"rank_weight": "20"}},
        ],
    }
    assert document["outputs"] == {"rank_weight": "5"}
    assert document["effective_from"] == "2026-09-01T00:00:00Z"
    assert (row.title, row.reason, row.state) == ("Queue", "They wait too long.", "draft")
    assert PolicyVersion.objects.count() == before
    assert "rule r1: rank weight" in page(client.get(saved["Location"]))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"table": HEADS + "rule\tr1\t<<\t12\t"}, "rule 1, severity"),
        ({"table": HEADS + "rule\tr1\t1\t-7\t"}, "from 0 to 1000000"),
        ({"output:rank_weight": "many"}, "expected a number of points"),
        ({"effective_from": "soon"}, "expected an instant"),
        ({"reason": " "}, "Say the reason in words."),
        ({"table": "", "output:rank_weight": ""}, "Give at least one of"),
    ],
)
def test_a_refused_save_writes_nothing_and_shows_everything_as_typed(
    reader: Reader, version: PolicyVersion, typed: dict[str, str], told: str
) -> None:
    sent = form(version.pk, **({"title": "Mine & yours"} | typed))
    answer = reader(WRITER).post(f"/policies/{version.pk}/edit", sent)
    text = page(answer).replace("&lt;", "<").replace("&gt;", ">").replace("&#x27;", "'")
    assert answer.status_code == 422
    assert told in text
    assert "All that you typed is still here." in text
    assert 'value="Mine &amp; yours"' in text
    for name in ("table", "effective_from", "output:rank_weight"):
        assert sent[name] in text
    assert not PolicyChange.objects.exists()


def test_without_a_script_a_button_checks_and_the_page_says_what_it_found(
    reader: Reader, version: PolicyVersion
) -> None:
    table = HEADS + "rule\tr1\t<= 2\t12\t\nrule\tr2\t2\t20\t"
    answer = reader(WRITER).post(
        f"/policies/{version.pk}/edit", form(version.pk, table=table, verb="check")
    )
    assert answer.status_code == 200
    assert "Rules 1 and 2 both match when severity = 2" in page(answer)
    assert "rule r2: severity: &gt; 1 → 2" in page(answer)
    assert not PolicyChange.objects.exists()


def test_a_script_gets_every_mark_with_its_line_and_column(
    reader: Reader, version: PolicyVersion
) -> None:
    table = HEADS + 'rule\tr1\t"x"\t12\t\nrule\tr2\t<= 2\t1\t\nrule\tr3\t2\t20\t'
    found = reader(WRITER).post(
        f"/policies/{version.pk}/edit",
        form(version.pk, table=table, verb="check") | {"output:rank_weight": "-1", "reason": ""},
        headers={"Accept": "application/json"},
    ).json()  # fmt: skip
    assert [cell[:2] for cell in found["cells"]] == [[3, 2]]
    assert found["rows"][0][:2] == [[4, 5], False]
    assert "from 0 to 1000000" in found["faults"]["output:rank_weight"]
    assert "rule 1, severity" in found["side"]


def test_what_somebody_published_meanwhile_is_not_overwritten_and_both_are_kept(
    reader: Reader, version: PolicyVersion
) -> None:
    newer = publish(2, outputs={"rank_weight": "7"}, reason="Second")
    client = reader(WRITER)
    answer = client.post(f"/policies/{version.pk}/edit", form(version.pk))
    text = page(answer)
    assert answer.status_code == 409
    assert "Somebody else was faster." in text
    assert text.count("<div") == text.count("</div>")
    assert f'href="/policies/{newer.pk}"' in text
    assert "rank weight where no rule matches: 7 points → 5 points" in text
    assert "rule\tr1\t1\t12\twhy" in text
    assert not PolicyChange.objects.exists()
    # The control: who has read it and says so is heard.
    again = client.post(f"/policies/{version.pk}/edit", form(version.pk, over=newer.pk))
    assert again.status_code == 302
    assert PolicyChange.objects.get().base == {"queue company": newer.pk}


def test_a_draft_is_written_anew_and_another_s_edit_meanwhile_is_kept(
    reader: Reader, draft: PolicyChange, people: dict[Role, User]
) -> None:
    client, address = reader(WRITER), f"/changes/{draft.pk}/policies/1"
    assert f'href="{address}"' in page(client.get(f"/changes/{draft.pk}"))
    assert "rule\tr2\t&gt; 1\t20" in page(client.get(address))
    assert client.post(address, form(draft.digest)).status_code == 302
    mine = PolicyChange.objects.get()
    assert mine.documents[0]["effective_from"] == "2026-09-01T00:00:00Z"
    assert "published_at" not in mine.documents[0]  # it is known once it is published
    assert mine.documents[0]["table"]["rules"][0]["then"] == {"rank_weight": "12"}
    assert (mine.title, mine.revision) == ("Queue", 2)  # the change keeps its words
    # What was read before that is too old by now.
    late = form(draft.digest, table=SHEET.replace("12", "13"))
    answer = reader(OTHER).post(address, late)
    assert answer.status_code == 409
    assert "rule r1: rank weight: 12 points → 13 points" in page(answer)
    assert "rule\tr1\t1\t13" in page(answer)
    assert PolicyChange.objects.get().digest == mine.digest


def test_between_a_look_and_the_lock_nobody_is_overwritten(
    draft: PolicyChange, version: PolicyVersion, people: dict[Role, User]
) -> None:
    seen = draft.digest
    changes.edit(draft.pk, title="Faster", seen=seen, acting_user=people[WRITER])
    with pytest.raises(changes.EditedMeanwhileError):
        changes.edit(draft.pk, title="Too late", seen=seen, acting_user=people[WRITER])
    assert PolicyChange.objects.get().title == "Faster"
    document = QUEUE | {"effective_from": NOW, "published_at": NOW}
    document = {key: document[key] for key in document if key not in ("number", "author")}
    for name, value in (("effective_from", NOW), ("published_at", NOW)):
        document[name] = value
    with pytest.raises(changes.BaseMovedError):
        changes.draft(written(document), title="T", reason="R", seen="", acting_user=people[WRITER])
    assert PolicyChange.objects.count() == 1


def test_the_other_versions_of_a_change_stay_as_they_are(
    reader: Reader, company: None, people: dict[Role, User]
) -> None:
    rail = {"kind": "service_level", "scope": "guardrail:company", "reason": REASON,
            "effective_from": "2026-07-01T00:00:00Z",
            "outputs": {"first_response_minutes_1": {"maximum": 240}}}  # fmt: skip
    gold = rail | {
        "kind": "lead_time",
        "scope": "tier:gold",
        "outputs": {"service_quantile": "0.97"},
    }
    row = changes.draft(written(gold, rail), title="Two", reason=REASON, acting_user=people[WRITER])
    client, address = reader(WRITER), f"/changes/{row.pk}/policies/2"
    text = page(client.get(address))
    assert "Decision table" not in text  # a guardrail has none
    assert 'name="output:first_response_minutes_1" value="maximum: 240"' in text
    sent = {"seen": row.digest, "output:first_response_minutes_1": "minimum: 5, maximum: 120",
            "effective_from": "2026-07-01T00:00", "reason": REASON, "verb": "save"}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    documents = PolicyChange.objects.get().documents
    assert documents[0] == row.documents[0]
    assert documents[1]["outputs"] == {"first_response_minutes_1": {"minimum": 5, "maximum": 120}}


def test_an_instant_that_nobody_touched_stays_to_the_microsecond(
    reader: Reader, company: None, people: dict[Role, User]
) -> None:
    at = "2026-09-01T07:30:12.345678Z"
    row = changes.draft(
        written(GOLD, effective_from=at), title="T", reason=REASON, acting_user=people[WRITER]
    )
    client, address = reader(WRITER), f"/changes/{row.pk}/policies/1"
    assert 'value="2026-09-01T07:30:12"' in page(client.get(address))
    sent = {"seen": row.digest, "output:service_quantile": "0.98", "reason": REASON,
            "effective_from": "2026-09-01T07:30:12", "verb": "save"}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    (document,) = PolicyChange.objects.get().documents
    assert (document["effective_from"], document["outputs"]) == (at, {"service_quantile": "0.98"})


def test_a_change_that_is_over_or_a_place_that_is_not_there_has_no_editor(
    reader: Reader, draft: PolicyChange, people: dict[Role, User]
) -> None:
    client = reader(WRITER)
    for place in (0, 2):
        assert client.get(f"/changes/{draft.pk}/policies/{place}").status_code == 404
    changes.withdraw(draft.pk, reason="No.", acting_user=people[WRITER])
    answer = client.get(f"/changes/{draft.pk}/policies/1", follow=True)
    assert answer.redirect_chain == [(f"/changes/{draft.pk}", 302)]
    assert "cannot be edited" in page(answer)


def test_an_old_version_is_a_beginning_and_the_page_says_so(
    reader: Reader, version: PolicyVersion
) -> None:
    newer = publish(2, outputs={"rank_weight": "7"}, reason="Second")
    client = reader(WRITER)
    assert "You begin from version 1." in page(client.get(f"/policies/{version.pk}/edit"))
    assert "You begin from" not in page(client.get(f"/policies/{newer.pk}/edit"))


def test_without_a_table_the_values_are_edited_and_a_table_can_be_begun(
    reader: Reader, company: None
) -> None:
    row = PolicyVersion.objects.get(kind="lead_time", number=2)
    client = reader(WRITER)
    assert 'name="output:service_quantile" value="0.95"' in page(
        client.get(f"/policies/{row.pk}/edit")
    )
    table = 'column\t\tinput\toutput\nname\t\tcountry\tservice_quantile\nrule\t\t"BR"\t0.97\n'
    sent = form(row.pk, table=table) | {"output:rank_weight": "", "output:service_quantile": "0.9"}
    assert client.post(f"/policies/{row.pk}/edit", sent).status_code == 302
    (document,) = PolicyChange.objects.get().documents
    assert document["outputs"] == {"service_quantile": "0.9"}
    assert document["table"]["rules"] == [
        {"id": "r1", "when": {"country": '"BR"'}, "then": {"service_quantile": "0.97"}}
    ]


def test_no_two_parts_of_the_page_have_one_id(reader: Reader, version: PolicyVersion) -> None:
    table = HEADS + "rule\tr1\t<<\t12\t"
    answer = reader(WRITER).post(f"/policies/{version.pk}/edit", form(version.pk, table=table))
    ids = re.findall(r' id="([^"]+)"', page(answer))
    assert len(ids) > 20
    assert [name for name in ids if ids.count(name) > 1] == []
