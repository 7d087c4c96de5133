"""What do tests of the console share? People of every role, a company, a workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings
from tests.console.company import add_company, add_people

from troth.core.access.roles import Role
from troth.store.models import User


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """An empty workspace, served."""
    (tmp_path / "troth.toml").write_text('[workspace]\nname = "Tests"\n', "utf-8")
    (tmp_path / "sources").mkdir()
    with override_settings(WORKSPACE=tmp_path):
        yield tmp_path


@pytest.fixture
def people(db: None) -> dict[Role, User]:
    return add_people()


@pytest.fixture
def company(people: dict[Role, User]) -> None:
    """Five customers."""
    add_company(5)


@pytest.fixture
def reader(people: dict[Role, User], workspace: Path) -> Callable[[Role], Client]:
    """Signs somebody of a role in."""

    def sign_in(role: Role) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(people[role])
        return client

    return sign_in
