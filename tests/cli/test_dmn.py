"""Does `troth dmn check` tell people what is wrong with a model, and machines by exit code?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.core.dmn.analysis.models import CLASH, CLEAN, GAP, UNKNOWN, model_file

from troth.cli.dmn import command
from troth.cli.failing import FoundProblemsError


def _check(folder: Path, text: str, *options: str) -> Result:
    return CliRunner().invoke(command, ["check", str(model_file(folder, text)), *options])


def test_a_clean_model_is_said_to_be_clean(tmp_path: Path) -> None:
    done = _check(tmp_path, CLEAN)
    assert done.exit_code == 0, done.output
    assert "Target: UNIQUE, 2 rules: clean" in done.output


def test_a_gap_is_told_with_an_input(tmp_path: Path) -> None:
    done = _check(tmp_path, GAP)
    assert isinstance(done.exception, FoundProblemsError)
    assert 'gap: No rule matches when sev-erity in [4..5] and Channel = "mail".' in done.output
    assert 'for instance sev-erity = 4, Channel = "mail"' in done.output


def test_machines_get_kinds_rules_and_an_input_in_feel(tmp_path: Path) -> None:
    done = _check(tmp_path, CLASH, "--json")
    assert isinstance(done.exception, FoundProblemsError)
    (table,) = json.loads(done.output)["tables"]
    (found,) = table["findings"]
    assert (found["kind"], found["rules"], found["rule_ids"]) == ("overlap", [1, 2], ["r1", "r2"])
    assert found["witness"] == {"sev-erity": "4", "Channel": '"phone"'}
    assert table["counts"] == {"overlap": {"found": 1, "is_exact": True}}
    assert table["is_complete"]


def test_what_could_not_be_analysed_is_no_clean_model(tmp_path: Path) -> None:
    done = _check(tmp_path, UNKNOWN)
    assert isinstance(done.exception, FoundProblemsError)
    assert "not-analysed: Rule 1 is not analysed: of its cell `< limit`" in done.output


def test_what_is_told_is_bounded_and_what_is_not_told_is_counted(tmp_path: Path) -> None:
    three = CLASH.replace("&lt;= 4", "-").replace("&gt; 4", "-")
    done = _check(tmp_path, three, "--most", "1")
    assert done.output.count("overlap: Rules") == 1
    assert "overlap: 1 of 2 told" in done.output


@pytest.mark.parametrize("option", ["--nulls", "--most"])
def test_an_option_that_cannot_be_is_refused(option: str, tmp_path: Path) -> None:
    assert _check(tmp_path, CLEAN, option, "0").exit_code == 2
