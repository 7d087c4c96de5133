"""`troth value`: what customers are worth, and how good such numbers are."""

from __future__ import annotations

from dataclasses import asdict

import click

from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.values import SORTS, ModelRow, ValueRow, find_values, newest_models
from troth.store.queries.values import value_of as one_value
from troth.store.queries.viewing import viewer_of


@click.group("value")
def command() -> None:
    """What customers are worth, how likely they leave, and how good such numbers are."""


@command.command("list")
@click.option("--tier", default="", help="In this tier.")
@click.option("--segment", default="", help="In this segment.")
@click.option(
    "--sort",
    type=click.Choice([sign + name for name in SORTS for sign in ("", "-")]),
    default="-value",
    show_default=True,
    metavar="COLUMN",
    help="A column; - in front for the largest first.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    tier: str,
    segment: str,
    sort: str,
    limit: int,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Customers by what they are expected to bring in."""
    found = find_values(
        viewer=viewer_of(acting_user), tier=tier, segment=segment, sort=sort, size=limit
    )
    if as_json:
        print_json([asdict(row) for row in found.rows])
        return
    print_table(
        f"Value: {len(found.rows):,} of {found.total:,} customers",
        ("customer", "tier", "value", "90 of 100 between", "leaves", "last bought"),
        [
            (
                f"{row.customer_name} ({row.customer_id})",
                row.tier,
                f"{row.value:,} {row.currency}",
                f"{row.low:,} – {row.high:,}",
                f"{row.leaving:.0%}",
                row.last_on.isoformat(),
            )
            for row in found.rows
        ],
        right=("value", "90 of 100 between", "leaves"),
    )


@command.command("show")
@click.argument("customer", metavar="CUSTOMER")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(customer: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """One customer, by id or source key: its worth, and what that rests on."""
    row = one_value(viewer=viewer_of(acting_user), customer_id=customer)
    if as_json:
        print_json(asdict(row))
        return
    print_table(f"Value of {row.customer_name}", ("what", "is"), _lines(row))


@command.command("models")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def models_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """The newest fit of each group: what it rests on, and how it did on a time held out."""
    rows = newest_models(viewer=viewer_of(acting_user))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        OUT.print("Nothing has been reckoned yet, or you do not see all customers: troth run")
    for row in rows:
        print_table(f"{row.relation}: {row.form or 'not fitted'}", ("what", "is"), _of_model(row))


def _lines(row: ValueRow) -> list[tuple[str, str]]:
    lines = [
        (f"value, {row.horizon_months} months", f"{row.value:,} {row.currency}"),
        ("90 of 100 bring in", f"{row.low:,} – {row.high:,} {row.currency}"),
        (f"lost within {row.silence_days} days", f"{row.leaving:.1%}"),
        ("still a customer", f"{row.alive:.1%}"),
    ]
    if row.purchases is not None:
        lines.append(("purchases expected", f"{row.purchases} of {row.per_purchase} each"))
    if row.remaining_months is not None:
        lines.append(("months expected", str(row.remaining_months)))
    bought = "" if row.days_bought is None else f"{row.days_bought} days with a purchase, "
    return [
        *lines,
        ("counted of revenue", f"{row.margin_percent} %"),
        ("rests on", f"{bought}{row.first_on} to {row.last_on}"),
        ("model", f"{row.form}, as of {row.as_of:%Y-%m-%d}"),
    ]


def _of_model(row: ModelRow) -> list[tuple[str, str]]:
    if row.sentence:
        return [("customers", f"{row.customers:,}"), ("why", row.sentence)]
    lines = [("customers", f"{row.customers:,}"), ("as of", f"{row.as_of:%Y-%m-%d}")]
    lines += [(name, str(found)) for name, found in row.rests_on.items()]
    lines += [
        (name, f"{found['value']} ± {found['error']}") for name, found in row.parameters.items()
    ]
    if row.check:
        leaving = row.check["leaving"]
        lines += [
            (f"held out, days {row.check['days']}", f"{leaving['customers']:,} customers"),
            ("AUC of leaving", str(leaving["auc"])),
            ("Brier score", f"{leaving['brier']} (of the mean: {leaving['brier_of_mean']})"),
            ("slope", f"{leaving['slope']} ({leaving['slope_low']} – {leaving['slope_high']})"),
        ]
        if "hold_out" in row.check:
            bought = row.check["hold_out"]
            lines.append(("purchases expected, came", f"{bought['expected']}, {bought['actual']}"))
    return lines
