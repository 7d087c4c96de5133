"""`troth tier`: what would another tier change?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import click

from troth.actions.tier_previews import TierPreview, preview_tier
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User


@click.group("tier")
def command() -> None:
    """What another tier would change for a customer."""


@command.command("preview")
@click.argument("customer_id", metavar="CUSTOMER")
@click.argument("tier", metavar="TIER")
@click.option(
    "--since", type=INSTANT, help="From when on; by default from now on. 2026-06-01 is UTC."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def preview_command(
    customer_id: str,
    tier: str,
    since: datetime | None,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Show what would be otherwise if CUSTOMER were in TIER. Nothing is changed."""
    found = preview_tier(customer_id=customer_id, tier=tier, since=since, acting_user=acting_user)
    if as_json:
        print_json(asdict(found))
        return
    _show(found)


def _show(found: TierPreview) -> None:
    (customer,) = {found.customer_id}
    rows = [
        (f"{item.group}: {item.name}", str(item.before[customer]), str(item.after[customer]))
        for item in found.consequences.aspects
    ]
    rows += [
        (
            f"{item.kind} {item.subject} ({item.metric})",
            f"{item.due_before} {item.state_before}",
            f"{item.due_after} {item.state_after}",
        )
        for item in found.consequences.work
    ]
    print_table(
        f"{customer} in {found.tier_after} since {found.since:%Y-%m-%d} "
        "(preview: nothing was changed)",
        ("what", "before", "after"),
        rows,
    )
    OUT.print(f"{found.consequences.unchanged_work:,} promises and clocks stay as they are.")
