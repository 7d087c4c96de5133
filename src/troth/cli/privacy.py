"""`troth privacy`: what is held about a person, as a file; and how they are erased."""

from __future__ import annotations

from pathlib import Path

import click

from troth.actions import privacy
from troth.actions.personal_exports import export_personal, write_export
from troth.actions.privacy import Erased, ErasurePlan, ErasureReason
from troth.actions.workspace_key import rotate_key
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.scrubbing import PATIENCE, scrub

_REASONS = click.Choice([reason.value for reason in ErasureReason])
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group("privacy")
def command() -> None:
    """Answer an access request, erase a person, keep them erased."""


@command.command("erase")
@click.argument("subject")
@click.option("--reason", type=_REASONS, default="request", show_default=True)
@click.option("--dry-run", is_flag=True, help="Only say what would go and what would stay.")
@click.option("--now", "is_now", is_flag=True, help="Also write the tables anew, as `scrub` does.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@needs_database
def erase_command(
    subject: str, *, reason: str, dry_run: bool, is_now: bool, yes: bool, as_json: bool,
    workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Erase SUBJECT: a customer's id, or the key of a customer's, contact's or agent's record."""
    plan = privacy.plan_of(subject, acting_user=acting_user)
    if dry_run:
        if as_json:
            print_json(vars(plan))
        else:
            _show_plan(plan)
        return
    if not yes and not as_json:
        _show_plan(plan)
        click.confirm("This cannot be undone. Erase?", abort=True)
    erased = privacy.erase(subject, reason=ErasureReason(reason), acting_user=acting_user)
    if is_now:
        scrub()
    if as_json:
        print_json({**vars(erased), "is_scrubbed": is_now})
        return
    _show_erased(erased)
    if not is_now:
        OUT.print("`troth privacy scrub` takes what was deleted out of the table files as well.")


@command.command("export")
@click.argument("subject")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_json
@needs_database
def export_command(
    subject: str, file: Path, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Write everything that is held about SUBJECT into FILE, a zip of JSON and CSV."""
    if file.exists():
        raise click.ClickException(f"{file} exists already. Name another file.")
    export = export_personal(subject, company=workspace.name, acting_user=acting_user)
    write_export(export, file)
    if as_json:
        print_json({"subject": export.subject, "file": str(file), "rows": dict(export.rows)})
        return
    rows = [(part, count) for part, count in export.rows.items() if count]
    print_table(f"{export.subject}: {file}", ("part", "rows"), rows, right=("rows",))
    OUT.print("It holds personal data: send it safely and delete it here.")


@command.command("replay")
@_json
@needs_database
def replay_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Erase again whom the journal names and the database does not, as after a restore."""
    done = privacy.replay(acting_user=acting_user)
    if as_json:
        print_json([vars(item) for item in done])
        return
    OUT.print(f"{len(done)} erasures were done again." if done else "Nothing is missing.")


@command.command("scrub")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="For transactions that began before to end, on the whole server where they write.",
)
@_json
@needs_database
def scrub_command(wait: float, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Take what was deleted out of the table files (VACUUM FULL, as the owner role)."""
    done = scrub(patience=wait)
    if as_json:
        print_json(vars(done))
        return
    OUT.print(
        f"{len(done.tables)} tables were written anew: "
        f"{done.bytes_before:,} bytes before, {done.bytes_after:,} now."
    )
    OUT.print("The write-ahead log and older backups are another matter: see the guide.")


@command.command("rotate-key")
@_json
@needs_database
def rotate_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Make a new workspace key and wrap every secret under it."""
    done = rotate_key(acting_user=acting_user)
    if as_json:
        print_json({"is_finished_only": done is None, **(vars(done) if done else {})})
    elif done is None:
        OUT.print("A change of the key that had broken off is finished now.")
    else:
        OUT.print(
            f"{done.subject_keys} subject keys and {done.webhook_secrets} webhook secrets are "
            "under the new key. Keep a copy of it; backups from before need the old one."
        )


def _show_plan(plan: ErasurePlan) -> None:
    print_table(
        f"{plan.subject} ({plan.kind}): will be deleted or emptied",
        ("table", "rows"),
        [(table, count) for table, count in plan.deleted.items() if count],
        right=("rows",),
    )
    print_table(
        "will stay, under a key and without a personal word",
        ("records", "count"),
        list(plan.records.items()),
        right=("count",),
    )


def _show_erased(erased: Erased) -> None:
    rows = list(erased.deleted.items())
    print_table(
        f"{erased.id}: {erased.subject} is erased", ("table", "rows"), rows, right=("rows",)
    )
