"""`troth policy`: publish policies and show which are in force."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from troth.actions.policies import plan, publish
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.core.policies.kinds import KINDS
from troth.core.policies.outputs import FaultError, read_input
from troth.core.policies.versions import to_document
from troth.store.facts.policies import published_versions
from troth.store.models import User
from troth.store.queries.policies import policies_for
from troth.store.queries.viewing import viewer_of


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
@click.option("--known-at", type=INSTANT, help="As published by this instant; by default --at.")
@click.option(
    "--case",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a table may ask for: severity=2, country=DE. Repeat it for each.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(
    customer: str, at: datetime | None, known_at: datetime | None, given: tuple[str, ...],
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Each value for CUSTOMER: its layer, its version and rule, what it overrode."""
    at = at or timezone.now()
    case = _case(given)
    values = policies_for(
        viewer=viewer_of(acting_user), customer_id=customer, at=at, known_at=known_at, case=case
    )
    if as_json:
        print_json([vars(value) for value in values])
        return
    print_table(
        f"In force for {customer} at {instant_text(at)}",
        ("policy", "value", "from", "version", "overrode"),
        [
            (
                f"{value.kind}.{value.output}",
                value.value,
                f"{value.layer} {value.scope}".strip(),
                f"{value.version} rule {value.rule}" if value.rule else value.version,
                "; ".join((*value.overrode, *value.clamped_by)),
            )
            for value in values
        ],
    )
    asked = dict.fromkeys(name for value in values for name in value.depends_on)
    missing = [name for name in asked if name not in case]
    if missing:
        OUT.print(f"Tables ask for {', '.join(missing)} too: give them with --case NAME=VALUE.")


def _case(given: tuple[str, ...]) -> dict[str, Any]:
    """Inputs by name, as text, number, truth value or instant, whichever their kind declares."""
    specs = {spec.name: spec for kind in KINDS for spec in kind.inputs}
    case: dict[str, Any] = {}
    for item in given:
        name, mark, text = item.partition("=")
        spec = specs.get(name)
        if not mark or spec is None:
            known = ", ".join(sorted(specs))
            raise click.BadParameter(f"{item!r}: expected NAME=VALUE with a name of {known}.")
        try:
            case[name] = read_input(spec, text)
        except FaultError as error:
            raise click.BadParameter(error.fault.sentence) from error
    return case
