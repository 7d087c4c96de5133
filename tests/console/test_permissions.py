"""Does the page of access say who may and why, and does a broken glass show on every page?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.console.company import customer_id

from troth.core.access.roles import Right, Role, may
from troth.store.models import BreakGlass, Customer, CustomerAccess, User
from troth.store.queries.viewing import as_the_program

Reader = Callable[[Role], Client]
WHY = "The customer is on the telephone."
VIP = customer_id(4)


@pytest.fixture(autouse=True)
def restricted(company: None) -> None:
    with as_the_program():
        Customer.objects.filter(pk=VIP).update(is_restricted=True)


def broke(client: Client, **form: str) -> int:
    return client.post("/access/break", {"customer": VIP, "reason": WHY, **form}).status_code


def glasses() -> int:
    with as_the_program():
        return BreakGlass.objects.count()


@pytest.mark.parametrize("role", list(Role))
def test_only_whose_role_may_break_the_glass_and_then_every_page_says_so(
    reader: Reader, role: Role
) -> None:
    client = reader(role)
    is_allowed = may(role, Right.BREAK_GLASS)
    assert ('href="/access/break"' in client.get("/").content.decode()) is is_allowed
    assert broke(client) == (302 if is_allowed else 403)
    for page in ("/", "/customers", "/access/break"):
        answer = client.get(page)
        if answer.status_code == 200:
            assert ("The glass is broken" in answer.content.decode()) is is_allowed, page
    assert "The glass is broken" not in reader(Role.AUDITOR).get("/").content.decode()


def test_the_banner_is_gone_when_the_time_is_over(reader: Reader) -> None:
    client = reader(Role.AGENT)
    assert broke(client) == 302
    with as_the_program():
        BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "The glass is broken" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    "form", [{"reason": "now"}, {"hours": "25"}, {"hours": "0"}, {"hours": "x"}, {"customer": "no"}]
)
def test_a_glass_that_cannot_be_broken_stays_whole_and_the_form_says_why(
    reader: Reader, form: dict[str, str]
) -> None:
    client = reader(Role.AGENT)
    response = client.post("/access/break", {"customer": VIP, "reason": WHY, **form})
    assert response.status_code == 422
    assert "The glass is whole" in response.content.decode()
    assert glasses() == 0


def test_a_broken_glass_is_before_those_who_check_and_is_reviewed_there(reader: Reader) -> None:
    broke(reader(Role.AGENT))
    officer = reader(Role.PRIVACY_OFFICER)
    assert "runs until" in officer.get("/access").content.decode()
    with as_the_program():
        BreakGlass.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
        (glass,) = BreakGlass.objects.all()
    review = f"/access/glasses/{glass.pk}/review"
    assert f'action="{review}"' in officer.get("/access").content.decode()
    assert f'action="{review}"' not in reader(Role.AUDITOR).get("/access").content.decode()
    assert reader(Role.AUDITOR).post(review, {"verdict": "justified"}).status_code == 403
    told = officer.post(review, {"verdict": "justified"}, follow=True).content.decode()
    assert "The review is kept" in told
    assert f'action="{review}"' not in told
    again = officer.post(review, {"verdict": "not_justified"}, follow=True).content.decode()
    assert "Nothing was changed" in again


def test_people_are_named_and_named_no_more_from_the_page(
    reader: Reader, people: dict[Role, User]
) -> None:
    officer = reader(Role.PRIVACY_OFFICER)
    form = {"customer": VIP, "user": "agent", "reason": WHY}
    assert "Named." in officer.post("/access/name", form, follow=True).content.decode()
    shown = officer.get("/access").content.decode()
    assert VIP in shown
    assert "Agent (agent)" in shown
    itself = {**form, "user": "privacy_officer"}
    assert "Nobody names themselves" in (
        officer.post("/access/name", itself, follow=True).content.decode()
    )
    nobody = {**form, "user": "nobody"}
    assert "Nothing was changed" in (
        officer.post("/access/name", nobody, follow=True).content.decode()
    )
    officer.post("/access/unname", form)
    with as_the_program():
        assert not CustomerAccess.objects.exists()


def test_a_customer_is_restricted_and_restricted_no_more_from_the_page(reader: Reader) -> None:
    officer, plain = reader(Role.PRIVACY_OFFICER), customer_id(0)
    for address, is_restricted in (("/access/restrict", True), ("/access/unrestrict", False)):
        officer.post(address, {"customer": plain, "reason": WHY})
        with as_the_program():
            assert Customer.objects.get(pk=plain).is_restricted is is_restricted


def test_the_page_says_who_may_and_because_of_which_rule(reader: Reader) -> None:
    client = reader(Role.AUDITOR)
    shown = client.get(f"/access?right=see_customers&thing={VIP}").content.decode()
    assert "forbid:restricted" in shown
    for asked in ("right=see_customers&thing=none", "right=fly"):
        assert "There is nothing of this name" in client.get(f"/access?{asked}").content.decode()
