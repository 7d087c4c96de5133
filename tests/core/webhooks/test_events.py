"""Does an event carry what its type declares, and nothing about a person?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema_rs
import pytest

from troth.core.records.kinds import KINDS
from troth.core.webhooks.events import EVENT_TYPES, UndeclaredDataError, payload

AT = datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1)))
PERSONAL = {spec.name for kind in KINDS for spec in kind.fields if spec.sensitivity.is_stored_apart}


def data_of(name: str) -> dict[str, Any]:
    """The example's data, with its instants as instants."""
    fields = EVENT_TYPES[name].fields
    return {
        field.name: datetime(2026, 1, 31, 9, tzinfo=UTC)
        if field.form.value == "instant"
        else field.example
        for field in fields
    }


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_example_is_what_its_schema_says(name: str) -> None:
    jsonschema_rs.meta.validate(EVENT_TYPES[name].schema)
    validator = jsonschema_rs.Draft202012Validator(EVENT_TYPES[name].schema)
    validator.validate(EVENT_TYPES[name].example)
    validator.validate(json.loads(payload(name, data_of(name), at=AT)))
    assert not validator.is_valid(EVENT_TYPES[name].example | {"email": "a@example.org"})


def test_no_event_declares_a_personal_field() -> None:
    assert {"name", "email", "phone"} <= PERSONAL  # the control: there are some to be found
    declared = {field.name for item in EVENT_TYPES.values() for field in item.fields}
    assert declared & PERSONAL == set()


def test_an_instant_is_told_in_utc() -> None:
    told = json.loads(payload("webhook.test", {"endpoint_id": "ep_1"}, at=AT))
    assert told["timestamp"] == "2026-01-31T09:00:00Z"


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "a@example.org"},
        {"landed": "many"},
        {"landed": True},
        {"landed": -1},
        {"run_id": None},
        {"as_of": "2026-01-31"},
        {"as_of": datetime(2026, 1, 31)},
        {"is_unchanged": 0},
    ],
)
def test_what_is_not_declared_is_refused(changed: dict[str, Any]) -> None:
    whole = data_of("run.finished")
    assert payload("run.finished", whole, at=AT)
    with pytest.raises(UndeclaredDataError):
        payload("run.finished", whole | changed, at=AT)


def test_what_is_missing_is_refused_and_so_is_an_unknown_type() -> None:
    with pytest.raises(UndeclaredDataError):
        payload("webhook.test", {}, at=AT)
    with pytest.raises(UndeclaredDataError):
        payload("customer.renamed", {}, at=AT)
