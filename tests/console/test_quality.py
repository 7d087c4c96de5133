"""Do pages and the API show how good a field is, also to those who may not see what is in it?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.console.company import NOW, customer_id

from troth.core.access.roles import Role
from troth.store.models import FACTS, CustomerPersonal, FactPersonal, Landing, Run, User

Reader = Callable[[Role], Client]
_KEY = customer_id(0)
_SAID = {"email": "kontakt0@geheim.example", "tax_id": "DE 424242424", "phone": "+49891234567"}


@pytest.fixture
def told(company: None) -> None:
    """Two records of the first customer that agree but for the telephone number."""
    landing = Landing.objects.create(source="crm", feed="accounts", kind="customer", landed_at=NOW)
    for number, key in enumerate(("erp:D0", "crm:A0")):
        FACTS["customer"]._default_manager.create(
            key=key, revision=1, region="eu", op="upsert", landing=landing, known_at=NOW,
            landed_at=NOW, row_hash=f"{number:032x}", party_kind="organisation",
        )  # fmt: skip
        FactPersonal.objects.create(
            kind="customer", key=key, revision=1, region="eu",
            fields=_SAID if number else {**_SAID, "phone": "+49 40 7654321"},
        )  # fmt: skip
    CustomerPersonal.objects.filter(pk=_KEY).update(
        tax_id=_SAID["tax_id"], provenance={"tax_id": "crm:A0", "phone": "crm:A0"},
        rules={"tax_id": "agreed", "phone": "recency"},
    )  # fmt: skip
    Run.objects.update(
        summary={"feeds": [{"feed": "crm/accounts", "record": "customer", "lag_seconds": 7200,
                            "newest_known_at": None, "promised_seconds": 3600, "is_late": True,
                            "checked": ["email"]}]}
    )  # fmt: skip


def _fields(client: Client) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/api/v1/customers/{_KEY}/quality")
    assert answer.status_code == 200, answer.content
    return {field["name"]: field for field in answer.json()["fields"]}


def test_each_field_is_shown_with_its_measures_and_why_a_point_was_lost(
    reader: Reader, told: None
) -> None:
    fields = _fields(reader(Role.STEWARD))
    assert (fields["tax_id"]["value"], fields["tax_id"]["source"]) == ("DE 424242424", "crm:A0")
    assert fields["phone"]["consistent"] == "0.5000"
    disagrees, late = fields["phone"]["losses"]
    assert disagrees["records"] == ["erp:D0"]
    assert "crm/accounts 2.0 h, 1.0 h agreed" in late["sentence"]
    assert (fields["email"]["verified"], fields["phone"]["verified"]) == ("1.0000", None)
    shown = reader(Role.STEWARD).get(f"/customers/{_KEY}").content.decode()
    card = shown[shown.index('id="quality"') : shown.index("<aside")]
    assert "Records disagree" in card
    assert "50.0 %" in card
    assert len(re.findall("1 of 2 records says something else", card)) == 1


@pytest.mark.parametrize(
    ("role", "hidden"), [(Role.AGENT, {"tax_id"}), (Role.AUDITOR, {"tax_id", "email", "phone"})]
)
def test_who_may_not_see_a_field_sees_its_score_and_not_where_it_came_from(
    reader: Reader, told: None, role: Role, hidden: set[str]
) -> None:
    whole, cut = _fields(reader(Role.STEWARD)), _fields(reader(role))
    for name in hidden:
        assert cut[name]["is_masked"]
        assert (cut[name]["value"], cut[name]["source"]) == (None, None)
        assert all(not loss["records"] for loss in cut[name]["losses"])
        for measure in ("score", "complete", "valid", "consistent", "fresh", "verified"):
            assert cut[name][measure] == whole[name][measure], (name, measure)
    shown = reader(role).get(f"/customers/{_KEY}").content.decode()
    assert "not shown" in shown[shown.index('id="quality"') : shown.index("<aside")]
    assert "DE 424242424" not in shown


def test_what_was_erased_is_asked_of_nobody(reader: Reader, told: None) -> None:
    CustomerPersonal.objects.filter(pk=_KEY).delete()
    fields = _fields(reader(Role.STEWARD))
    assert (fields["email"]["score"], fields["email"]["losses"]) == (None, [])
    assert fields["country"]["score"] is not None


def test_a_summary_is_of_those_whom_the_reader_may_see(reader: Reader, told: None) -> None:
    shown = reader(Role.STEWARD).get("/quality").content.decode()
    assert f'href="/customers/{_KEY}#quality"' in shown
    everybody = reader(Role.STEWARD).get("/api/v1/quality").json()
    assert everybody["looked_at"] == everybody["customers"] > 0
    scores = [float(row["score"]) for row in everybody["worst"]]
    assert scores == sorted(scores)
    User.objects.filter(role=Role.AGENT.value).update(regions=["nowhere"])
    nobody = reader(Role.AGENT).get("/api/v1/quality").json()
    assert (nobody["looked_at"], nobody["fields"], nobody["worst"]) == (0, [], [])
    assert "There is nothing to judge" in reader(Role.AGENT).get("/quality").content.decode()
