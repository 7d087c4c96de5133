"""Small models with a table or two."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

_HEAD = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="m">
<itemDefinition name="Natural"><typeRef>number</typeRef>
  <allowedValues><text>&gt;= 0</text></allowedValues></itemDefinition>
<itemDefinition name="Severity"><typeRef>Natural</typeRef>
  <allowedValues><text>[1..5]</text></allowedValues></itemDefinition>
<inputData id="s" name="sev-erity"><variable name="sev-erity" typeRef="Severity"/></inputData>
<inputData id="c" name="Channel"><variable name="Channel" typeRef="string"/></inputData>
"""
_REQUIRES = "".join(
    f'<informationRequirement><requiredInput href="#{id}"/></informationRequirement>'
    for id in ("s", "c")
)


def _table(
    inputs: tuple[tuple[str, str], ...], *rows: tuple[str, ...], policy: str = "UNIQUE"
) -> str:
    heads = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in inputs
    )
    rules = "".join(
        f'<rule id="r{at}">'
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[:-1])
        + f"<outputEntry><text>{escape(row[-1])}</text></outputEntry></rule>"
        for at, row in enumerate(rows, 1)
    )
    return f'<decisionTable hitPolicy="{policy}">{heads}<output/>{rules}</decisionTable>'


def _decision(name: str, logic: str) -> str:
    return (
        f'{_HEAD}<decision id="d" name="{name}"><variable name="{name}"/>'
        f"{_REQUIRES}{logic}</decision></definitions>"
    )


_INPUTS = (("sev-erity", "number"), ("Channel", "string"))
GAP = _decision(
    "Target",
    _table(
        _INPUTS, ("< 4", "-", "1"), (">= 4", 'not("mail")', "2"),
    ),
)  # fmt: skip
CLASH = _decision(
    "Target",
    _table(
        _INPUTS, ("<= 4", "-", "30"), (">= 4", '"phone"', "60"), ("> 4", 'not("phone")', "90"),
    ),
)  # fmt: skip
CLEAN = _decision("Target", _table(_INPUTS, ("< 4", "-", "1"), (">= 4", "-", "2")))
UNKNOWN = _decision("Target", _table(_INPUTS, ("< limit", "-", "1"), ("-", '"mail"', "2")))
ENTRY = _decision(
    "Fee",
    '<context><contextEntry><variable name="base" typeRef="number"/>'
    + _table(_INPUTS[:1], ("< 3", "1"), (">= 3", "2"))
    + '</contextEntry><contextEntry><variable name="extra"/>'
    + _table((("base", "Any"),), ("<= 1", "0"), ("> 1", "5"))
    + "</contextEntry></context>",
)


def model_file(folder: Path, text: str) -> Path:
    path = folder / "model.dmn"
    path.write_text(text, "utf-8")
    return path
