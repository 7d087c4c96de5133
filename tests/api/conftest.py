"""What do tests of the API share? The addresses as a site mounts them, a program, a company."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.test import override_settings
from django.urls import include, path
from tests.api.company import Caller, add_company, caller

from troth.api.urls import problem_urlpatterns, urlpatterns
from troth.core.access.roles import Role


@pytest.fixture(autouse=True)
def addresses() -> Iterator[None]:
    """The API where a site puts it."""
    mounted = ModuleType("mounted")
    mounted.urlpatterns = [  # type: ignore[attr-defined]
        path("api/", include(urlpatterns)),
        path("problems/", include(problem_urlpatterns)),
    ]
    with override_settings(ROOT_URLCONF=mounted, ALLOWED_HOSTS=["*"]):
        yield


@pytest.fixture(autouse=True)
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace that may hold every region: what comes in is asked where it belongs."""
    directory = tmp_path_factory.mktemp("workspace")
    (directory / "troth.toml").write_text('[workspace]\nname = "Shop"\n', "utf-8")
    with override_settings(WORKSPACE=directory):
        yield directory


@pytest.fixture
def program(db: None) -> Caller:
    """An integration."""
    return caller(Role.INTEGRATION)


@pytest.fixture
def company(db: None) -> list[str]:
    """Five customers, each with a promise and a case; their ids."""
    return add_company(5)


@pytest.fixture
def settings_small() -> Iterator[None]:
    """Requests above a kilobyte are too large."""
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1024):
        yield


@pytest.fixture
def empty_workspace(tmp_path: Path) -> Iterator[None]:
    """A workspace in which nothing ran yet."""
    with override_settings(WORKSPACE=tmp_path):
        yield
