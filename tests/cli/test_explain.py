"""Does `troth explain` answer who asks, and help who mistypes?"""

from __future__ import annotations

import json

from click.testing import CliRunner

from troth.cli import reference
from troth.cli.explain import command
from troth.cli.explanations import PAGES, code_of
from troth.connectors.workspace import NoWorkspaceError, WorkspaceError


def test_a_code_is_explained_by_what_it_means_why_an_example_and_what_to_do() -> None:
    done = CliRunner().invoke(command, ["row:date:unreadable"])
    assert done.exit_code == 0
    for label in ("means:", "why:", "example:", "what to do:"):
        assert label in done.output
    assert PAGES["row:date:unreadable"].remedy in done.output


def test_a_problem_type_of_the_api_is_explained_by_its_address() -> None:
    done = CliRunner().invoke(command, ["/problems/key-reused"])
    assert done.output.startswith("problem:key-reused")


def test_who_mistypes_a_code_is_told_the_nearest_ones_and_gets_exit_code_1() -> None:
    done = CliRunner().invoke(command, ["row:date:unreadible"])
    assert done.exit_code == 1
    assert "Did you mean row:date:unreadable" in done.output


def test_the_list_holds_every_code_for_machines() -> None:
    done = CliRunner().invoke(command, ["--list", "--json"])
    assert [item["code"] for item in json.loads(done.output)] == list(PAGES)


def test_a_code_is_no_emoji() -> None:
    # rich turns :date: into a picture unless it is told not to.
    assert "row:date:unreadable" in CliRunner().invoke(command, ["row:date:unreadable"]).output


def test_an_error_without_a_code_of_its_own_is_explained_as_the_kind_of_error_it_is() -> None:
    class MyWorkspaceError(WorkspaceError):
        """A more special one."""

    assert code_of(MyWorkspaceError) == "workspace"
    assert code_of(NoWorkspaceError) == "workspace:none"
    assert code_of(ValueError) is None


def test_the_reference_names_every_command_with_its_options_and_is_the_same_each_time() -> None:
    text = reference.reference()
    assert "### `troth policy show CUSTOMER`" in text
    assert "| `--no-serve` |" in text
    assert reference.reference() == text
