"""`troth contract`: what is agreed about the data that comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from django.utils import timezone

from troth.actions.people import system_user
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, OUT, print_json, print_table
from troth.cli.starting import database, prepare_schema, workspace_option
from troth.connectors.contracts.assessing import collected
from troth.connectors.contracts.checking import contract_named, contracts_of
from troth.connectors.contracts.documents import document
from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FeedTerms, FieldTerms
from troth.connectors.workspace import Workspace, find_workspace
from troth.core.consent.assessments import Collected, Standing
from troth.store.queries.assessments import field_standings
from troth.store.queries.viewing import viewer_of

_COLUMNS = (
    *("field", "meaning", "classification", "assessment", "may change", "held at"),
    "asks for",
)
_IN_USE = "{item.contract}: {item.name} landed before there were assessments, and has none."
_HELD = (
    "{item.contract}: {item.name} is {item.classification} and does not land: its assessment is "
    "{word}. Draft one with `troth assessment draft {item.contract}`; somebody else signs it."
)


@click.group("contract")
def command() -> None:
    """What is agreed about the data that comes in: contracts/*.yaml."""


@command.command("check")
@workspace_option
def check_command(workspace_directory: Path | None) -> None:
    """Read every contract and hold it against the sources; every fault with its line."""
    workspace = find_workspace(workspace_directory)
    found = contracts_of(workspace.directory)
    rules = sum(len(feed.rules) for contract in found for feed in contract.feeds)
    held = sum(contract.is_in_force for contract in found)
    OUT.print(f"Contracts: {len(found)}, in force: {held}, rules: {rules}. All are sound.")
    standings = _standings(workspace, [contract for contract in found if contract.is_in_force])
    for item, word in standings.items():
        if word is Standing.IN_USE:
            ERR.print(_IN_USE.format(item=item), soft_wrap=True)
        elif not word.is_live:
            ERR.print(_HELD.format(item=item, word=word.value), soft_wrap=True)
    if not all(word.is_live for word in standings.values()):
        raise FoundProblemsError


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@workspace_option
def list_command(as_json: bool, workspace_directory: Path | None) -> None:
    """Every contract: of which feeds, who answers for it, what it promises."""
    workspace = find_workspace(workspace_directory)
    found = contracts_of(workspace.directory)
    if as_json:
        standings = _standings(workspace, found)
        print_json([document(contract, standings) for contract in found])
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
    workspace = find_workspace(workspace_directory)
    contract = contract_named(workspace.directory, contract_id)
    standings = _standings(workspace, [contract])
    if as_json:
        print_json(document(contract, standings))
        return
    OUT.print(f"{contract.name}, version {contract.version}, {contract.status}: {contract.file}")
    OUT.print(f"Owner {contract.owner or '–'}, steward {contract.steward or '–'}.")
    OUT.print(f"May change it: {', '.join(contract.may_change) or 'nobody is named'}.")
    for feed in contract.feeds:
        told = [f"{item.name} {item.value} {item.unit}".strip() for item in feed.services]
        print_table(
            f"{feed.source}/{feed.feed} → {feed.record}: {', '.join(told) or 'nothing promised'}",
            _COLUMNS,
            [_row(contract, feed, field, standings) for field in feed.fields],
        )


def _standings(workspace: Workspace, contracts: Iterable[Contract]) -> dict[Collected, Standing]:
    """Where personal fields stand that are no record's own; without any, no database is asked."""
    asked = [it for contract in contracts for it in collected(contract) if not it.is_known]
    if not asked:
        return {}
    with database(workspace):
        prepare_schema()
        viewer = viewer_of(system_user())
        return field_standings(viewer=viewer, fields=asked, at=timezone.now())


def _row(
    contract: Contract,
    feed: FeedTerms,
    field: FieldTerms,
    standings: Mapping[Collected, Standing],
) -> tuple[str, ...]:
    name = f"{feed.source}/{feed.feed}/{field.name}"
    return (
        field.name,
        field.about,
        field.classification,
        next((word.value for item, word in standings.items() if item.name == name), ""),
        ", ".join(field.may_change or contract.may_change),
        "entry" if field.is_at_entry else "batch",
        "; ".join(rule.asks for rule in field.rules),
    )
