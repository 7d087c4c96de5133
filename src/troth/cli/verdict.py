"""`troth verdict`: what stewards said of who is who; say it, list it, take it back."""

from __future__ import annotations

from dataclasses import asdict

import click

from troth.actions.questions import VERDICTS, say_of_records, withdraw
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.verdicts import find_verdicts
from troth.store.queries.viewing import viewer_of


@click.group("verdict")
def command() -> None:
    """Say of two records who they are; every later run goes by it."""


@command.command("list")
@click.option("--all", "is_all", is_flag=True, help="Those that were taken back too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    is_all: bool, limit: int, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """The verdicts that hold, merges among them, the newest first."""
    found = find_verdicts(viewer=viewer_of(acting_user), holds=None if is_all else True, size=limit)
    if as_json:
        print_json([asdict(row) for row in found.rows])
        return
    print_table(
        f"Verdicts: {found.total:,}",
        ("id", "verdict", "of", "and", "by", "at", "reason", "taken back"),
        [
            (
                row.id,
                row.verdict,
                row.one,
                row.other,
                row.author,
                row.given_at,
                row.reason,
                row.withdrawn_at or "",
            )
            for row in found.rows
        ],
    )


@command.command("add")
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.argument("one", metavar="KEY")
@click.argument("other", metavar="KEY")
@click.option("--reason", required=True, help="How you know, in a sentence; it is kept.")
@needs_database
def add_command(
    verdict: str, one: str, other: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Say of two source records that they are the same, or apart."""
    row = say_of_records(
        records=(one, other), verdict=verdict, reason=reason, acting_user=acting_user
    )
    OUT.print(f"{row.pk}: {one} and {other} are {verdict}; the next run goes by it.")


@command.command("withdraw")
@click.argument("verdict_id", metavar="ID")
@click.option("--reason", required=True, help="Why it holds no more, in a sentence; it is kept.")
@needs_database
def withdraw_command(verdict_id: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Take a verdict back: a merge is undone, and what it settled is open again."""
    row = withdraw(verdict_id=verdict_id, reason=reason, acting_user=acting_user)
    OUT.print(f"{row.pk}: taken back. {row.one} and {row.other} are as before it.")
