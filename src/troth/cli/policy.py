"""`troth policy`: publish policies and show which are in force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import vl_convert
from django.utils import timezone

from troth.actions.applying import propose_written
from troth.actions.policies import plan, written_in
from troth.actions.replaying import replay
from troth.analysis.replay.comparing import Line, Report, chart
from troth.cli.change import show_change
from troth.cli.failing import FoundProblemsError
from troth.cli.instants import INSTANT
from troth.cli.policy_capacity import capacity_command
from troth.cli.policy_consolidation import consolidate_command
from troth.cli.policy_pull import pull_command
from troth.cli.policy_sheets import export_command, import_command
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.core.policies.asking import read_terms
from troth.core.policies.outputs import FaultError
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.versions import to_document
from troth.store.facts.policies import published_versions
from troth.store.models import User
from troth.store.queries.applying import applied_policies
from troth.store.queries.changes import change
from troth.store.queries.moment import moment_of
from troth.store.queries.policy_findings import FoundInPolicies, policy_check
from troth.store.queries.viewing import viewer_of


@click.group("policy")
def command() -> None:
    """Publish policies and show which are in force."""


command.add_command(capacity_command)
command.add_command(consolidate_command)
command.add_command(export_command)
command.add_command(import_command)
command.add_command(pull_command)


@command.command("plan")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@needs_database
def plan_command(files: tuple[Path, ...], workspace: Workspace, acting_user: User) -> None:
    """Say what publishing FILES (by default policies/*.yaml) would change."""
    planned = plan(files or workspace.policies)
    for item in planned:
        OUT.print(f"would publish {item.version.id}  {item.sentence}", soft_wrap=True)
    if not planned:
        OUT.print("Nothing would change.")


@command.command("apply")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@needs_database
def apply_command(files: tuple[Path, ...], workspace: Workspace, acting_user: User) -> None:
    """Bring what is new in FILES (by default policies/*.yaml) into force, all or none.

    It becomes a change. Where nobody has to sign, it is published at once; else it is proposed,
    and nothing is in force until all have signed.
    """
    found = propose_written(written_in(files or workspace.policies), acting_user=acting_user)
    if found is None:
        OUT.print("Nothing has changed.")
        return
    viewer = viewer_of(acting_user)
    shown = change(viewer=viewer, change_id=found.pk, at=moment_of(viewer))
    if not found.versions:
        show_change(shown)
        OUT.print(f"Nothing is in force yet: `troth change show {found.pk}`.", soft_wrap=True)
        return
    for item in shown.policies:
        what = "; ".join(one.sentence for one in item.differences)
        sentence = f"{item.title}: {what or 'the same, for another reason'}"
        OUT.print(f"published {item.version}  {sentence}", soft_wrap=True)


@command.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--hints", is_flag=True, help="Also tell what is no fault: gaps, rules to merge.")
@click.option("--json", "as_json", is_flag=True, help="For machines, hints included.")
@needs_database
def check_command(
    files: tuple[Path, ...], hints: bool, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Look for conflicts in what is in force and in what FILES (policies/*.yaml) would add.

    Rules that never decide, that overlap or change nothing; answers that a guardrail does not let
    stand; versions that others always outrank, own terms that a later version changed, signed terms
    that nothing holds; promises that other kinds make impossible. Each with a case that shows it.
    Exit code 1 where something is found.
    """
    planned = plan(files or workspace.policies)
    found = policy_check(
        viewer=viewer_of(acting_user), proposed=[item.version for item in planned]
    ).findings
    if as_json:
        print_json([_finding(item) for item in found])
    else:
        for item in found:
            if hints or not item.is_hint:
                OUT.print(_told(item), soft_wrap=True, markup=False, highlight=False)
        count = sum(item.is_hint for item in found)
        if count == len(found):
            OUT.print(f"Nothing is in conflict; {count} hints (--hints)." if count else
                      "Nothing is in conflict.")  # fmt: skip
    if any(not item.is_hint for item in found):
        raise FoundProblemsError


def _finding(item: FoundInPolicies) -> dict[str, Any]:
    scope = Scope(layer=Layer(item.layer), key=item.scope)
    return {
        "kind": item.kind, "version": item.version or None, "policy": item.policy,
        "scope": str(scope), "rules": item.rules, "sentence": item.sentence,
        "witness": item.witness, "is_hint": item.is_hint,
    }  # fmt: skip


def _told(item: FoundInPolicies) -> str:
    word = f"hint: {item.kind}" if item.is_hint else item.kind
    told = f"{word}: {item.title}: {item.sentence}"
    if item.witness is None:
        return told
    case = ", ".join(f"{name} = {text}" for name, text in item.witness.items())
    return f"{told} For instance {case or 'in any case'}."


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Every version ever published."""
    versions = published_versions()
    if as_json:
        print_json([{"id": version.id, **to_document(version)} for version in versions])
        return
    print_table(
        "Policies",
        ("version", "kind", "scope", "no.", "in force from", "until", "reason"),
        [
            (
                version.id,
                version.kind,
                version.scope,
                version.number,
                f"{version.effective_from:%Y-%m-%d}",
                f"{version.effective_to:%Y-%m-%d}" if version.effective_to else "superseded",
                version.reason,
            )
            for version in versions
        ],
    )


@command.command("show")
@click.argument("customer")
@click.option("--at", type=INSTANT, help="As in force at this instant; by default now.")
@click.option("--known-at", type=INSTANT, help="As published by this instant; by default --at.")
@click.option(
    "--case",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a table may ask for: severity=2, country=DE. Repeat it for each.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def show_command(
    customer: str, at: datetime | None, known_at: datetime | None, given: tuple[str, ...],
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Each value for CUSTOMER: its layer, its version and rule, what it overrode."""
    at = at or timezone.now()
    case = _case(given)
    found = applied_policies(
        viewer=viewer_of(acting_user), customer_id=customer, at=at, known_at=known_at, case=case
    )
    values = found.values
    if as_json:
        print_json([vars(value) for value in values])
        return
    print_table(
        f"In force for {customer} at {instant_text(at)}",
        ("policy", "value", "from", "version", "overrode"),
        [
            (
                f"{value.kind}.{value.output}",
                value.value,
                f"{value.layer} {value.scope}".strip(),
                f"{value.version} rule {value.rule}" if value.rule else value.version,
                "; ".join((*value.stages, *value.overrode, *value.clamped_by)),
            )
            for value in values
        ],
    )
    if found.missing:
        missing = ", ".join(found.missing)
        OUT.print(f"Tables ask for {missing} too: give them with --case NAME=VALUE.")


@command.command("replay")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--over",
    nargs=2,
    required=True,
    type=INSTANT,
    metavar="FROM UNTIL",
    help="The period whose decisions are made again; UNTIL is not within it.",
)
@click.option(
    "--chart",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it too: a file ending in .svg, .png or .json (Vega-Lite).",
)
@click.option("--json", "as_json", is_flag=True, help="For machines, every moved date included.")
@needs_database
def replay_command(
    files: tuple[Path, ...], over: tuple[datetime, datetime], picture: Path | None,
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Make past decisions again as if FILES had been in force; nothing is written.

    First they are made under what is in force: where that is not what was recorded, it stops.
    """
    start, end = over
    if start >= end:
        raise click.BadParameter(f"{start} is not before {end}.", param_hint="--over")
    found = replay(files, start=start, end=end, acting_user=acting_user)
    if picture is not None:
        _draw(found.report, picture)
    if as_json:
        print_json({"proposed": found.proposed, "reproduced": found.reproduced,
                    **_report_document(found.report)})  # fmt: skip
        return
    for sentence in found.proposed:
        OUT.print(sentence, soft_wrap=True)
    OUT.print(f"{found.reproduced:,} recorded decisions came out the same to the byte.")
    _print_lines("All", found.report.total)
    _print_lines("By tier", found.report.tiers)
    if found.report.worst:
        _print_lines("Worst affected customers", found.report.worst)
    if found.report.best:
        _print_lines("Best affected customers", found.report.best)
    if not found.report.changed:
        OUT.print("Nothing would have changed.")


def _report_document(report: Report) -> dict[str, Any]:
    document = {
        part: [
            {**vars(line), "mean_hours": _hours(line.mean_hours)} for line in getattr(report, part)
        ]
        for part in ("total", "tiers", "worst", "best")
    }
    changed = [
        {
            "measure": item.measure, "subject": item.subject, "customer": item.customer,
            "tier": item.tier, "before": item.before, "after": item.after,
            "hours": _hours(item.hours), "done_at": item.done_at,
        }
        for item in report.changed
    ]  # fmt: skip
    return {"from": report.start, "until": report.end, **document, "changed": changed}


def _hours(hours: float) -> Decimal:
    return Decimal(f"{hours:.3f}")


def _print_lines(title: str, lines: Sequence[Line]) -> None:
    columns = ("what", "who", "decided", "changed", "sooner", "later", "hours, mean",
               "kept before", "kept after", "owed before", "owed after")  # fmt: skip
    print_table(
        title,
        columns,
        [
            (
                line.measure.replace("_", " "), line.group, line.decided, line.changed,
                line.sooner, line.later, f"{line.mean_hours:+.1f}" if line.changed else "",
                _share(line.kept_before, line.done), _share(line.kept_after, line.done),
                _money(line.owed_before), _money(line.owed_after),
            )
            for line in lines
        ],
        right=columns[2:],
    )  # fmt: skip


def _share(kept: int, done: int) -> str:
    return f"{kept / done:.1%}" if done else ""


def _money(sums: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{amount:,} {currency}".strip() for currency, amount in sums.items())


def _draw(report: Report, picture: Path) -> None:
    spec = chart(report)
    match picture.suffix:
        case ".svg":
            drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]).encode()
        case ".png":
            drawn = bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))
        case ".json":
            drawn = json.dumps(spec, indent=1).encode()
        case _:
            raise click.BadParameter(f"{picture} ends in none of .svg, .png, .json.")
    picture.write_bytes(drawn)


def _case(given: tuple[str, ...]) -> dict[str, Any]:
    """Inputs by name, as text, number, truth value or instant, whichever their kind declares."""
    try:
        return read_terms(given)
    except FaultError as error:
        raise click.BadParameter(error.fault.sentence, param_hint="--case") from error
