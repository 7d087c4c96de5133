"""Do the docs say what is true, and does every link lead somewhere?"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import PACKAGE, ROOT

from troth.cli import COMMANDS

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NUMBERED = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")
DECISIONS = ROOT / "docs" / "decisions"


def _pages() -> list[Path]:
    """Every page that is ours."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")),
            *sorted((ROOT / "examples").rglob("*.md"))]  # fmt: skip


def test_every_generated_page_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for page in _pages():
        for target in _LINK.findall(page.read_text("utf-8")):
            path = target.partition("#")[0]
            if "://" in target or target.startswith("mailto:") or not path:
                continue
            if not (page.parent / path).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_page_that_the_code_points_at_exists() -> None:
    broken = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for found in re.findall(r"docs/[a-z0-9/_-]+(?:\.md)?", path.read_text("utf-8")):
            target = found.removesuffix(".")
            is_there = (ROOT / target).exists() or any(DECISIONS.glob(f"{Path(target).name}-*.md"))
            if not is_there:
                broken.append(f"{path.relative_to(ROOT)}: {found}")
    assert broken == []


def test_decisions_are_numbered_once_without_a_gap() -> None:
    numbers = []
    for path in sorted(DECISIONS.glob("*.md")):
        found = _NUMBERED.match(path.name)
        assert found, f"{path.name}: call it NNNN-the-decision-as-a-title.md"
        numbers.append(int(found[1]))
    assert numbers == list(range(1, len(numbers) + 1))


# Records with sections of their own, each with its reason.
OWN_SECTIONS = {"0004": "an estimator: rule, measurement, what lost, what it does not do"}


def test_every_decision_has_its_context_its_line_and_its_consequences() -> None:
    incomplete = []
    for path in sorted(DECISIONS.glob("*.md")):
        if path.name[:4] in OWN_SECTIONS:
            continue
        text = path.read_text("utf-8")
        for needed in (f"# {int(path.name[:4])}. ", "## Context", "## Decision", "\n> ",
                       "## Consequences"):  # fmt: skip
            if needed not in text:
                incomplete.append(f"{path.name}: {needed.strip()}")
        if len(text.splitlines()) > 90:
            incomplete.append(f"{path.name}: longer than 90 lines")
    assert incomplete == []


def test_the_map_of_the_house_names_every_folder_and_stays_short() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    folders = [path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()]
    folders += [path.name for path in (PACKAGE / "core").iterdir() if path.is_dir()]
    missing = {name for name in folders if name != "__pycache__" and f"{name}/" not in text}
    assert missing == set()


def test_every_dependency_earns_its_line() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    block = project.split("dependencies = [")[1].split("]\n")[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`troth {name}" not in text] == []


def test_the_changelog_tells_of_this_version() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_page_names_a_machine() -> None:
    offenders = [
        str(page.relative_to(ROOT))
        for page in _pages()
        if str(ROOT) in page.read_text("utf-8")
        or re.search(r"/home/\w|/root/|/tmp/\w|localhost:\d{5}", page.read_text("utf-8"))
    ]
    assert offenders == []
