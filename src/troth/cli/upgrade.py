"""`troth upgrade`: bring the database's tables up to this version."""

from __future__ import annotations

from pathlib import Path

import click

from troth.cli.printing import OUT
from troth.cli.starting import database, pending_migrations, upgrade_schema, workspace_option
from troth.connectors.workspace import find_workspace


@click.command("upgrade")
@workspace_option
@click.option("--plan", "is_plan", is_flag=True, help="Only say what would be done.")
def command(workspace_directory: Path | None, is_plan: bool) -> None:
    """Apply the migrations that are missing, as the owner role."""
    with database(find_workspace(workspace_directory)):
        done = pending_migrations() if is_plan else upgrade_schema()
    for name in done:
        OUT.print(f"{'would apply' if is_plan else 'applied'} {name}")
    if not done:
        OUT.print("The tables are up to date.")
