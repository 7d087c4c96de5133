"""Does every error get the details that its message names, wherever it is raised?"""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

from troth.store import server
from troth.store.server import errors

CLASSES = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.ServerError)
}


def calls() -> list[tuple[str, set[str]]]:
    found = []
    for path in sorted(Path(server.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in CLASSES
            ):
                found.append((node.func.id, {str(each.arg) for each in node.keywords}))
    return found


@pytest.mark.parametrize(("name", "given"), calls())
def test_an_error_is_raised_with_just_what_its_message_names(name: str, given: set[str]) -> None:
    named = {field for _, field, _, _ in Formatter().parse(CLASSES[name].__doc__ or "") if field}
    assert given == named


def test_every_error_is_raised_somewhere() -> None:
    assert {name for name, _ in calls()} == set(CLASSES) - {"ServerError"}


def test_details_with_braces_are_shown_as_they_are() -> None:
    error = errors.InitialisationFailed(directory="d", output="{odd} output")
    assert "{odd} output" in str(error)
