"""`troth difference`: where order, shipment and invoice tell different stories."""

from __future__ import annotations

from dataclasses import asdict

import click

from troth.actions.reconciling import accept_difference
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.work.reconciliation import DifferenceKind
from troth.store.models import User
from troth.store.queries.differences import SORTS, STATES, DifferenceRow, find_differences
from troth.store.queries.differences import difference as one_difference
from troth.store.queries.viewing import viewer_of


@click.group("difference")
def command() -> None:
    """Where order, shipment and invoice differ: what waits, why, and what may stay."""


@command.command("list")
@click.option("--kind", type=click.Choice(["", *DifferenceKind]), default="", help="Of this kind.")
@click.option(
    "--state", type=click.Choice([*STATES, "all"]), default="open", show_default=True,
    help="Waiting, accepted by a person, or over.",
)  # fmt: skip
@click.option("--order", "order_key", default="", help="Of this order.")
@click.option("--customer", default="", help="Of this customer, by id.")
@click.option(
    "--sort",
    type=click.Choice([sign + name for name in SORTS for sign in ("", "-")]),
    default="-opened",
    show_default=True,
    metavar="COLUMN",
    help="A column; - in front for the largest first.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    kind: str,
    state: str,
    order_key: str,
    customer: str,
    sort: str,
    limit: int,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """The differences that wait, the newest first."""
    found = find_differences(
        viewer=viewer_of(acting_user),
        kind=kind,
        state=state,
        order_key=order_key,
        customer_id=customer,
        sort=sort,
        size=limit,
    )
    if as_json:
        print_json([asdict(row) for row in found.rows])
        return
    print_table(
        f"Differences: {len(found.rows):,} of {found.total:,}",
        ("id", "order", "kind", "customer", "expected", "found", "state"),
        [
            (
                row.id,
                row.line_key or row.order_key,
                row.kind,
                row.customer_name,
                f"{row.expected} {row.unit}".strip(),
                f"{row.found} {row.unit}".strip(),
                row.state,
            )
            for row in found.rows
        ],
        right=("expected", "found"),
    )


@command.command("show")
@click.argument("difference_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(
    difference_id: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """One difference, with what order, shipments, returns and invoices say."""
    row = one_difference(viewer=viewer_of(acting_user), difference_id=difference_id)
    if as_json:
        print_json(asdict(row))
        return
    print_table(f"{row.kind} of {row.line_key or row.order_key}", ("what", "is"), _lines(row))


@command.command("accept")
@click.argument("difference_id", metavar="ID")
@click.option("--reason", required=True, help="Why it may stay, in a sentence; it is kept.")
@needs_database
def accept_command(
    difference_id: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Let a difference be, for as long as its figures stay."""
    accept_difference(difference_id=difference_id, reason=reason, acting_user=acting_user)
    OUT.print(f"{difference_id}: accepted; it waits no more unless its figures move.")


def _lines(row: DifferenceRow) -> list[tuple[str, str]]:
    lines = [
        ("state", row.state),
        ("customer", f"{row.customer_name} {row.customer_id}".strip()),
        ("expected", f"{row.expected} {row.unit}".strip()),
        ("found", f"{row.found} {row.unit}".strip()),
        *sorted(row.figures.items()),
        ("first seen", f"{row.opened_at:%Y-%m-%d %H:%M}"),
    ]
    if row.accepted_at is not None:
        lines.append(("accepted", f"{row.accepted_at:%Y-%m-%d} {row.accepted_by}: {row.reason}"))
    if row.righted_at is not None:
        lines.append(("right since", f"{row.righted_at:%Y-%m-%d %H:%M}"))
    return lines
