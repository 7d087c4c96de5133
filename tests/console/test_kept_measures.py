"""Measures are kept for a viewer, and no longer than what they may see stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.console.company import customer_id

from troth.console.pages import measures
from troth.core.access.roles import Role
from troth.store.models import Customer, User
from troth.store.queries.viewing import viewer_of


def test_measures_are_taken_again_once_a_customer_is_restricted(
    company: None, people: dict[Role, User], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    monkeypatch.setattr(measures, "measured", lambda *_, **__: tuple(taken.append(1) or ()))
    viewer = viewer_of(people[Role.EXECUTIVE])

    def look() -> int:
        measures.rows_by(viewer, ["otif_promise"], "")
        return len(taken)

    assert (look(), look()) == (1, 1)
    Customer.objects.filter(pk=customer_id(0)).update(is_restricted=True)
    assert (look(), look()) == (2, 2)
