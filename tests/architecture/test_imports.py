"""Do imports point down, and does each module say at its top what it needs?"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.source import ROOT, modules

# The start-up of the command line imports a command when it is asked for, so that
# `troth --help` needs no database; and what can be wrong, when something is.
STARTS_LATE = {"troth.cli", "troth.cli.failing"}


def test_imports_point_down_never_beside_and_never_up() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_folder_fails_the_contract_until_somebody_places_it() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layered = [item for item in contracts["contracts"] if item["type"] == "layers"]
    assert {tuple(item["containers"]) for item in layered} == {("troth",), ("troth.core",)}
    assert all(item["exhaustive"] for item in layered)


def test_no_import_stands_inside_a_function() -> None:
    offenders = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if module.name not in STARTS_LATE
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert offenders == []


def test_only_the_command_line_and_the_site_read_what_is_ours_by_name() -> None:
    # A module that is imported by its name at run time escapes the contract.
    offenders = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if module.name not in STARTS_LATE
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("import_module")
        and not _names_a_library(node)
    ]
    assert offenders == []


def _names_a_library(call: ast.Call) -> bool:
    """A library that is slow to load may be loaded when it is first needed, by its plain name."""
    match call.args:
        case [ast.Constant(value=str(name))]:
            return name.partition(".")[0] != "troth"
        case _:
            return False


def test_a_library_by_its_plain_name_is_none_of_ours() -> None:
    def call(text: str) -> ast.Call:
        found = ast.parse(text, mode="eval").body
        assert isinstance(found, ast.Call)
        return found

    assert _names_a_library(call('import_module("lifelines")'))
    assert not _names_a_library(call('import_module("troth.actions")'))
    assert not _names_a_library(call("import_module(name)"))
