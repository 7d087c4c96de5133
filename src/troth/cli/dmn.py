"""`troth dmn`: what is in a decision model, and what is wrong with it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from troth.cli.dmn_models import COMMANDS
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json
from troth.core.dmn import load
from troth.core.dmn.analysis import Finding, Kind, Limits, TableFound, analyse_model
from troth.core.dmn.analysis.problem import NULLS
from troth.core.dmn.checking import Problem, check


@click.group("dmn")
def command() -> None:
    """Decision models of OMG DMN, from files."""


for _other in COMMANDS:
    command.add_command(_other)


@command.command("check")
@click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--whole", multiple=True, metavar="INPUT", help="An input that is a whole number; repeatable."
)
@click.option(
    "--nulls",
    type=click.Choice(NULLS),
    default="named",
    show_default=True,
    help="Where null is looked at: where a cell names it, nowhere, everywhere.",
)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True,
              help="How many of each kind are told for a table; all are counted.")  # fmt: skip
@click.option("--looks", type=click.IntRange(1), default=Limits().looks, show_default=True,
              help="How much work may be done for a table.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check_command(
    model: Path, whole: tuple[str, ...], nulls: str, most: int, looks: int, as_json: bool
) -> None:
    """Check types and names of MODEL, and analyse its decision tables.

    Gaps, overlaps that conflict, rules that never decide or change nothing, cells that nothing
    passes: each with an input that shows it when the table is run. Exit code 1 where something is
    found or could not be analysed. Needs no workspace and no database.
    """
    known = load(model)
    problems = check(known)
    limits = Limits(findings=most, looks=looks)
    tables = analyse_model(known, whole=whole, limits=limits, nulls=nulls)
    if as_json:
        print_json({"problems": [_problem(item) for item in problems],
                    "tables": [_table(item) for item in tables]})  # fmt: skip
    else:
        _show(problems, tables)
    is_wrong = any(not problem.is_hint for problem in problems)
    if is_wrong or not all(table.analysis.is_clean for table in tables):
        raise FoundProblemsError


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "node": place.node,
        "path": place.path,
        "row": place.row,
        "column": place.column,
        "line": place.line,
        "sentence": problem.sentence,
        "is_hint": problem.is_hint,
    }


def _table(table: TableFound) -> dict[str, Any]:
    analysis = table.analysis
    return {
        "node": table.node,
        "path": table.path,
        "hit_policy": table.box.hit_policy.value,
        "rules": len(table.box.rules),
        "is_clean": analysis.is_clean,
        "is_complete": analysis.is_complete,
        "findings": [_finding(finding) for finding in analysis.findings],
        "counts": {
            kind.value: {"found": count.found, "is_exact": count.is_exact}
            for kind, count in analysis.counts.items()
        },
        "assumptions": analysis.assumptions,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    witness = finding.witness
    return {
        "kind": finding.kind.value,
        "sentence": finding.sentence,
        "rules": finding.rules,
        "rule_ids": finding.rule_ids,
        "cells": [
            {"rule": cell.rule, "column": cell.column, "text": cell.text} for cell in finding.cells
        ],
        # By input expression, as text of FEEL.
        "witness": None if witness is None else dict(witness.feel),
        "decides": None if witness is None else witness.decides,
        "where": dict(finding.where),
    }


def _show(problems: tuple[Problem, ...], tables: tuple[TableFound, ...]) -> None:
    for problem in problems:
        _say(f"{'hint' if problem.is_hint else 'problem'}: {problem}")
    for table in tables:
        analysis = table.analysis
        rules = len(table.box.rules)
        state = "clean" if analysis.is_clean else "found"
        _say(f"{table}: {table.box.hit_policy.value}, {rules} rule{'' if rules == 1 else 's'}: "
             f"{state}")  # fmt: skip
        for finding in analysis.findings:
            _say(f"  {finding.kind.value}: {finding.sentence}")
            if finding.kind is Kind.GAP and finding.witness is not None:
                given = ", ".join(f"{name} = {text}" for name, text in finding.witness.feel)
                _say(f"    for instance {given or 'any input'}")
        for kind, count in analysis.counts.items():
            told = len(analysis.of(kind))
            if count.found > told or not count.is_exact:
                least = "" if count.is_exact else "at least "
                _say(f"  {kind.value}: {told} of {least}{count.found} told")
        for sentence in analysis.assumptions:
            _say(f"  ({sentence})")
    if not tables:
        _say("The model has no decision table.")


def _say(text: str) -> None:
    OUT.print(text, soft_wrap=True, markup=False, highlight=False)
