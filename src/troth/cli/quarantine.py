"""`troth quarantine`: see and replay rows that could not be landed."""

from __future__ import annotations

import click

from troth.actions.quarantine import replay
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import QuarantinedRow, User


@click.group("quarantine")
def command() -> None:
    """See and replay rows that could not be landed."""


@command.command("list")
@click.option("--source", help="Only this source's.")
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    source: str | None, limit: int, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """The rows that wait, newest first, each with its reason."""
    rows = QuarantinedRow.objects.filter(resolved_at=None).order_by("-seen_at", "-id")
    rows = rows.filter(source=source) if source else rows
    total = rows.count()
    if as_json:
        print_json([_document(row) for row in rows[:limit]])
        return
    print_table(
        f"Quarantine: {total:,} rows wait",
        ("id", "where", "column", "code", "reason"),
        [
            (
                row.pk,
                f"{row.source}/{row.feed} {row.file}:{row.line or row.row or ''}",
                row.column,
                row.code,
                row.message,
            )
            for row in rows[:limit]
        ],
    )


@command.command("show")
@click.argument("row_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(row_id: int, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """One row, whole."""
    row = QuarantinedRow.objects.filter(pk=row_id).first()
    if row is None:
        raise click.ClickException(
            f"There is no quarantined row {row_id}. `troth quarantine list` shows them."
        )
    if as_json:
        print_json(_document(row) | {"raw": row.raw})
        return
    for name, value in _document(row).items():
        OUT.print(f"{name}: {value}", soft_wrap=True, markup=False)
    OUT.print_json(row.raw)


@command.command("replay")
@click.argument("row_ids", type=int, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every row that waits.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def replay_command(
    row_ids: tuple[int, ...],
    is_all: bool,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Read rows again through the mapping as it is now; what passes lands."""
    if not row_ids and not is_all:
        raise click.UsageError("Name the rows, or give --all.")
    result = replay(workspace, ids=None if is_all else row_ids, acting_user=acting_user)
    if as_json:
        print_json(vars(result))
    else:
        OUT.print(
            f"{result.resolved} of {result.tried} rows are out of quarantine; "
            f"{result.landed} versions landed."
        )
    if result.resolved < result.tried:
        raise FoundProblemsError


def _document(row: QuarantinedRow) -> dict[str, object]:
    return {
        "id": row.pk,
        "source": row.source,
        "feed": row.feed,
        "file": row.file,
        "row": row.row,
        "line": row.line,
        "key": row.key,
        "column": row.column,
        "code": row.code,
        "message": row.message,
        "seen_at": row.seen_at,
    }
