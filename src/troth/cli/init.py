"""`troth init DIR`: lay a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from troth.cli.printing import OUT
from troth.connectors.starter import write_starter_policies
from troth.connectors.workspace import make_workspace


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", help="The company's name; by default the folder's.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code.")
def command(directory: Path, name: str | None, currency: str) -> None:
    """Lay a workspace in DIRECTORY: troth.toml, sources/, policies/."""
    directory.mkdir(parents=True, exist_ok=True)
    workspace = make_workspace(directory, name=name, currency=currency)
    write_starter_policies(workspace.directory / "policies", currency=currency)
    OUT.print(f"{workspace.directory} is a workspace now.", soft_wrap=True)
    OUT.print(
        "Next: write sources/NAME.yaml for each system (docs/guides/map-a-source.md), then\n"
        f"  troth source check NAME --workspace {directory}\n"
        f"  troth run {directory}",
        soft_wrap=True,
    )
