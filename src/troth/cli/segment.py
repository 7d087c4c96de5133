"""`troth segment`: side by side, why a customer is in one, and what the figures propose."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
import yaml

from troth.actions.segment_proposals import Proposal, propose_segments
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import plain
from troth.store.models import User
from troth.store.queries.segments import (
    SEGMENT_SORTS,
    SORTS,
    SegmentRow,
    find_placements,
    find_segments,
    placement_of,
)
from troth.store.queries.viewing import viewer_of

_VERDICTS = {
    "groups": "These are groups: they come back when customers are drawn again, with gaps between.",
    "cut": "A stable cut through one cloud: it comes back, but there is no gap between the groups.",
    "unstable": "Unstable: with other customers the groups would be others. Do not build on them.",
}


@click.group("segment")
def command() -> None:
    """Segments: compare them, see who is in which and why, and what the figures propose."""


@command.command("list")
@click.option(
    "--sort",
    type=click.Choice([sign + name for name in SEGMENT_SORTS for sign in ("", "-")]),
    default="-revenue",
    show_default=True,
    metavar="COLUMN",
    help="A column; - in front for the largest first.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(sort: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Segments side by side: size, revenue, growth, expected value, service."""
    rows = find_segments(viewer=viewer_of(acting_user), sort=sort)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    columns = ("segment", "customers", "revenue", "growth", "left after goods", "expected",
               "leave", "cases each", "broken", "load")  # fmt: skip
    print_table("Segments", columns, [_cells(row) for row in rows], right=columns[1:])
    OUT.print("Load: cases and contacts for 1,000 of revenue. What serving them cost is not known.")


@command.command("customers")
@click.argument("segment", default="")
@click.option("--came-from", default="", help="In this segment before.")
@click.option(
    "--sort",
    type=click.Choice([sign + name for name in SORTS for sign in ("", "-")]),
    default="-revenue",
    show_default=True,
    metavar="COLUMN",
    help="A column; - in front for the largest first.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def customers_command(
    segment: str,
    came_from: str,
    sort: str,
    limit: int,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Customers of SEGMENT, or of all, with what it rests on."""
    found = find_placements(
        viewer=viewer_of(acting_user), segment=segment, came_from=came_from, sort=sort, size=limit
    )
    if as_json:
        print_json([asdict(row) for row in found.rows])
        return
    print_table(
        f"{segment or 'All segments'}: {len(found.rows):,} of {found.total:,} customers",
        ("customer", "segment", "since", "from", "revenue", "orders", "cases"),
        [
            (
                f"{row.customer_name} ({row.customer_id})",
                row.segment,
                f"{row.since:%Y-%m-%d}",
                row.came_from,
                f"{row.figures['revenue_12m']:,} {row.currency}",
                _text(row.figures["orders_12m"]),
                _text(row.figures["cases_12m"]),
            )
            for row in found.rows
        ],
        right=("revenue", "orders", "cases"),
    )


@command.command("show")
@click.argument("customer", metavar="CUSTOMER")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(customer: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """One customer, by id or source key: its segment, and each rule as it looked at it."""
    found = placement_of(viewer=viewer_of(acting_user), customer_id=customer)
    if as_json:
        print_json(asdict(found))
        return
    row = found.row
    OUT.print(f"{row.customer_name} is in {row.segment} since {row.since:%Y-%m-%d}"
              f"{f', and was in {row.came_from}' if row.came_from else ''}.",
              markup=False, soft_wrap=True)  # fmt: skip
    print_table(
        f"Rules of {row.policy_version or 'the built-in default'}",
        ("rule", "says", "looked at", "holds"),
        [
            (
                rule.rule,
                rule.then,
                "; ".join(f"{cell.column} {cell.test}: {_text(cell.found)}" for cell in rule.cells),
                "decides" if rule.rule == row.rule else "yes" if rule.holds else "no",
            )
            for rule in found.rules
        ],
    )


@command.command("propose")
@click.option("--groups", type=click.IntRange(2, 6), help="So many; by default the stablest.")
@click.option("--policy", "as_policy", is_flag=True, help="Print the policy file alone, as YAML.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def propose_command(
    groups: int | None, as_policy: bool, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Groups that the figures propose, how stable they are, as which policy. Writes nothing."""
    found = propose_segments(viewer=viewer_of(acting_user), groups=groups)
    if found is None:
        OUT.print("No customer was placed yet, or you do not see all customers: troth run")
        return
    if as_json:
        print_json({**asdict(found), "verdict": found.verdict})
    elif as_policy:
        document = {"policies": [plain(dict(found.policy))]}
        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)
    else:
        _print(found)


def _print(found: Proposal) -> None:
    OUT.print(_VERDICTS[found.verdict], soft_wrap=True)
    print_table(
        f"{len(found.groups)} groups of {found.grouped:,} customers",
        ("group", "customers", "stability", "in the middle"),
        [
            (
                group.name,
                f"{group.customers:,}",
                f"{group.stability:.2f}",
                ", ".join(f"{name} {number:g}" for name, number in group.middle.items()),
            )
            for group in found.groups
        ],
        right=("customers", "stability"),
    )
    print_table(
        "Numbers of groups that were tried",
        ("groups", "least stable", "agreement", "gap"),
        [
            (str(item.groups), f"{item.weakest:.2f}", f"{item.agreement:.2f}",
             "yes" if item.has_gap else "no")
            for item in found.trials
        ],
        right=("groups", "least stable", "agreement"),
    )  # fmt: skip
    OUT.print(
        f"As rules they say the same of {found.share:.1%} of the customers: "
        "troth segment propose --policy > policies/segments.yaml",
        soft_wrap=True,
    )


def _cells(row: SegmentRow) -> tuple[str, ...]:
    return (
        row.segment,
        f"{row.customers:,}",
        f"{row.revenue:,} {row.currency}",
        _text(row.growth_percent, " %"),
        _text(row.margin_percent, " %"),
        _text(row.expected_value),
        _text(row.leaving_percent, " %"),
        _text(row.cases_each),
        _text(row.broken_percent, " %"),
        _text(row.load),
    )


def _text(found: Any, unit: str = "") -> str:
    return "not known" if found is None else f"{found:,}{unit}" if found != "" else ""
