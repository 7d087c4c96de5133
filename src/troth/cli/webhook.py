"""`troth webhook`: who is told what happened, and sending what waits."""

from __future__ import annotations

import click

from troth.actions import webhooks
from troth.actions.delivering import deliver_due
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.outbox import find_endpoints, message
from troth.store.queries.viewing import viewer_of


@click.group("webhook")
def command() -> None:
    """Who is told what happened, and sending what waits."""


@command.command("list")
@click.option("--removed", is_flag=True, help="Those that were removed.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(removed: bool, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Every address with what waits for it; no secret is shown."""
    found = find_endpoints(viewer=viewer_of(acting_user), is_removed=removed)
    if as_json:
        print_json([vars(row) for row in found])
        return
    print_table(
        f"Webhooks: {len(found)}",
        ("id", "url", "events", "state", "waiting", "dead"),
        [
            (
                row.id,
                row.url,
                "\n".join(row.event_types) or "all",
                "active" if row.is_active else row.disabled_because,
                row.waiting,
                row.dead,
            )
            for row in found
        ],
    )


@command.command("add")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="An event type; again for more. None: all.")
@click.option("--description", default="", help="What it is for.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def add_command(
    url: str,
    events: tuple[str, ...],
    description: str,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Tell URL from now on. Its signing secret is shown once."""
    shown = webhooks.add_endpoint(
        url=url, event_types=events, description=description, acting_user=acting_user
    )
    _show(shown, as_json)


@command.command("rotate")
@click.argument("endpoint_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def rotate_command(
    endpoint_id: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """A new secret, shown once; for a day the old one signs beside it."""
    _show(webhooks.rotate_secret(endpoint_id=endpoint_id, acting_user=acting_user), as_json)


def _show(shown: webhooks.Secret, as_json: bool) -> None:
    if as_json:
        print_json({"id": shown.endpoint_id, "secret": shown.secret})
        return
    OUT.print(f"{shown.endpoint_id} is told from now on. Its secret, shown this once:")
    OUT.print(shown.secret, soft_wrap=True)


@command.command("remove")
@click.argument("endpoint_id", metavar="ID")
@click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
@needs_database
def remove_command(endpoint_id: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Tell an address no more, for good; its secret is deleted."""
    webhooks.remove_endpoint(endpoint_id=endpoint_id, reason=reason, acting_user=acting_user)
    OUT.print(f"{endpoint_id} is told nothing any more.")


@command.command("enable")
@click.argument("endpoint_id", metavar="ID")
@needs_database
def enable_command(endpoint_id: str, workspace: Workspace, acting_user: User) -> None:
    """Tell an address again that was disabled."""
    webhooks.enable_endpoint(endpoint_id=endpoint_id, acting_user=acting_user)
    OUT.print(
        f"{endpoint_id} is told again. What was lost meanwhile: "
        f"troth outbox retry --endpoint {endpoint_id}"
    )


@command.command("test")
@click.argument("endpoint_id", metavar="ID")
@needs_database
def test_command(endpoint_id: str, workspace: Workspace, acting_user: User) -> None:
    """Send a webhook.test to an address now, and say what it answers."""
    message_id = webhooks.send_test(endpoint_id=endpoint_id, acting_user=acting_user)
    deliver_due(acting_user=acting_user, only=[message_id])
    found = message(viewer=viewer_of(acting_user), message_id=message_id)
    last = found.attempts[-1] if found.attempts else None
    if found.delivered_at is None:
        told = "nothing yet" if last is None else last.status or last.error
        OUT.print(f"{found.url} answered: {told}. troth outbox show {message_id}", soft_wrap=True)
        raise FoundProblemsError
    assert last is not None  # it was delivered
    OUT.print(f"{found.url} took it: {last.status} in {last.milliseconds} ms", soft_wrap=True)


@command.command("deliver")
@needs_database
def deliver_command(workspace: Workspace, acting_user: User) -> None:
    """Send what is due now; `troth serve` does this by itself."""
    came = deliver_due(acting_user=acting_user)
    OUT.print(f"{came.tried:,} tried, {came.delivered:,} delivered, {came.dead:,} given up")
