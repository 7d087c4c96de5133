"""Can people write a change on a page, see whom it reaches, and sign it?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.scenarios.changing import CREDIT, GOLD, REASON, drafted, proposed, signed

from troth.core.access.roles import Role
from troth.store.models import PolicyChange, User

Reader = Callable[[Role], Client]
TEXT = """\
policies:
  - kind: lead_time
    scope: "tier:gold"
    effective_from: 2026-09-01T00:00:00Z
    reason: It is kept.
    outputs: {service_quantile: "0.97"}
"""


@pytest.fixture
def row(company: None, people: dict[Role, User]) -> PolicyChange:
    return proposed(people[Role.OPERATIONS_ENGINEER], CREDIT)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_change_shows_words_reach_and_who_may_sign(reader: Reader, row: PolicyChange) -> None:
    text = page(reader(Role.EXECUTIVE), f"/changes/{row.pk}")
    for words in ("price terms for guardrail company", "at most 50 %", "Whom it reaches",
                  "may sign:", "for which legal answers"):  # fmt: skip
        assert words in text
    # An executive signs for finance, and is shown that form alone.
    assert text.count(f'action="/changes/{row.pk}/sign"') == 1
    assert 'name="function" value="finance"' in text


def test_the_list_says_what_a_change_waits_for(reader: Reader, row: PolicyChange) -> None:
    client = reader(Role.AGENT)
    assert "Operations, Legal, Finance" in page(client, "/changes")
    assert row.title not in page(client, "/changes?state=live")
    assert row.pk in "".join(
        part.decode() for part in client.get("/changes?format=csv").streaming_content
    )


def test_a_sign_off_is_given_on_the_page_and_a_no_ends_it(
    reader: Reader, row: PolicyChange
) -> None:
    form = {"function": "finance", "verdict": "rejected", "reason": REASON, "digest": row.digest}
    client = reader(Role.EXECUTIVE)
    answer = client.post(f"/changes/{row.pk}/sign", form, follow=True).content.decode()
    assert "Your sign-off is kept." in answer
    assert "Rejected" in answer
    again = client.post(f"/changes/{row.pk}/sign", form, follow=True).content.decode()
    assert "Nothing was changed. A change that is rejected cannot be signed." in again


def test_who_wrote_it_gets_no_form_and_is_refused(
    reader: Reader, company: None, people: dict[Role, User]
) -> None:
    mine = proposed(people[Role.OPERATIONS_MANAGER], GOLD)
    client = reader(Role.OPERATIONS_MANAGER)
    assert f'action="/changes/{mine.pk}/sign"' not in page(client, f"/changes/{mine.pk}")
    form = {"function": "operations", "verdict": "approved", "reason": "r", "digest": mine.digest}
    answer = client.post(f"/changes/{mine.pk}/sign", form, follow=True).content.decode()
    assert "wrote or edited a change does not sign it" in answer
    assert f'action="/changes/{mine.pk}/sign"' in page(
        reader(Role.ADMINISTRATOR), f"/changes/{mine.pk}"
    )


def test_a_change_is_drafted_edited_and_proposed_on_pages(reader: Reader, company: None) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    wrong = client.post("/changes/draft", {"title": "T", "reason": "R", "policies": "policies: 7"})
    assert wrong.status_code == 422
    assert "Nothing was written." in wrong.content.decode()
    form = {"title": "Gold", "reason": "They asked.", "policies": TEXT}
    made = client.post("/changes/draft", form)
    address = made["Location"]
    assert "service quantile" in page(client, address)
    told = client.post(f"{address}/edit", form | {"title": "Gold, sooner"}, follow=True)
    assert "Sign-offs that are void now: 0." in told.content.decode()
    told = client.post(f"{address}/propose", follow=True)
    assert "It needs the sign-off of operations." in told.content.decode()
    gone = client.post(f"{address}/withdraw", {"reason": "Not yet."}, follow=True)
    assert "The change is withdrawn." in gone.content.decode()


def test_an_edit_shows_the_old_sign_off_as_void(
    reader: Reader, company: None, people: dict[Role, User]
) -> None:
    row = proposed(people[Role.OPERATIONS_ENGINEER], GOLD)
    signed(row, "operations", people[Role.OPERATIONS_MANAGER])
    client = reader(Role.OPERATIONS_ENGINEER)
    assert f'action="/changes/{row.pk}/publish"' in page(client, f"/changes/{row.pk}")
    told = client.post(f"/changes/{row.pk}/edit", {"title": "Else"}, follow=True).content.decode()
    assert "Sign-offs that are void now: 1." in told
    assert "approved, void" in told
    assert f'action="/changes/{row.pk}/publish"' not in told


def test_a_draft_is_no_page_for_who_only_reads(
    reader: Reader, company: None, people: dict[Role, User]
) -> None:
    row = drafted(people[Role.OPERATIONS_ENGINEER])
    assert reader(Role.EXECUTIVE).get(f"/changes/{row.pk}").status_code == 404
    assert reader(Role.AUDITOR).get(f"/changes/{row.pk}").status_code == 200
