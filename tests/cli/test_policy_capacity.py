"""Does `troth policy capacity` answer the guide's own example, for people and for machines?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from troth.analysis.capacity import CapacityDocumentError
from troth.cli.failing import FoundProblemsError
from troth.cli.policy_capacity import capacity_command

GUIDE = Path(__file__).parents[2] / "docs/guides/commit-what-can-be-met.md"


@pytest.fixture
def north(tmp_path: Path) -> Path:
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "north.yaml"
    path.write_text(example, "utf-8")
    return path


def test_a_day_that_cannot_be_served_is_told_with_its_customers_and_span(north: Path) -> None:
    done = CliRunner().invoke(capacity_command, [str(north)])
    assert isinstance(done.exception, FoundProblemsError)
    assert "cus_1" in done.output
    assert "2 × unloading, 45 min each, 08:00–09:00" in done.output
    assert "at least 150 minutes of work are due, and there are 120" in done.output


def test_machines_get_the_day_of_what_can_be_met(north: Path) -> None:
    done = CliRunner().invoke(capacity_command, [str(north), "--json"])
    docks, line, stock = json.loads(done.output)
    assert [item["customer"] for item in docks["conflict"]] == ["cus_1", "cus_2"]
    assert len(line["bookings"]) == 6
    assert stock["can_all_be_met"]


def test_what_can_be_met_ends_well(north: Path) -> None:
    text = north.read_text("utf-8").replace("    capacity: 2\n", "    capacity: 3\n")
    north.write_text(text, "utf-8")
    done = CliRunner().invoke(capacity_command, [str(north)])
    assert done.exit_code == 0, done.output
    assert "docks: all can be met together: 3 a day, all in time." in done.output


def test_a_file_that_is_no_yaml_is_told(north: Path) -> None:
    north.write_text("resources: [", "utf-8")
    done = CliRunner().invoke(capacity_command, [str(north)])
    assert isinstance(done.exception, CapacityDocumentError)
