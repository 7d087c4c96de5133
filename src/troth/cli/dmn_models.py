"""`troth dmn`: what does a model hold and answer, and how does a table go out and come back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import singledispatch
from pathlib import Path

import click
from rich.markup import escape

from troth.cli.contexts import read_context
from troth.cli.failing import FoundProblemsError
from troth.cli.instants import INSTANT
from troth.cli.printing import ERR, OUT, print_json, print_table
from troth.connectors.sheets import FORMATS, read_rows, written_rows
from troth.core.dmn import (
    Model,
    bytes_of,
    decision_table,
    load,
    logic_of,
    with_table,
)
from troth.core.dmn import models as m
from troth.core.dmn.checking import Problem, check
from troth.core.dmn.errors import DmnSheetError
from troth.core.dmn.sheet_reading import table_of
from troth.core.dmn.sheets import SheetTable, rows_of
from troth.core.feel.text import feel_of
from troth.core.feel.values import incoming

_MODEL = click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_ENDINGS = " or ".join(FORMATS)


@click.command()
@_MODEL
@click.argument("decision", required=False)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(model: Path, decision: str | None, as_json: bool) -> None:
    """Show what MODEL holds, or the logic of one DECISION of it."""
    read = load(model)
    if decision is None:
        nodes = [_line(node, read.definitions) for node in read.definitions.nodes.values()]
        if as_json:
            print_json([dict(zip(_COLUMNS, node, strict=True)) for node in nodes])
        else:
            print_table(escape(read.definitions.name), _COLUMNS, _escaped(nodes))
        return
    logic = logic_of(read, decision)
    table = logic.body if isinstance(logic, m.FunctionBox) else logic
    if isinstance(table, m.TableBox):
        rows = rows_of(table)
        if as_json:
            print_json([list(row) for row in rows])
        else:
            first, *rest = _escaped(rows)
            print_table(escape(decision), first, rest)
        return
    text = table.text if isinstance(table, m.LiteralBox) else f"({_called(logic)})"
    if as_json:
        print_json(text)
    else:
        OUT.print(text, soft_wrap=True, markup=False, highlight=False)


def _escaped(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """FEEL's `[a]` is no markup."""
    return [[escape(text) for text in row] for row in rows]


_COLUMNS = ("name", "is", "type", "logic", "requires")


def _line(node: m.Node, definitions: m.Definitions) -> tuple[str, str, str, str, str]:
    requires = node.requires if isinstance(node, m.Decision | m.KnowledgeModel) else ()
    names = [
        found.name if found else item.href
        for item in requires
        for found in [definitions.nodes.get(item.href.rpartition("#")[2])]
    ]
    kind, logic = _kind(node)
    return node.name, kind, node.variable.type_ref or "", logic, ", ".join(names)


@singledispatch
def _kind(node: m.Node) -> tuple[str, str]:
    """(what the node is, what its logic is)"""
    raise TypeError(f"{type(node).__name__} is no node")


@_kind.register
def _(node: m.InputData) -> tuple[str, str]:
    return "input", ""


@_kind.register
def _(node: m.Decision) -> tuple[str, str]:
    return "decision", _called(node.logic)


@_kind.register
def _(node: m.KnowledgeModel) -> tuple[str, str]:
    return "knowledge model", _called(node.function and node.function.body)


@_kind.register
def _(node: m.Service) -> tuple[str, str]:
    return "service", ""


def _called(box: m.Boxed | None) -> str:
    if isinstance(box, m.TableBox):
        return f"table of {len(box.rules)} rules"
    return "" if box is None else type(box).__name__.removesuffix("Box").lower()


@click.command()
@_MODEL
@click.argument("decision")
@click.option(
    "--with",
    "context_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON file whose members are the inputs by their names.",
)
@click.option("--at", type=INSTANT, help="What now() tells; without it, the present moment.")
@click.option("--json", "as_json", is_flag=True, help="For machines: the value and the notes.")
def evaluate(
    model: Path, decision: str, context_file: Path | None, at: datetime | None, as_json: bool
) -> None:
    """Tell what a DECISION or service of MODEL answers."""
    moment = at or datetime.now(UTC)
    found = load(model).evaluation(decision, read_context(context_file), at=moment)
    text = feel_of(incoming(found.value))
    if as_json:
        notes = [{"position": note.position, "sentence": note.sentence} for note in found.notes]
        print_json({"value": found.value, "feel": text, "notes": notes})
        return
    OUT.print(text, soft_wrap=True, markup=False, highlight=False)
    for note in found.notes:
        _say(f"  null: {note.sentence}")


@click.command("export", help=f"Write the table of a DECISION of MODEL to OUT ({_ENDINGS}).")
@_MODEL
@click.argument("decision")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export_command(model: Path, decision: str, out: Path) -> None:
    table = decision_table(load(model), decision)
    _write(out, written_rows(rows_of(table), out.name))
    OUT.print(f"{out}: {len(table.rules)} rules", markup=False, soft_wrap=True)


@click.command("import", help=f"Take the table of a DECISION of MODEL from SHEET ({_ENDINGS}).")
@_MODEL
@click.argument("decision")
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the model; without it, over MODEL. All but the table stays as it is.",
)
def import_command(model: Path, decision: str, sheet: Path, to: Path | None) -> None:
    before = load(model)
    rows = read_rows(sheet.read_bytes(), sheet.name)
    try:
        read = table_of(rows, decision_table(before, decision))
    except DmnSheetError as error:
        _say(str(error))
        raise FoundProblemsError from None
    after = with_table(before, decision, read.table)
    problems = list(_new_problems(before, after, decision))
    for problem in problems:
        _say(f"{_cell(read, problem)}: {problem.sentence}")
    if problems:
        _say("Nothing was written. Mend the sheet and import it again.")
        raise FoundProblemsError
    _write(to or model, bytes_of(after))
    OUT.print(f"{to or model}: {len(read.table.rules)} rules", markup=False, soft_wrap=True)


def _new_problems(before: Model, after: Model, decision: str) -> Iterator[Problem]:
    """What the sheet brought in; what was wrong before it is not its fault."""
    known = {problem.sentence for problem in check(before)}
    for problem in check(after):
        is_here = problem.place.node == decision
        if is_here and not problem.is_hint and problem.sentence not in known:
            yield problem


def _cell(sheet: SheetTable, problem: Problem) -> str:
    place = problem.place
    return str(place) if place.row is None and place.column is None else sheet.cell_of(place)


def _write(path: Path, document: bytes) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(document)
    draft.replace(path)


def _say(text: str) -> None:
    ERR.print(text, soft_wrap=True, markup=False, highlight=False)


# One line a command of `troth dmn`.
COMMANDS = (show, evaluate, export_command, import_command)
