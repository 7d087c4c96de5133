"""`troth policy pull`: what is published, as files again."""

from __future__ import annotations

from pathlib import Path

import click

from troth.actions.pulling import pull
from troth.cli.printing import OUT
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.policies.kinds import KINDS
from troth.store.models import User
from troth.store.queries.policy_texts import policy_texts
from troth.store.queries.viewing import viewer_of


@click.command("pull")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--kind", type=click.Choice([kind.name for kind in KINDS]), help="Of this kind alone."
)
@click.option("--all", "is_all", is_flag=True, help="Every version ever, not only those that hold.")
@needs_database
def pull_command(
    folder: Path | None, kind: str | None, is_all: bool, workspace: Workspace, acting_user: User
) -> None:
    """Write what is in force or to come into FOLDER, by default policies/.

    A file for each kind and layer, in which `troth policy plan` finds nothing new until somebody
    edits it. A file that says what is not published is left alone: then nothing is written at all.
    """
    target = folder or workspace.directory / "policies"
    files = policy_texts(viewer=viewer_of(acting_user), kind=kind or "", is_all=is_all)
    done = pull(files, target, is_whole=not kind)
    for word, paths in (("wrote", done.written), ("removed", done.removed)):
        for path in paths:
            OUT.print(f"{word} {path}", soft_wrap=True, markup=False, highlight=False)
    if not done.written and not done.removed:
        OUT.print(f"{target}: {len(done.unchanged)} files; nothing has changed.", soft_wrap=True)
