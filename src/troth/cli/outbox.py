"""`troth outbox`: what waits to be sent, what could not be, and sending it again."""

from __future__ import annotations

import click

from troth.actions.delivering import send_again, send_all_again
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.outbox import STATES, MessageRow, find_messages, message
from troth.store.queries.viewing import viewer_of


@click.group("outbox")
def command() -> None:
    """What waits to be sent, what could not be, and sending it again."""


@command.command("list")
@click.option("--state", type=click.Choice([*STATES, "all"]), default="dead", show_default=True)
@click.option("--endpoint", "endpoint_id", default="", help="Of this address alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    state: str,
    endpoint_id: str,
    limit: int,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Messages, the newest first; those that could not be sent where nothing else is asked for."""
    found = find_messages(
        viewer=viewer_of(acting_user),
        state="" if state == "all" else state,
        endpoint_id=endpoint_id,
        size=limit,
    )
    if as_json:
        print_json([_document(row) for row in found.rows])
        return
    print_table(
        f"Outbox: {found.total:,} {state}",
        ("id", "event", "address", "state", "tries", "written", "next try"),
        [
            (
                row.id,
                row.event_type,
                row.url,
                row.state,
                row.attempt_count,
                row.created_at,
                row.next_attempt_at,
            )
            for row in found.rows
        ],
    )


@command.command("show")
@click.argument("message_id", metavar="ID")
@needs_database
def show_command(message_id: str, workspace: Workspace, acting_user: User) -> None:
    """One message as it is sent, with every try."""
    found = message(viewer=viewer_of(acting_user), message_id=message_id)
    print_json({**_document(found), "attempts": [vars(item) for item in found.attempts]})


@command.command("retry")
@click.argument("message_id", metavar="ID", required=False)
@click.option("--endpoint", "endpoint_id", default="", help="All of this address.")
@needs_database
def retry_command(
    message_id: str | None, endpoint_id: str, workspace: Workspace, acting_user: User
) -> None:
    """Send a message again that could not be sent, or all of an address."""
    if (message_id is None) == (not endpoint_id):
        raise click.UsageError("Name one message, or give --endpoint for all of an address.")
    if message_id is not None:
        count = send_again(message_id=message_id, acting_user=acting_user)
    else:
        count = send_all_again(endpoint_id=endpoint_id, acting_user=acting_user)
    OUT.print(f"{count:,} will be sent again from the first try.")


def _document(row: MessageRow) -> dict[str, object]:
    return {
        "id": row.id,
        "endpoint_id": row.endpoint_id,
        "url": row.url,
        "event_type": row.event_type,
        "state": row.state,
        "created_at": row.created_at,
        "attempt_count": row.attempt_count,
        "next_attempt_at": row.next_attempt_at,
        "delivered_at": row.delivered_at,
        "dead_at": row.dead_at,
        "payload": row.payload,
    }
