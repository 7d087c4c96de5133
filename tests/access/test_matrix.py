"""Does everybody get what the matrix says, of everybody, everywhere?

matrix.csv has a line for each role and each operation, page, metric, chart and export, and a cell
for each relation: 200, 403, 404, 422, present or absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import override_settings
from django.urls import URLPattern, path
from tests.access import matrix
from tests.access.company import RELATIONS, Keys, add_five, quarantined_row, somebody
from tests.access.matrix import Difference, walk
from tests.access.probes import API, EXPORTS, NOBODYS, PAGES, PROBES, Probe
from tests.connectors.contracts import agreed
from tests.databases import unhidden

from troth.actions import merging
from troth.api.description import operations
from troth.api.v1 import openapi_document
from troth.console.pages import measures
from troth.console.urls import urlpatterns
from troth.core.access import deciding
from troth.core.access.roles import Relation, Right, Role
from troth.store.queries import orders
from troth.store.queries.viewing import as_the_program
from troth.store.server import Server
from troth.store.tables import refresh

_HOW = "add it to tests/access/probes.py, then run `python tools/access_matrix.py`"
_CONSOLE = Path(measures.__file__).parents[1]


@pytest.fixture(scope="module")
def company(
    modules_database: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Keys]]:
    """The five customers, measured, in a workspace. A chart is drawn as the figures it is of."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "troth.toml").write_text('[workspace]\nname = "Tests"\n', "utf-8")
    (folder / "sources").mkdir()
    (folder / "exports").mkdir()
    agreed.lay(folder, "")
    with pytest.MonkeyPatch.context() as patch, override_settings(WORKSPACE=folder):
        patch.setattr(measures, "draw", lambda spec, form: json.dumps(spec).encode())
        # Who may merge is asked hundreds of times; what is decided anew then, in tests/actions.
        patch.setattr(merging, "decide_again", lambda customers, *, acting_user: None)
        with as_the_program():
            five = add_five()
            refresh(folder / ".troth" / "tables")
        yield five


def differences(
    five: dict[str, Keys], role: Role, probes: Sequence[Probe] = PROBES
) -> list[Difference]:
    with as_the_program():
        row, who = quarantined_row(), somebody(role)
    return list(walk(who, five, row, matrix.read(), probes))


def probes_named(*ids: str) -> list[Probe]:
    found = [probe for probe in PROBES if probe.id in ids]
    assert len(found) == len(ids)
    return found


def leaks_in(found: Iterable[Difference]) -> set[tuple[str, str]]:
    return {(item.probe, item.relation) for item in found if item.is_leak}


@pytest.mark.parametrize("role", list(Role))
def test_everybody_gets_what_the_matrix_says_of_everybody(
    company: dict[str, Keys], role: Role
) -> None:
    found = differences(company, role)
    leaks = [str(item) for item in found if item.is_leak]
    wrong = [str(item) for item in found if not item.is_leak]
    assert not leaks, "leaks:\n" + "\n".join(leaks)
    assert not wrong, "not as the matrix says:\n" + "\n".join(wrong)


def test_a_guard_that_is_off_is_found_as_leaks(
    company: dict[str, Keys], monkeypatch: pytest.MonkeyPatch
) -> None:
    for right in Right:
        if deciding._REACH[Role.AGENT, right] is not None:
            monkeypatch.setitem(deciding._REACH, (Role.AGENT, right), Relation.ALL)
    asked = (
        "api customer_show",
        "page orders",
        "metric promise_coverage",
        "chart promise_coverage",
    )
    leaks = leaks_in(differences(company, Role.AGENT, probes_named(*asked)))
    assert leaks == {(name, "other") for name in asked}


