"""Does the page say what could end or be one and why, and does its button draft that change?"""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from tests.console.company import NOW, customer_id
from tests.console.planted import plant, plant_all

from troth.core.access.roles import Role
from troth.core.policies.versions import PolicyVersion
from troth.store.models import Customer, PolicyChange
from troth.store.queries.consolidation import consolidation
from troth.store.queries.viewing import Viewer

Reader = Callable[[Role], Client]
PROGRAM = Viewer(user_id=0, name="", role=Role.ADMINISTRATOR, is_the_program=True)


@pytest.fixture
def planted(company: None) -> dict[str, PolicyVersion]:
    return plant_all()


def page(client: Client) -> tuple[str, str, str]:
    """(what could end, what could be one, what decides something)"""
    response = client.get("/policies/consolidate")
    assert response.status_code == 200
    text = " ".join(unescape(response.content.decode()).split())
    _, rest = text.split('aria-labelledby="ending-title"')
    ending, rest = rest.split('aria-labelledby="one-title"')
    one, others = rest.split('aria-labelledby="others-title"')
    return ending, one, others


def send(client: Client, *ids: str) -> str:
    response = client.post("/policies/consolidate/draft", {"id": ids, "reason": "Nobody needs it."})
    assert response.status_code == 302
    return str(response["Location"])


def test_each_policy_stands_where_it_belongs_with_its_reason(
    planted: dict[str, PolicyVersion], reader: Reader
) -> None:
    ending, one, others = page(reader(Role.OPERATIONS_ENGINEER))
    assert f'value="{planted["end"].id}"' in ending
    assert "Proved: the same in every case" in ending
    assert "As long as its customers stay in their tier" in ending
    for number in (1, 2, 4):
        assert f"customer:{customer_id(number)}" in one
    assert "58 min" in one
    assert customer_id(3) not in one
    assert f"/policies/{planted['own'].id}" in others
    # Whoever has no word in what is proposed sees why, and no button.
    reading, _, _ = page(reader(Role.AUDITOR))
    assert "Proved: the same in every case" in reading
    assert "<button" not in reading.split("</section>")[0]


def test_the_button_drafts_what_changes_nothing_and_refuses_what_does(
    planted: dict[str, PolicyVersion], reader: Reader
) -> None:
    client = reader(Role.OPERATIONS_ENGINEER)
    where = send(client, planted["end"].id)
    change = PolicyChange.objects.get()
    assert where == f"/changes/{change.pk}"
    assert (change.state, change.customers) == ("checked", [customer_id(0)])
    assert "Drafted and checked" in client.get(where).content.decode()
    assert send(client, planted["end"].id, planted["own"].id) == "/policies/consolidate"
    text = unescape(client.get("/policies/consolidate").content.decode())
    assert "Nothing was drafted" in text
    assert f"troth policy show {customer_id(3)}" in text
    assert send(client) == "/policies/consolidate"
    assert PolicyChange.objects.count() == 1


def test_a_template_that_changes_nobody_is_drafted_as_the_policy_of_its_scope(
    company: None, reader: Reader
) -> None:
    # Customers 0 and 3 are all that is gold.
    alike = [plant(f"customer:{customer_id(number)}", 11, 33, 57) for number in (0, 3)]
    (template,) = consolidation(viewer=PROGRAM).templates
    assert (template.how, template.scope, template.verdict.is_same) == ("same", "tier:gold", True)
    send(reader(Role.OPERATIONS_ENGINEER), template.id)
    scopes = [document["scope"] for document in PolicyChange.objects.get().documents]
    assert scopes == ["tier:gold", *(str(item.scope) for item in alike)]


def test_a_restricted_customer_counts_and_is_not_named(company: None, reader: Reader) -> None:
    for number in (0, 3):
        plant(f"customer:{customer_id(number)}", 11, 33, 57)
    client = reader(Role.OPERATIONS_ENGINEER)
    assert "As the policy for tier:gold it changes nothing" in page(client)[1]
    # Another one in the tier, hidden: what would change for it is not told, and is not done.
    hidden = Customer.objects.get(pk=customer_id(1))
    hidden.tier, hidden.is_restricted = "gold", True
    hidden.save()
    _, one, others = page(client)
    assert "Not the same for somebody whom you may not see." in one
    assert "Draft the change" not in one
    assert hidden.pk not in one + others
    (template,) = consolidation(viewer=PROGRAM).templates
    assert template.verdict.witness is not None
    assert template.verdict.witness.customer == hidden.pk  # the control: it is told to who may see


def test_one_that_is_about_to_change_is_not_judged(company: None, reader: Reader) -> None:
    plant(f"customer:{customer_id(0)}", 30)
    later = NOW.replace(year=2090)
    plant(f"customer:{customer_id(0)}", 20, number=2, effective_from=later, published_at=later)
    _, _, others = page(reader(Role.AGENT))
    assert "Not to be told yet" in others


def test_where_nobody_has_a_policy_of_their_own_the_page_says_so(
    company: None, reader: Reader
) -> None:
    text = reader(Role.AGENT).get("/policies/consolidate").content.decode()
    assert "No policy is of one customer or contract" in text
