"""`troth quality`: how good is what is known of customers?"""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import click

from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.quality import MEASURES
from troth.store.models import User
from troth.store.queries.quality import FieldRow, quality_of, summarise_quality
from troth.store.queries.viewing import viewer_of

_HEADS = tuple(measure.value for measure in MEASURES)


@click.group("quality")
def command() -> None:
    """How good what is known of customers is: complete, valid, consistent, fresh, verified."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Every field over all customers, a thousand of them at most, and the poorest."""
    found = summarise_quality(viewer=viewer_of(acting_user))
    if as_json:
        print_json(asdict(found))
        return
    print_table(
        f"Quality: {_share(found.score)} over {found.looked_at:,} of {found.customers:,} customers",
        ("field", "score", *_HEADS),
        [(field.name, _share(field.score), *map(_share, field.measures)) for field in found.fields],
        right=("score", *_HEADS),
    )
    if found.worst:
        print_table(
            "The poorest of those",
            ("customer", "score", "points lost", "most by"),
            [
                (
                    f"{row.customer_name} ({row.customer_id})",
                    _share(row.score),
                    str(row.losses),
                    row.worst_field,
                )
                for row in found.worst
            ],
            right=("score", "points lost"),
        )


@command.command("show")
@click.argument("customer", metavar="CUSTOMER")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(customer: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """One customer, by id or source key: each field, and why a point was lost."""
    row = quality_of(viewer=viewer_of(acting_user), customer_id=customer)
    if as_json:
        print_json(asdict(row))
        return
    print_table(
        f"Quality of {row.customer_name}: {_share(row.score)}",
        ("field", "from", "score", *_HEADS),
        [
            (field.name, _origin(field), _share(field.score), *map(_share, field.measures))
            for field in row.fields
        ],
        right=("score", *_HEADS),
    )
    for field in row.fields:
        for loss in field.losses:
            records = f" ({', '.join(loss.records)})" if loss.records else ""
            OUT.print(f"{field.name}, {loss.code}: {loss.sentence}{records}")


def _origin(field: FieldRow) -> str:
    if field.is_masked:
        return "not shown"
    return field.source


def _share(share: Decimal | None) -> str:
    return "" if share is None else f"{share:.0%}"
