"""`troth feel`: what is the value of an expression, and why is a part of it null?"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from troth.cli.contexts import read_context
from troth.cli.failing import FoundProblemsError
from troth.cli.instants import INSTANT
from troth.cli.printing import ERR, OUT, print_json
from troth.core.feel import FeelError
from troth.core.feel.evaluating import Evaluation, Expression, members_of
from troth.core.feel.text import feel_of
from troth.core.feel.values import incoming

with suppress(ImportError):  # where there is none, the arrow keys do not work
    import readline  # noqa: F401

_PROMPT = "feel> "
_HELP = """An expression, or `name := expression` to keep a value; an empty line ends.
`?` alone shows what is kept."""


@click.command("feel")
@click.argument("expression", required=False)
@click.option(
    "--with",
    "context_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON file whose members are the names in scope.",
)
@click.option("--at", type=INSTANT, help="What now() tells; without it, the present moment.")
@click.option("--cell", is_flag=True, help="Read unary tests over `?`, as in a decision table.")
@click.option("--json", "as_json", is_flag=True, help="For machines: the value and the notes.")
def command(
    expression: str | None,
    context_file: Path | None,
    at: datetime | None,
    cell: bool,
    as_json: bool,
) -> None:
    """Evaluate EXPRESSION; without one, ask for expressions line by line.

    Exit code 1 where the text is no FEEL; needs no workspace and no database.
    """
    context = read_context(context_file)
    moment = at or datetime.now(UTC)
    if expression is None:
        _converse(context, moment)
        return
    try:
        found = _evaluate(expression, context, moment, is_cell=cell)
    except FeelError as error:
        ERR.print(str(error), soft_wrap=True, markup=False, highlight=False)
        raise FoundProblemsError from None
    if as_json:
        notes = [{"position": note.position, "sentence": note.sentence} for note in found.notes]
        print_json({"value": found.value, "feel": _feel(found), "notes": notes})
        return
    _show(found, expression)


def _evaluate(
    text: str, context: Mapping[str, Any], at: datetime, *, is_cell: bool = False
) -> Evaluation:
    names = (*context, "?") if is_cell else tuple(context)
    expression = Expression(text, names=names, members=members_of(context), is_cell=is_cell)
    return expression.evaluate(context, at=at)


def _feel(found: Evaluation) -> str:
    return feel_of(incoming(found.value))


def _show(found: Evaluation, text: str) -> None:
    OUT.print(_feel(found), soft_wrap=True, markup=False, highlight=False)
    for note in found.notes:
        at = f"at {note.position + 1}" if "\n" not in text else f"at character {note.position + 1}"
        ERR.print(f"  null {at}: {note.sentence}", soft_wrap=True, markup=False, highlight=False)


def _converse(context: dict[str, Any], at: datetime) -> None:
    if sys.stdin.isatty():
        OUT.print(_HELP, markup=False, highlight=False)
    while True:
        try:
            line = input(_PROMPT if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if not line:
            if sys.stdin.isatty():
                return
            continue
        if line == "?":
            for name, value in context.items():
                OUT.print(f"{name} = {feel_of(incoming(value))}", markup=False, highlight=False)
            continue
        name, mark, rest = line.partition(":=")
        try:
            found = _evaluate(rest if mark else line, context, at)
        except FeelError as error:
            ERR.print(str(error), soft_wrap=True, markup=False, highlight=False)
            continue
        if mark:
            context[name.strip()] = found.value
        _show(found, rest if mark else line)
