"""Can people record from a page what a customer said, and declare what data is used for?"""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from tests.console.company import customer_id

from troth.core.access.roles import Role
from troth.store.models import ConsentEvent, ConsentNotice, User

Reader = Callable[[Role], Client]
NO = {"purpose": ["personalisation_tier", "profiling"], "said": "denied", "how": "letter"}
NOTICE = {
    "purpose": "surveys",
    "basis": "consent",
    "title": "Surveys",
    "text": "We ask you how we did.",
    "valid_days": "30",
    "layers": ["segment"],
}


def test_what_a_customer_said_is_recorded_and_shown_with_who_and_how(
    company: None, reader: Reader, people: dict[Role, User]
) -> None:
    page = f"/customers/{customer_id(0)}"
    client = reader(Role.OPERATIONS_MANAGER)
    assert "leave out these layers" not in client.get(page).content.decode()
    text = client.post(f"{page}/consents", NO, follow=True).content.decode()
    assert "Recorded. Decisions from now on go by it" in text
    assert "leave out these layers" in text and "which is an objection" in text
    rows = ConsentEvent.objects.order_by("purpose")
    assert [(row.purpose, row.said, row.how, row.recorded_by) for row in rows] == [
        ("personalisation_tier", "denied", "letter", people[Role.OPERATIONS_MANAGER]),
        ("profiling", "denied", "letter", people[Role.OPERATIONS_MANAGER]),
    ]


def test_what_nobody_can_say_is_told_and_not_kept(company: None, reader: Reader) -> None:
    client = reader(Role.AGENT)
    for changed in ({"said": "maybe"}, {"purpose": []}, {"effective_on": "soon"}):
        address = f"/customers/{customer_id(0)}/consents"
        text = client.post(address, NO | changed, follow=True).content.decode()
        assert "Nothing was recorded." in text
    assert not ConsentEvent.objects.exists()


def test_a_purpose_is_declared_by_who_may_and_shown_to_all(company: None, reader: Reader) -> None:
    agent, officer = reader(Role.AGENT), reader(Role.PRIVACY_OFFICER)
    assert 'action="/purposes"' not in agent.get("/purposes").content.decode()
    assert agent.post("/purposes", NOTICE).status_code == 403
    wrong = officer.post("/purposes", NOTICE | {"purpose": "My surveys"})
    assert wrong.status_code == 422 and "small letters" in wrong.content.decode()
    assert officer.post("/purposes", NOTICE).status_code == 302
    row = ConsentNotice.objects.get()
    assert (row.purpose, row.version, row.layers, row.valid_days) == ("surveys", 1, ["segment"], 30)
    assert "Surveys" in agent.get("/purposes").content.decode()
    again = officer.get("/purposes?purpose=surveys").content.decode()
    assert "We ask you how we did.</textarea>" in again
