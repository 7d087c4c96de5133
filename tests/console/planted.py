"""Policies of customers as they pile up: one that its tier says too, three alike, one like none."""

from __future__ import annotations

from typing import Any

from tests.console.company import NOW, customer_id

from troth.actions.people import system_user
from troth.core.policies.versions import PolicyVersion, from_document
from troth.store.facts.policies import row_of

FIRST, SECOND = "first_response_minutes_1", "first_response_minutes_2"


def plant(scope: str, *minutes: int, number: int = 1, **more: Any) -> PolicyVersion:
    """A version in force: for the worst, for bad ones; one number says the same in all cases."""
    says: dict[str, Any] = {"outputs": {FIRST: minutes[0]}}
    if len(minutes) > 1:
        tests: list[dict[str, Any]] = [{"severity": 1}, {"severity": "<= 2"}, {}][: len(minutes)]
        says = {"table": {"hit": "FIRST", "rules": [
            {"id": name, "when": when, "then": {FIRST: of, SECOND: of}}
            for name, when, of in zip(("worst", "bad", "rest"), tests, minutes, strict=False)
        ]}}  # fmt: skip
    found = from_document({
        "kind": "service_level", "scope": scope, "number": number, "author": "troth",
        "effective_from": NOW.replace(day=number), "published_at": NOW.replace(day=number),
        "reason": "As agreed.",
    } | says | more)  # fmt: skip
    row_of(found, author=system_user()).save(force_insert=True)
    return found


def plant_all() -> dict[str, PolicyVersion]:
    """By what is to be found about each. Customer 0 is gold, 1 silver, 2 standard, 3 gold…"""
    plant("tier:gold", 20, 40, 90)
    alike = {
        f"alike{number}": plant(f"customer:{customer_id(number)}", 11, 33, 57 + (number == 4))
        for number in (1, 2, 4)
    }
    return alike | {
        "end": plant(f"customer:{customer_id(0)}", 20, 40, 90),
        "own": plant(f"customer:{customer_id(3)}", 5, 15, 30),
    }
