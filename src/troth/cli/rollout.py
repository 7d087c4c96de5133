"""`troth rollout`: a policy in stages, watched and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import yaml

from troth.actions.rollout_checks import check
from troth.actions.rollouts import advance, roll_back, start
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.store.models import User
from troth.store.queries.rollouts import (
    STATES,
    RolloutRow,
    customers_inside,
    find_rollouts,
    rollout,
)
from troth.store.queries.viewing import viewer_of


@click.group("rollout")
def command() -> None:
    """Roll a policy out in stages, see how it goes, and undo it."""


@command.command("start")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@needs_database
def start_command(file: Path, workspace: Workspace, acting_user: User) -> None:
    """Begin what FILE says: policy, stages, guardrails and reason."""
    row = start(_document(file), acting_user=acting_user)
    _tell(rollout(viewer=viewer_of(acting_user), rollout_id=row.pk))


@command.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    state: str, limit: int, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Roll-outs, the newest first."""
    found = find_rollouts(viewer=viewer_of(acting_user), state=state, size=limit)
    if as_json:
        print_json([asdict(row) for row in found.rows])
        return
    print_table(
        f"Roll-outs: {found.total:,}",
        ("id", "policy", "scope", "state", "stage", "in force for", "begun", "reason"),
        [
            (
                row.id,
                row.kind,
                f"{row.layer} {row.scope}".strip(),
                row.state.replace("_", " "),
                f"{row.stage} of {len(row.stages)}",
                row.current.sentence if row.current else "",
                f"{row.created_at:%Y-%m-%d}",
                row.reason,
            )
            for row in found.rows
        ],
    )


@command.command("show")
@click.argument("rollout_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(rollout_id: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Stages, who is in, and the measures inside and outside."""
    viewer = viewer_of(acting_user)
    row = rollout(viewer=viewer, rollout_id=rollout_id)
    inside = customers_inside(viewer=viewer, rollout_id=rollout_id, size=10)
    if as_json:
        print_json({**asdict(row), "customers_inside": inside.total})
        return
    _tell(row)
    OUT.print(f"{inside.total:,} customers whom you may see are in it.")


@command.command("check")
@click.argument("rollout_id", metavar="ID")
@needs_database
def check_command(rollout_id: str, workspace: Workspace, acting_user: User) -> None:
    """Measure it now, and undo it where a guardrail is crossed. Exit code 1 where it was."""
    found = check(rollout_id, acting_user=acting_user)
    for verdict in found:
        word = "crossed" if verdict.is_crossed else "holds"
        OUT.print(f"{word}: {verdict.sentence}.", soft_wrap=True)
    if not found:
        OUT.print("There is nothing to measure: no stage is in force, or nothing watches over it.")
    if any(verdict.is_crossed for verdict in found):
        OUT.print(f"{rollout_id} is rolled back.")
        raise FoundProblemsError


@command.command("advance")
@click.argument("rollout_id", metavar="ID")
@click.option("--reason", required=True, help="Why now, in a sentence; it is kept.")
@click.option("--stage", type=int, help="The one you mean; refused where another is next.")
@needs_database
def advance_command(
    rollout_id: str, reason: str, stage: int | None, workspace: Workspace, acting_user: User
) -> None:
    """Put the next stage into force."""
    advance(rollout_id, reason=reason, acting_user=acting_user, stage=stage)
    _tell(rollout(viewer=viewer_of(acting_user), rollout_id=rollout_id))


@command.command("rollback")
@click.argument("target", metavar="ID")
@click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
@needs_database
def rollback_command(target: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Put what held before into force again, for everybody, now.

    ID is a roll-out (rol_…) or a version that is in force (pol_…), whether or not in stages.
    """
    restored = roll_back(target, reason=reason, acting_user=acting_user)
    if restored is None:
        OUT.print(f"{target}: cancelled before its first stage.")
    else:
        OUT.print(f"{target}: rolled back; {restored.id} is in force.")


def _document(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise click.BadParameter(f"{file}: not readable as YAML: {error}") from error


def _tell(row: RolloutRow) -> None:
    whose = f"{row.kind} for {row.layer} {row.scope}".strip()
    OUT.print(f"{row.id}  {whose}: {row.state.replace('_', ' ')}. {row.reason}", soft_wrap=True)
    if row.end_reason:
        OUT.print(f"{row.ended_by}: {row.end_reason}", soft_wrap=True)
    print_table(
        "Stages",
        ("no.", "for", "begins", "version"),
        [
            (
                stage.number,
                stage.sentence,
                _begins(stage.published_at or stage.starts_at),
                stage.version or "to come",
            )
            for stage in row.stages
        ],
    )
    if row.readings:
        print_table(
            f"Measured {instant_text(row.checked_at) if row.checked_at else ''}",
            ("measure", "inside", "outside", "counted", "undone where", ""),
            [
                (
                    reading.measure,
                    _number(reading.inside, reading.unit),
                    _number(reading.outside, reading.unit),
                    f"{reading.inside_count:,} and {reading.outside_count:,}",
                    limits(vars(reading)),
                    "crossed" if reading.is_crossed else "" if reading.is_enough else "too few",
                )
                for reading in row.readings
            ],
        )


def _begins(at: Any) -> str:
    return "when somebody advances" if at is None else instant_text(at)


def _number(value: str | None, unit: str) -> str:
    return "nothing" if value is None else f"{value} {unit}"


def limits(rail: Mapping[str, Any]) -> str:
    """When a guardrail undoes: "5 worse than outside or below 80"."""
    parts = []
    if rail.get("worse_by") is not None:
        parts.append(f"{rail['worse_by']} worse than outside")
    if rail.get("bound") is not None:
        parts.append(f"{'below' if rail['is_higher_better'] else 'above'} {rail['bound']}")
    return " or ".join(parts)
