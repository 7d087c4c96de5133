"""Who may open which page, and what do they see of a person?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

import pytest
from django.test import Client
from tests.console.company import (
    NOW,
    READING,
    add_rollout,
    case_key,
    customer_id,
    difference_id,
    order_key,
)
from tests.scenarios.changing import ANSWER, CREDIT, proposed

from troth.actions.people import system_user
from troth.core.access.roles import Right, Role, may
from troth.store.models import (
    AuditEntry,
    Decision,
    PolicyChange,
    PolicyVersion,
    QuarantinedRow,
    Rollout,
)
from troth.store.queries.viewing import as_the_program

Reader = Callable[[Role], Client]

# page → the right that it needs; None: every signed-in person. {…} is filled from the company.
PAGES: dict[str, Right | None] = {
    "/": None,
    "/search?q=geheim": None,
    "/customers": Right.SEE_CUSTOMERS,
    "/customers?format=csv": Right.SEE_CUSTOMERS,
    "/customers/{customer}": Right.SEE_CUSTOMERS,
    "/customers/{customer}/timeline": Right.SEE_CUSTOMERS,
    "/segments": Right.SEE_CUSTOMERS,
    "/segments?format=csv": Right.SEE_CUSTOMERS,
    "/segments/customers": Right.SEE_CUSTOMERS,
    "/value": Right.SEE_CUSTOMERS,
    "/value?format=csv": Right.SEE_CUSTOMERS,
    "/value/models": Right.SEE_MEASURES,
    "/quality": Right.SEE_CUSTOMERS,
    "/match": Right.SEE_MEASURES,
    "/questions": Right.SEE_CUSTOMERS,
    "/questions/question-1": Right.SEE_CUSTOMERS,
    "/questions/question-1/consequences": Right.SETTLE_IDENTITY,
    "/verdicts": Right.SEE_CUSTOMERS,
    "/merge": Right.SETTLE_IDENTITY,
    "/orders": Right.SEE_ORDERS,
    "/orders/{order}": Right.SEE_ORDERS,
    "/differences": Right.SEE_ORDERS,
    "/differences?format=csv": Right.SEE_ORDERS,
    "/differences/{difference}": Right.SEE_ORDERS,
    "/cases": Right.SEE_CASES,
    "/cases/{case}": Right.SEE_CASES,
    "/decisions": Right.SEE_DECISIONS,
    "/decisions/{decision}": Right.SEE_DECISIONS,
    "/decisions/{decision}/why": Right.SEE_DECISIONS,
    "/decisions/{decision}/receipt.json": Right.SEE_DECISIONS,
    "/measures": Right.SEE_MEASURES,
    "/measures/promise_coverage": Right.SEE_MEASURES,
    "/customers/{customer}/policies?severity=2": Right.SEE_POLICIES,
    "/customers/{customer}/tier?to=standard": Right.SEE_POLICIES,
    "/policies": Right.SEE_POLICIES,
    "/policies/check": Right.SEE_POLICIES,
    "/policies/consolidate": Right.SEE_POLICIES,
    "/policies/{policy}": Right.SEE_POLICIES,
    "/policies/{policy}/edit": Right.PROPOSE_POLICY,
    "/rollouts": Right.SEE_POLICIES,
    "/rollouts/{rollout}": Right.SEE_POLICIES,
    "/rollouts/begin": Right.PUBLISH_POLICY,
    "/changes?state=all": Right.SEE_POLICIES,
    "/changes/draft": Right.PROPOSE_POLICY,
    "/changes/{change}": Right.SEE_POLICIES,
    "/changes/{change}/policies/1": Right.PROPOSE_POLICY,
    "/freezes": Right.SEE_POLICIES,
    "/freezes?format=csv": Right.SEE_POLICIES,
    "/freezes/frz_0000000000000000": Right.SEE_POLICIES,
    "/freezes/add": Right.MANAGE_FREEZES,
    "/freezes/import": Right.MANAGE_FREEZES,
    "/sources": Right.SEE_QUARANTINE,
    "/contracts": Right.SEE_QUARANTINE,
    "/quarantine": Right.SEE_QUARANTINE,
    "/quarantine/{row}": Right.SEE_QUARANTINE,
    "/audit": Right.SEE_AUDIT,
    "/audit?format=csv": Right.SEE_AUDIT,
    "/audit/{entry}": Right.SEE_AUDIT,
    "/access": Right.SEE_ACCESS,
    "/access?right=see_customers&thing={customer}": Right.SEE_ACCESS,
    "/access/break": Right.BREAK_GLASS,
    "/privacy": Right.ERASE,
    "/purposes": Right.SEE_CUSTOMERS,
    "/assessments": Right.SEE_CUSTOMERS,
    "/privacy?subject={customer}": Right.ERASE,
}


def a_rollout() -> Rollout:
    with as_the_program():
        return add_rollout(readings=[READING], checked_at=NOW)


def addresses(pages: Iterable[str] = PAGES) -> dict[str, str]:
    """Where each page is in this company, looked up once for all of them."""
    asked = list(pages)
    places = {
        "customer": customer_id(0),
        "order": order_key(0, 0),
        "difference": difference_id(0),
        "case": case_key(0),
        "decision": Decision.objects.filter(kind="promise").values_list("pk", flat=True)[0],
        "policy": PolicyVersion.objects.values_list("pk", flat=True)[0],
        "rollout": (Rollout.objects.first() or a_rollout()).pk,
        "change": _change() if any("{change}" in page for page in asked) else "",
        "entry": AuditEntry.objects.values_list("pk", flat=True)[0],
        "row": QuarantinedRow.objects.values_list("pk", flat=True)[0],
    }
    return {page: page.format(**places) for page in asked}


def address(page: str) -> str:
    return addresses([page])[page]


def _change() -> str:
    """A change that waits for its sign-offs."""
    row = PolicyChange.objects.first() or proposed(system_user(), CREDIT, ANSWER)
    return row.pk


def body(response: object) -> str:
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


def shows_a_person(response: object) -> bool:
    text = body(response).replace("q=geheim", "").replace("“geheim”", "")
    return "geheim" in text.casefold() or "kontakt0@" in text


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_the_pages_of_its_rights_alone_and_sees_people_only_by_right(
    company: None, reader: Reader, role: Role
) -> None:
    client = reader(role)
    found, with_people = {}, []
    for page, place in addresses().items():
        response = client.get(place)
        found[page] = response.status_code
        if shows_a_person(response):
            with_people.append(page)
    assert found == {
        page: 200 if right is None or may(role, right) else 403 for page, right in PAGES.items()
    }
    if may(role, Right.SEE_PERSONAL):
        assert "/customers/{customer}" in with_people
    else:
        assert with_people == []


def test_a_stranger_is_sent_to_the_door_and_back(company: None) -> None:
    asked = addresses(page for page in PAGES if "csv" not in page)
    stranger = Client(SERVER_NAME="127.0.0.1")
    answers = {page: stranger.get(to) for page, to in asked.items()}
    found = {page: (had.status_code, had.headers.get("Location")) for page, had in answers.items()}
    assert found == {
        page: (302, "/sign-in?" + urlencode({"next": to}, safe="/")) for page, to in asked.items()
    }


def test_who_may_not_see_people_cannot_search_by_name_or_sort_by_it(
    company: None, reader: Reader
) -> None:
    client = reader(Role.EXECUTIVE)
    assert "No customer matches" in body(client.get("/customers?q=Geheim Werke 003"))
    ids = [customer_id(number) for number in range(5)]
    text = body(client.get("/customers?sort=-name"))
    assert sorted(ids, key=text.index) == sorted(ids, reverse=True)


def test_an_agent_sees_the_name_and_finds_by_it(company: None, reader: Reader) -> None:
    text = body(reader(Role.AGENT).get("/customers?q=werke 003"))
    assert "Geheim Werke 003" in text
    assert "Geheim Werke 002" not in text


def test_only_who_may_land_can_replay(company: None, reader: Reader) -> None:
    codes = {role: reader(role).post("/quarantine/replay").status_code for role in Role}
    assert codes == {role: 302 if may(role, Right.LAND) else 403 for role in Role}


def test_the_rail_offers_only_what_opens(company: None, reader: Reader) -> None:
    assert 'href="/audit"' not in body(reader(Role.AGENT).get("/"))
    assert 'href="/audit"' in body(reader(Role.AUDITOR).get("/"))
