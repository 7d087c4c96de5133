"""Does the page of another tier show what would change, and say what it cannot look at?"""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from tests.console.company import customer_id
from tests.console.test_rights import body

from troth.core.access.roles import Role
from troth.store.models import Customer

Reader = Callable[[Role], Client]


def test_the_form_the_changes_and_the_refusal(company: None, reader: Reader) -> None:
    client, key = reader(Role.OPERATIONS_MANAGER), customer_id(0)
    assert f'href="/customers/{key}/tier"' in body(client.get(f"/customers/{key}"))
    form = body(client.get(f"/customers/{key}/tier"))
    tier = Customer.objects.get(pk=key).tier
    assert "Show what changes" in form
    assert "stay as they are" not in form
    shown = body(client.get(f"/customers/{key}/tier?to=standard"))
    assert "stay as they are" in shown
    assert Customer.objects.get(pk=key).tier == tier
    refused = client.get(f"/customers/{key}/tier?to=Golden")
    assert refused.status_code == 200
    assert "No tier is called" in body(refused)
    assert client.get(f"/customers/{key}/tier?to=standard&since=soon").status_code == 400
