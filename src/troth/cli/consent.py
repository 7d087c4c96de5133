"""`troth consent`: what customers permit, what they said, and what each purpose is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click
from django.utils import timezone

from troth.actions import consents as actions
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.consent.purposes import PERSONAL_LAYERS, Basis
from troth.core.consent.states import State
from troth.core.ledger.canonical import instant_text
from troth.store.models import User
from troth.store.queries.consents import CustomerConsents, customer_consents, find_purposes
from troth.store.queries.viewing import viewer_of

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_HOW = click.option(
    "--how",
    type=click.Choice([how.value for how in actions.How]),
    required=True,
    help="How the customer said it.",
)
_FROM = click.option(
    "--from", "effective_at", type=click.DateTime(), help="From when it counts, UTC; now."
)
_UNTIL = click.option(
    "--until", "expires_at", type=click.DateTime(), help="When it ends, UTC; as its notice says."
)
_PURPOSES = click.argument("purposes", nargs=-1, required=True)


@click.group("consent")
def command() -> None:
    """What customers permit, what they said, and what data is used for."""


@command.command("show")
@click.argument("customer")
@_JSON
@needs_database
def show_command(customer: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Where each purpose stands for CUSTOMER (an id or a source key), and all that it said."""
    _tell(customer, as_json, acting_user)


@command.command("grant")
@click.argument("customer")
@_PURPOSES
@_HOW
@_FROM
@_UNTIL
@_JSON
@needs_database
def grant_command(
    customer: str, purposes: tuple[str, ...], how: str, effective_at: datetime | None,
    expires_at: datetime | None, as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Record that CUSTOMER said yes to PURPOSES."""
    _record(
        State.GRANTED,
        customer,
        purposes,
        how,
        effective_at=effective_at,
        expires_at=expires_at,
        acting_user=acting_user,
    )
    _tell(customer, as_json, acting_user)


@command.command("deny")
@click.argument("customer")
@_PURPOSES
@_HOW
@_FROM
@_JSON
@needs_database
def deny_command(
    customer: str, purposes: tuple[str, ...], how: str, effective_at: datetime | None,
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Record that CUSTOMER said no to PURPOSES: it objects, or does not consent."""
    _record(
        State.DENIED,
        customer,
        purposes,
        how,
        effective_at=effective_at,
        acting_user=acting_user,
    )
    _tell(customer, as_json, acting_user)


@command.command("revoke")
@click.argument("customer")
@_PURPOSES
@_HOW
@_FROM
@_JSON
@needs_database
def revoke_command(
    customer: str, purposes: tuple[str, ...], how: str, effective_at: datetime | None,
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Record that CUSTOMER took back a yes to PURPOSES."""
    _record(
        State.REVOKED,
        customer,
        purposes,
        how,
        effective_at=effective_at,
        acting_user=acting_user,
    )
    _tell(customer, as_json, acting_user)


@command.command("purposes")
@_JSON
@needs_database
def purposes_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """What data is used for, on which basis, and what customers are told; every version."""
    found = find_purposes(viewer=viewer_of(acting_user), at=timezone.now())
    if as_json:
        print_json([asdict(row) for row in found])
        return
    print_table(
        "Purposes",
        ("purpose", "version", "title", "basis", "layers", "declared"),
        [
            (
                row.purpose,
                f"{row.version}{'' if row.is_in_force else ' (past)'}",
                row.title,
                f"{row.basis.replace('_', ' ')}, {row.article}",
                " ".join(row.layers) or "–",
                "with the product" if row.declared_at is None else instant_text(row.declared_at),
            )
            for row in found
        ],
    )


@command.command("declare")
@click.argument("purpose")
@click.option("--basis", type=click.Choice([item.value for item in Basis]), required=True)
@click.option("--title", required=True, help="How people call the purpose.")
@click.option("--text", required=True, help="What customers are told.")
@click.option(
    "--layer", "layers", type=click.Choice(PERSONAL_LAYERS), multiple=True,
    help="A layer of policy that rests on it; may be repeated.",
)  # fmt: skip
@click.option("--valid-days", type=click.IntRange(1, 3650), help="How long a yes lasts.")
@click.option("--asks-again", is_flag=True, help="A yes to an older version counts no more.")
@_JSON
@needs_database
def declare_command(
    purpose: str, basis: str, title: str, text: str, layers: tuple[str, ...],
    valid_days: int | None, asks_again: bool, as_json: bool, workspace: Workspace,
    acting_user: User,
) -> None:  # fmt: skip
    """Declare PURPOSE, or a new version of its notice, from now on."""
    row = actions.declare_purpose(
        purpose=purpose,
        basis=Basis(basis),
        title=title,
        text=text,
        layers=layers,
        valid_days=valid_days,
        asks_again=asks_again,
        acting_user=acting_user,
    )
    if as_json:
        print_json({"purpose": row.purpose, "version": row.version})
        return
    OUT.print(f"{row.purpose}: version {row.version} of its notice is in force.")


def _record(
    said: State,
    customer: str,
    purposes: tuple[str, ...],
    how: str,
    *,
    effective_at: datetime | None,
    expires_at: datetime | None = None,
    acting_user: User,
) -> None:
    actions.record_consent(
        customer_id=customer,
        purposes=purposes,
        said=said,
        how=actions.How(how),
        source="cli",
        effective_at=_utc(effective_at),
        expires_at=_utc(expires_at),
        acting_user=acting_user,
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _tell(customer: str, as_json: bool, acting_user: User) -> None:
    found = customer_consents(
        viewer=viewer_of(acting_user), customer_id=customer, at=timezone.now()
    )
    if as_json:
        print_json({**asdict(found), "left_out": found.left_out})
        return
    _show(found)


def _show(found: CustomerConsents) -> None:
    print_table(
        f"{found.customer}",
        ("purpose", "state", "permitted", "why"),
        [
            (row.purpose, row.state, "yes" if row.is_permitted else "no", row.why)
            for row in found.purposes
        ],
    )
    if found.left_out:
        OUT.print(
            f"Decisions leave out the {', '.join(found.left_out)} layers; contract and "
            "guardrails hold, and nothing is worse than standard."
        )
    if found.history:
        print_table(
            "What was said",
            ("recorded", "purpose", "said", "counts from", "until", "notice", "how", "by"),
            [
                (
                    instant_text(item.known_at),
                    item.purpose,
                    item.said,
                    instant_text(item.effective_at),
                    "–" if item.expires_at is None else instant_text(item.expires_at),
                    item.notice_version,
                    item.how,
                    item.recorded_by,
                )
                for item in found.history
            ],
        )
