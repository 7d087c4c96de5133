"""`troth decide KIND`: decide one case from a file, or a table of them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, print_json
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import KINDS, read_input
from troth.core.decisions.receipt import seal
from troth.core.ledger.canonical import plain

_NAMES = sorted({kind.name for kind in KINDS})


@click.command("decide")
@click.argument("kind", type=click.Choice(_NAMES))
@click.option(
    "--input",
    "input_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="One case as JSON; or a table: .jsonl with a case a line, .csv with a column a field.",
)
@click.option("--outcome-only", is_flag=True, help="Without reasons and inputs.")
def command(kind: str, input_file: Path, outcome_only: bool) -> None:
    """Decide without recording anything; needs no workspace and no database."""
    if input_file.suffix not in (".jsonl", ".csv"):
        print_json(_decided(kind, _one(input_file), outcome_only=outcome_only))
        return
    failed = 0
    for line, document in _many(input_file):
        try:
            answer = _decided(kind, document, outcome_only=outcome_only)
        except DecisionInputError as error:
            failed += 1
            ERR.print(f"{input_file}:{line}: {error}", soft_wrap=True, markup=False)
            answer = {"error": str(error), "line": line}
        sys.stdout.write(json.dumps(plain(answer), ensure_ascii=False) + "\n")
    if failed:
        raise FoundProblemsError


def _decided(kind: str, document: Any, *, outcome_only: bool) -> dict[str, Any]:
    given = read_input(kind, document)
    decision = given.decide()
    receipt = seal(decision, given.facts, given.policy)
    if outcome_only:
        return {"subject": decision.subject, **decision.outcome}
    return {"receipt": receipt.id, **asdict(decision)}


def _one(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{path}: not readable as JSON: {error}") from error


def _many(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".jsonl":
            for line, text in enumerate(file, start=1):
                if text.strip():
                    try:
                        yield line, json.loads(text)
                    except ValueError as error:
                        raise click.ClickException(
                            f"{path}:{line}: not readable as JSON: {error}"
                        ) from error
            return
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, nested({name: value for name, value in row.items() if value})


def nested(flat: dict[str, str]) -> dict[str, Any]:
    """{"facts.order": "x"} → {"facts": {"order": "x"}}; values that are JSON are read as such."""
    document: dict[str, Any] = {}
    for name, text in flat.items():
        *path, last = name.split(".")
        place = document
        for part in path:
            place = place.setdefault(part, {})
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        place[last] = value
    return document
