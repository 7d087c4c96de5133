"""`troth contract`: what is agreed about the data that comes in."""

from __future__ import annotations

from pathlib import Path

import click

from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import workspace_option
from troth.connectors.contracts.checking import contract_named, contracts_of
from troth.connectors.contracts.documents import document
from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FieldTerms
from troth.connectors.workspace import find_workspace


@click.group("contract")
def command() -> None:
    """What is agreed about the data that comes in: contracts/*.yaml."""


@command.command("check")
@workspace_option
def check_command(workspace_directory: Path | None) -> None:
    """Read every contract and hold it against the sources; every fault with its line."""
    found = contracts_of(find_workspace(workspace_directory).directory)
    rules = sum(len(feed.rules) for contract in found for feed in contract.feeds)
    held = sum(contract.is_in_force for contract in found)
    OUT.print(f"Contracts: {len(found)}, in force: {held}, rules: {rules}. All are sound.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@workspace_option
def list_command(as_json: bool, workspace_directory: Path | None) -> None:
    """Every contract: of which feeds, who answers for it, what it promises."""
    found = contracts_of(find_workspace(workspace_directory).directory)
    if as_json:
        print_json([document(contract) for contract in found])
        return
    print_table(
        "Contracts",
        ("id", "status", "feed", "record", "owner", "steward", "latency", "retention", "rules"),
        [
            (
                contract.id,
                contract.status,
                f"{feed.source}/{feed.feed}",
                feed.record,
                contract.owner,
                contract.steward,
                described(feed, "latency"),
                described(feed, "retention"),
                len(feed.rules),
            )
            for contract in found
            for feed in contract.feeds
        ],
        right=("rules",),
    )


@command.command("show")
@click.argument("contract_id")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@workspace_option
def show_command(contract_id: str, as_json: bool, workspace_directory: Path | None) -> None:
    """One contract: who answers for it, and what is agreed about each field."""
    contract = contract_named(find_workspace(workspace_directory).directory, contract_id)
    if as_json:
        print_json(document(contract))
        return
    OUT.print(f"{contract.name}, version {contract.version}, {contract.status}: {contract.file}")
    OUT.print(f"Owner {contract.owner or '–'}, steward {contract.steward or '–'}.")
    OUT.print(f"May change it: {', '.join(contract.may_change) or 'nobody is named'}.")
    for feed in contract.feeds:
        told = [f"{item.name} {item.value} {item.unit}".strip() for item in feed.services]
        print_table(
            f"{feed.source}/{feed.feed} → {feed.record}: {', '.join(told) or 'nothing promised'}",
            ("field", "meaning", "classification", "may change", "held at", "asks for"),
            [_row(contract, field) for field in feed.fields],
        )


def _row(contract: Contract, field: FieldTerms) -> tuple[str, ...]:
    return (
        field.name,
        field.about,
        field.classification,
        ", ".join(field.may_change or contract.may_change),
        "entry" if field.is_at_entry else "batch",
        "; ".join(rule.asks for rule in field.rules),
    )
