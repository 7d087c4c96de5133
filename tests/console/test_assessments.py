"""Can people draft an assessment on a page, and can another sign it there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings
from tests.connectors.contracts.agreed import CONTRACT, MAPPING, collecting, lay

from troth.core.access.roles import Role
from troth.store.models import Assessment, AssessmentSignOff

Reader = Callable[[Role], Client]
ANSWERS = {
    "contract": "shop-orders",
    "basis": "legitimate_interests",
    "purposes": ["service"],
    "description": "Compared with an age of 18.",
    "interest": "Selling lawfully.",
    "necessity": "The law asks for it.",
    "risks": "Somebody pretends to be them.",
    "measures": "Sealed.",
    "retention": "Two years.",
    "recipients": "The order desk.",
}


@pytest.fixture
def shop(company: None, workspace: Path) -> Iterator[None]:
    mapping = MAPPING + "    custom: {birthday: born}\n"
    with override_settings(
        WORKSPACE=lay(workspace / "shop", "", collecting(CONTRACT), mapping=mapping)
    ):
        yield


def test_a_steward_drafts_and_a_privacy_officer_signs(shop: None, reader: Reader) -> None:
    steward, officer = reader(Role.STEWARD), reader(Role.PRIVACY_OFFICER)
    assert "Left out: not assessed" in steward.get("/contracts").content.decode()
    silent = steward.post("/assessments", ANSWERS | {"risks": " ", "interest": ""})
    assert silent.status_code == 422
    assert "does not answer risks (Art. 35(7)(c)), interest" in silent.content.decode()
    assert officer.post("/assessments", ANSWERS).status_code == 403
    steward.post("/assessments", ANSWERS)
    drafted = Assessment.objects.get()
    assert drafted.fields == {"shop/orders/birthday": "personal"}
    address = f"/assessments/{drafted.pk}"
    assert "Sign the assessment" not in steward.get(address).content.decode()
    assert "Sign the assessment" in officer.get(address).content.decode()
    yes = {"reason": "Fine.", "conditions": "", "expires_on": "soon"}
    assert "Write a day" in officer.post(f"{address}/sign", yes, follow=True).content.decode()
    expires_on = officer.get(address).content.decode().split('value="20')[1][:8]
    told = officer.post(f"{address}/sign", yes | {"expires_on": f"20{expires_on}"}, follow=True)
    assert "Signed. Its fields land from the next sync on." in told.content.decode()
    assert AssessmentSignOff.objects.get().verdict == "approved"
    assert "Left out: not assessed" not in steward.get("/contracts").content.decode()
    again = officer.post(f"{address}/refuse", {"reason": "No."}, follow=True).content.decode()
    assert "Nothing was signed. This assessment has its yes or its no already." in again


def test_nobody_signs_what_they_drafted_on_a_page_either(shop: None, reader: Reader) -> None:
    boss = reader(Role.ADMINISTRATOR)
    answer = boss.post("/assessments", ANSWERS | {"fields": "shop-orders:shop/orders/birthday"})
    page = answer.headers["Location"]
    assert "Sign the assessment" not in boss.get(page).content.decode()
    told = boss.post(f"{page}/refuse", {"reason": "No."}, follow=True).content.decode()
    assert "drafted an assessment does not sign it" in told
    assert not AssessmentSignOff.objects.exists()
