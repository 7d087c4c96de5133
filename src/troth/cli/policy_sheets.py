"""`troth policy export|import`: a policy's table as a sheet, for whoever likes those better."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import yaml
from django.utils import timezone

from troth.actions.policies import plan
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT
from troth.cli.starting import needs_database
from troth.connectors.sheets import read_rows, written_rows
from troth.connectors.workspace import Workspace
from troth.core.dmn.sheet_reading import table_of
from troth.core.dmn.sheets import rows_of
from troth.core.policies.kinds import kind_named
from troth.core.policies.table_boxes import document_of
from troth.core.policies.versions import PolicyVersion, to_document
from troth.store.facts.policies import published_versions
from troth.store.models import User

_SHEET = click.Path(path_type=Path, dir_okay=False)


@click.command("export")
@click.argument("version")
@click.argument("sheet", type=_SHEET)
@needs_database
def export_command(version: str, sheet: Path, workspace: Workspace, acting_user: User) -> None:
    """Write the table of VERSION (pol_…) into SHEET, a file ending in .xlsx or .csv."""
    found = _version(version)
    if sheet.exists():
        raise click.ClickException(f"{sheet} exists already. Name another file.")
    if found.table is None:
        raise click.ClickException(f"{version} has no table: its outputs hold in every case.")
    sheet.write_bytes(written_rows(rows_of(found.table.box), sheet.name))
    OUT.print(f"{sheet}: {len(found.table.rules)} rules. `troth policy import` takes it back.")


@click.command("import")
@click.argument("version")
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("file", type=_SHEET)
@click.option("--from", "effective_from", type=INSTANT, help="In force from; by default now.")
@click.option("--reason", required=True, help="Why it changes.")
@needs_database
def import_command(
    version: str, sheet: Path, file: Path, effective_from: datetime | None, reason: str,
    workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Write FILE, a policy file that proposes the table of SHEET in the place of VERSION's.

    Nothing is published: `troth policy check`, `replay` and `apply` take FILE.
    """
    found = _version(version)
    if file.exists():
        raise click.ClickException(f"{file} exists already. Name another file.")
    like = None if found.table is None else found.table.box
    read = table_of(read_rows(sheet.read_bytes(), sheet.name), like).table
    at = (effective_from or timezone.now()).isoformat()
    entry: dict[str, Any] = {
        "kind": found.kind,
        "scope": str(found.scope),
        "effective_from": at,
        "reason": reason,
        "table": document_of(kind_named(found.kind), read),
    }
    document = to_document(found)
    if document["outputs"]:
        entry["outputs"] = document["outputs"]
    if found.clause:
        entry["clause"] = found.clause
    text = yaml.safe_dump({"policies": [entry]}, sort_keys=False, allow_unicode=True, width=96)
    file.write_text(text, "utf-8")
    try:
        planned = plan([file])
    except Exception:
        file.unlink()
        raise
    for item in planned:
        OUT.print(item.sentence, soft_wrap=True)
    OUT.print(f"Proposed in {file}; nothing is published." if planned else "Nothing is changed.")


def _version(version_id: str) -> PolicyVersion:
    found = next((item for item in published_versions() if item.id == version_id), None)
    if found is None:
        raise click.ClickException(
            f"There is no policy version {version_id!r}. `troth policy list` names them."
        )
    return found
