"""`troth receipts`: re-execute recorded decisions."""

from __future__ import annotations

import json

import click

from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, progress_bars
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.decisions.receipt import reexecute
from troth.store.facts.receipts import count_receipts, recorded_receipts
from troth.store.models import User


@click.group("receipts")
def command() -> None:
    """Re-execute recorded decisions."""


@command.command("verify")
@click.argument("ids", nargs=-1)
@click.option("--kind", help="Only decisions of this kind.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def verify_command(
    ids: tuple[str, ...], kind: str | None, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Decide again all that is recorded (or IDS), and report any difference to the byte."""
    differences = []
    verified = 0
    with progress_bars(is_quiet=as_json) as bars:
        task = bars.add_task("re-execute receipts", total=len(ids) or count_receipts())
        for recorded in recorded_receipts(kind=kind, ids=list(ids) or None):
            difference = reexecute(recorded.content, recorded.shared, recorded_id=recorded.id)
            verified += 1
            bars.update(task, completed=verified)
            if difference is not None:
                differences.append(difference)
    if as_json:
        print_json({"verified": verified, "differences": [vars(item) for item in differences]})
    else:
        for item in differences:
            OUT.print(item.sentence, soft_wrap=True, markup=False)
        OUT.print(f"{verified:,} receipts re-executed, {len(differences)} differences.")
    if differences:
        raise FoundProblemsError


@command.command("show")
@click.argument("receipt_id")
@needs_database
def show_command(receipt_id: str, workspace: Workspace, acting_user: User) -> None:
    """One receipt, pretty."""
    found = next(recorded_receipts(ids=[receipt_id]), None)
    if found is None:
        raise click.ClickException(f"There is no receipt {receipt_id}.")
    OUT.print_json(json.dumps(json.loads(found.content), ensure_ascii=False))
