"""`troth run [DIR]`: the main job."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from troth.actions.people import system_user
from troth.actions.running import RunResult, run
from troth.cli.failing import COULD_NOT_RUN, FoundProblemsError
from troth.cli.instants import INSTANT
from troth.cli.printing import ERR, OUT, BarReporter, print_json, print_table, progress_bars
from troth.cli.source import show_feeds
from troth.cli.starting import database, prepare_schema
from troth.connectors.workspace import Workspace, find_workspace
from troth.core.ledger.canonical import instant_text


@click.command("run")
@click.argument("directory", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--at", type=INSTANT, help="What counts as now; by default the newest known_at.")
@click.option("--thorough", is_flag=True, help="Look at everything again, though nothing is new.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(directory: Path | None, at: datetime | None, thorough: bool, as_json: bool) -> None:
    """Sync all sources, resolve, tier, decide on everything as of its own moment, measure."""
    workspace = find_workspace(directory)
    with database(workspace):
        prepare_schema()
        result = run_with_bars(workspace, at=at, thorough=thorough, is_quiet=as_json)
        if as_json:
            print_json(result.to_document())
        else:
            show_run(result)
    for failure in result.failures:
        ERR.print(failure, soft_wrap=True, markup=False)
    if result.failures:
        raise click.exceptions.Exit(COULD_NOT_RUN)
    if result.rejected:
        raise FoundProblemsError


def run_with_bars(
    workspace: Workspace, *, at: datetime | None = None, thorough: bool = False, is_quiet: bool
) -> RunResult:
    """The main job with progress on standard error."""
    with progress_bars(is_quiet=is_quiet) as bars:
        return run(
            workspace,
            acting_user=system_user(),
            reporter=BarReporter(bars),
            at=at,
            is_thorough=thorough,
        )


def show_run(result: RunResult) -> None:
    """What a run did, as tables."""
    show_feeds(result.feeds, as_json=False)
    if result.waiting:
        OUT.print(
            f"What is new in policies/ is not in force: `troth change show {result.waiting}` says "
            "who has to sign.",
            soft_wrap=True,
        )
    if result.as_of is None:
        OUT.print("Nothing has happened yet in what was landed: there is nothing to decide.")
        return
    OUT.print(f"What counts as now: {instant_text(result.as_of)}")
    if result.is_unchanged:
        OUT.print("Nothing new since the last run: 0 decisions written.")
        return
    resolved, tiered = result.resolved, result.tiered
    rows = [
        ("policies published", result.published),
        ("customer records", resolved.records if resolved else 0),
        ("customers", resolved.customers if resolved else 0),
        ("likely pairs without a key", resolved.likely_pairs if resolved else 0),
        ("questions for a steward", resolved.questions if resolved else 0),
        *(
            (f"customers in {tier}", count)
            for tier, count in ((tiered.by_tier or {}) if tiered else {}).items()
        ),
        ("orders", result.promises.subjects),
        ("promises from a cold start", result.promises.cold_starts),
        ("cases", result.priorities.subjects),
        *(
            (f"open differences, {kind}", count)
            for kind, count in (result.reconciled.open_by_kind if result.reconciled else {}).items()
        ),
        ("decisions written", result.written),
    ]
    counts = [(name, f"{count:,}") for name, count in rows]
    print_table("Decided", ("what", "count"), counts, right=("count",))
    if resolved and resolved.matching:
        OUT.print(f"Matched by keys alone: {resolved.matching}", soft_wrap=True)
