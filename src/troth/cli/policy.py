"""`troth policy`: publish policies and show which are in force."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from django.utils import timezone

from troth.actions.policies import plan, publish
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.core.policies.book import PolicyBook
from troth.core.policies.kinds import KINDS
from troth.core.policies.versions import to_document
from troth.store.facts.policies import published_versions
from troth.store.facts.subjects import subject_of
from troth.store.models import User


@click.group("policy")
def command() -> None:
    """Publish policies and show which are in force."""


@command.command("plan")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@needs_database
def plan_command(files: tuple[Path, ...], workspace: Workspace, acting_user: User) -> None:
    """Say what publishing FILES (by default policies/*.yaml) would change."""
    planned = plan(files or workspace.policies)
    for item in planned:
        OUT.print(f"would publish {item.version.id}  {item.sentence}", soft_wrap=True)
    if not planned:
        OUT.print("Nothing would change.")


@command.command("apply")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@needs_database
def apply_command(files: tuple[Path, ...], workspace: Workspace, acting_user: User) -> None:
    """Publish what is new in FILES (by default policies/*.yaml), all or none."""
    planned = plan(files or workspace.policies)
    publish(planned, acting_user=acting_user)
    for item in planned:
        OUT.print(f"published {item.version.id}  {item.sentence}", soft_wrap=True)
    if not planned:
        OUT.print("Nothing has changed.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Every version ever published."""
    versions = published_versions()
    if as_json:
        print_json([{"id": version.id, **to_document(version)} for version in versions])
        return
    print_table(
        "Policies",
        ("version", "kind", "scope", "no.", "in force from", "until", "reason"),
        [
            (
                version.id,
                version.kind,
                version.scope,
                version.number,
                f"{version.effective_from:%Y-%m-%d}",
                f"{version.effective_to:%Y-%m-%d}" if version.effective_to else "superseded",
                version.reason,
            )
            for version in versions
        ],
    )


@command.command("show")
@click.argument("customer")
@click.option("--at", type=INSTANT, help="As in force at this instant; by default now.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(
    customer: str, at: datetime | None, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Each value for CUSTOMER: its layer, its version, what it overrode."""
    at = at or timezone.now()
    subject = subject_of(customer, at=at)
    book = PolicyBook.compile(published_versions())
    outputs = [output for kind in KINDS for output in book.resolve(kind.name, subject, at).outputs]
    if as_json:
        print_json([vars(output) for output in outputs])
        return
    print_table(
        f"In force for {customer} at {instant_text(at)}",
        ("policy", "value", "from", "version", "overrode"),
        [
            (
                f"{output.kind}.{output.output}",
                output.value,
                f"{output.layer} {output.scope}".strip(),
                output.version,
                "; ".join(output.overrode),
            )
            for output in outputs
        ],
    )
