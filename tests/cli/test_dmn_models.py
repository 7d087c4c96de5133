"""Does `troth dmn` show and ask a model, and take a table back as it was edited?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from troth.cli.dmn import command
from troth.cli.failing import FoundProblemsError
from troth.core.dmn import DmnError, DmnUnknownError

MODEL = """\
<?xml version="1.0"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="Freight" namespace="urn:f">
  <inputData id="w" name="Weight"><variable name="Weight" typeRef="number"/></inputData>
  <decision id="f" name="Freight">
    <variable name="Freight" typeRef="number"/>
    <informationRequirement><requiredInput href="#w"/></informationRequirement>
    <decisionTable hitPolicy="FIRST"> <!-- agreed with the carrier -->
      <input><inputExpression typeRef="number"><text>Weight</text></inputExpression></input>
      <output typeRef="number"/>
      <rule id="a"><inputEntry><text>[0..2]</text></inputEntry>
        <outputEntry><text>5</text></outputEntry></rule>
      <rule id="b"><inputEntry><text>-</text></inputEntry>
        <outputEntry><text>9</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="d" name="Double">
    <variable name="Double" typeRef="number"/>
    <informationRequirement><requiredDecision href="#f"/></informationRequirement>
    <literalExpression><text>Freight * 2</text></literalExpression>
  </decision>
</definitions>
"""


def _run(*arguments: object, fails: type[Exception] | None = None) -> Result:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert isinstance(done.exception, fails) if fails else done.exception is None, done.output
    return done


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "freight.dmn"
    path.write_text(MODEL, "utf-8")
    return path


def test_a_model_is_shown_with_what_each_node_requires(model: Path) -> None:
    nodes = json.loads(_run("show", model, "--json").output)
    assert [(node["name"], node["logic"], node["requires"]) for node in nodes] == [
        ("Weight", "", ""), ("Freight", "table of 2 rules", "Weight"),
        ("Double", "literal", "Freight"),
    ]  # fmt: skip
    assert "table of 2 rules" in _run("show", model).output
    assert "[0..2]" in _run("show", model, "Freight").output
    assert _run("show", model, "Double").output == "Freight * 2\n"


def test_a_decision_is_asked_with_the_inputs_of_a_file(model: Path, tmp_path: Path) -> None:
    (tmp_path / "parcel.json").write_text('{"Weight": 1.5}', "utf-8")
    assert _run("evaluate", model, "Double", "--with", tmp_path / "parcel.json").output == "10\n"
    told = json.loads(_run("evaluate", model, "Freight", "--json").output)
    assert "no input `Weight` was given" in {note["sentence"] for note in told["notes"]}
    _run("evaluate", model, "freight", fails=DmnUnknownError)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_table_that_was_not_edited_leaves_the_model_to_the_byte(
    model: Path, tmp_path: Path, ending: str
) -> None:
    sheet = tmp_path / f"t.{ending}"
    _run("export", model, "Freight", sheet)
    _run("import", model, "Freight", sheet)
    assert model.read_text("utf-8") == MODEL


def test_an_edited_cell_changes_that_cell_of_the_model(model: Path, tmp_path: Path) -> None:
    sheet, other = tmp_path / "t.csv", tmp_path / "other.dmn"
    _run("export", model, "Freight", sheet)
    sheet.write_text(sheet.read_text("utf-8").replace("rule,b,-,9", "rule,b,-,9.5"), "utf-8")
    _run("import", model, "Freight", sheet, "--to", other)
    assert other.read_text("utf-8") == MODEL.replace("<text>9</text>", "<text>9.5</text>")
    assert model.read_text("utf-8") == MODEL


@pytest.mark.parametrize(
    ("old", "new", "cell"),
    [
        ("UNIQUE,", "UNIKE,", "B1"),
        ("rule,b,-,9", 'rule,b,-,"""nine"""', "D9"),
        ("[0..2]", "[0..2", "C8"),
        ("Weight,", "Wieght,", "C4"),
    ],
)
def test_a_sheet_that_is_wrong_is_told_by_its_cell_and_nothing_is_written(
    model: Path, tmp_path: Path, old: str, new: str, cell: str
) -> None:
    sheet = tmp_path / "t.csv"
    _run("export", model, "Freight", sheet)
    text = sheet.read_text("utf-8").replace("FIRST,", "UNIQUE,")
    assert old in text
    sheet.write_text(text.replace(old, new), "utf-8")
    told = _run("import", model, "Freight", sheet, fails=FoundProblemsError)
    assert f"{cell}: " in told.output
    assert model.read_text("utf-8") == MODEL


def test_what_is_no_table_is_not_exported(model: Path, tmp_path: Path) -> None:
    _run("export", model, "Double", tmp_path / "t.csv", fails=DmnError)
    _run("export", model, "Freight", tmp_path / "t.ods", fails=DmnError)
    assert not (tmp_path / "t.csv").exists()