def test_a_restriction_that_is_off_is_found_as_leaks(
    company: dict[str, Keys], modules_database: Server
) -> None:
    with psycopg.connect(unhidden(modules_database.owner_url)) as owner:
        owner.execute("UPDATE store_customer SET is_restricted = false")
    try:
        found = differences(company, Role.STEWARD, probes_named("api order_show", "page customers"))
    finally:
        with psycopg.connect(unhidden(modules_database.owner_url)) as owner:
            owner.execute(
                "UPDATE store_customer SET is_restricted = true WHERE id = %s",
                [company["restricted"].customer],
            )
    assert leaks_in(found) == {("api order_show", "restricted"), ("page customers", "restricted")}


def test_each_wall_holds_alone_and_with_both_down_the_walk_finds_leaks(
    company: dict[str, Keys], modules_database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = probes_named("api order_list", "export orders.csv")
    wall = "ALTER TABLE store_promise {} ROW LEVEL SECURITY"
    with psycopg.connect(modules_database.owner_url, autocommit=True) as owner:
        owner.execute(wall.format("DISABLE"))
        try:
            with_the_filter_alone = differences(company, Role.AGENT, asked)
            monkeypatch.setattr(orders, "visible", lambda rows, sight: rows)
            with_neither = differences(company, Role.AGENT, asked)
        finally:
            owner.execute(wall.format("ENABLE"))
    with_the_database_alone = differences(company, Role.AGENT, asked)
    assert with_the_filter_alone == with_the_database_alone == []
    assert {relation for _, relation in leaks_in(with_neither)} == {"other", "restricted"}


def operations_without_line(document: dict[str, Any]) -> set[str]:
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    return ids - {probe.name for probe in API}


def pages_without_line(patterns: Iterable[URLPattern]) -> set[str]:
    names = {str(pattern.name) for pattern in patterns} - {"parts"}
    return names - {probe.name for probe in PAGES} - set(NOBODYS)


def exports_without_line(sources: Iterable[str]) -> set[str]:
    named = {name for text in sources for name in re.findall(r'csv_of\(\s*"([a-z_]+)"', text)}
    assert named, "no page exports anything?"
    return {f"{name}.csv" for name in named} - {probe.name for probe in EXPORTS}


def test_every_operation_of_the_api_has_its_line() -> None:
    assert operations_without_line(openapi_document()) == set(), _HOW


def test_an_operation_without_a_line_is_found() -> None:
    document = openapi_document()
    ghost = {"/api/v1/ghosts": {"get": {"operationId": "ghost_list"}}}
    with_ghost = document | {"paths": document["paths"] | ghost}
    assert operations_without_line(with_ghost) == {"ghost_list"}


def test_every_page_has_its_line_or_a_reason_why_not() -> None:
    assert pages_without_line(urlpatterns) == set(), _HOW


def test_a_page_without_a_line_is_found() -> None:
    ghost = path("ghosts", measures.index, name="ghosts")
    assert pages_without_line([*urlpatterns, ghost]) == {"ghosts"}


def test_no_reason_is_kept_for_a_page_that_is_gone() -> None:
    assert set(NOBODYS) - {"parts"} <= {str(pattern.name) for pattern in urlpatterns}


def test_every_export_has_its_line() -> None:
    sources = [page.read_text("utf-8") for page in sorted((_CONSOLE / "pages").glob("*.py"))]
    assert exports_without_line(sources) == set(), _HOW
    assert exports_without_line([*sources, 'csv_of("ghosts")']) == {"ghosts.csv"}


def test_the_matrix_has_every_cell_and_no_other_and_each_was_reviewed() -> None:
    known, wanted = matrix.read(), {line for line, _ in matrix.lines()}
    assert wanted - set(known) == set(), _HOW
    assert set(known) - wanted == set(), "remove these lines: nothing asks for them any more"
    unreviewed = {
        line
        for line, cells in known.items()
        if len(cells) != len(RELATIONS) or not set(cells) <= matrix.ALLOWED | matrix.HIDDEN
    }
    assert unreviewed == set(), "look at each cell with a question mark, and remove the mark"
