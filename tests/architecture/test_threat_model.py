"""Is everything there that the threat model names: each file, each test that shows something?"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.architecture.source import ROOT

PAGES = ("THREAT_MODEL.md", "SECURITY.md")
_NAMED = re.compile(r"`((?:src|tests|tools|docs)/[\w./-]+)(?:::(\w+))?`")


@cache
def _tests(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _missing(text: str) -> list[str]:
    found = []
    for name, test in _NAMED.findall(text):
        path = ROOT / name
        if not path.exists() or (test and test not in _tests(path)):
            found.append(f"{name}::{test}" if test else name)
    return found


def test_what_the_threat_model_names_is_there() -> None:
    for page in PAGES:
        assert _missing((ROOT / page).read_text("utf-8")) == []


def test_every_threat_says_what_is_done_and_what_remains() -> None:
    text = (ROOT / PAGES[0]).read_text("utf-8")
    threats = text.split("## Who, and what they could do")[1].split("\n## ")[0].split("\n### ")[1:]
    assert len(threats) > 10
    for threat in threats:
        assert "- *Done.*" in threat, threat
        assert "- *Remains.*" in threat, threat


def test_a_file_or_a_test_that_is_not_there_is_found() -> None:
    assert _missing("`src/troth/nowhere.py` shows it") == ["src/troth/nowhere.py"]
    name = "tests/architecture/test_threat_model.py"
    assert _missing(f"`{name}::test_of_nothing`") == [f"{name}::test_of_nothing"]
    assert _missing(f"`{name}::test_a_file_or_a_test_that_is_not_there_is_found`") == []
