"""`troth source`: check and sync the sources."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
from rich.progress import Progress, TaskID

from troth.actions.holding import holding_of
from troth.actions.sync import FeedResult, sync_feed
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import ERR, OUT, print_json, print_table, progress_bars
from troth.cli.starting import needs_database, workspace_option
from troth.connectors import loading
from troth.connectors.workspace import Workspace, find_workspace
from troth.store.models import User
from troth.store.queries.landings import feeds
from troth.store.queries.viewing import viewer_of


@click.group("source")
def command() -> None:
    """Check and sync the sources."""


@command.command("list")
@workspace_option
def list_command(workspace_directory: Path | None) -> None:
    """The sources of this workspace and their feeds."""
    workspace = find_workspace(workspace_directory)
    rows = [
        (connector.name, feed.name, feed.record, feed.mode)
        for path in workspace.sources
        for connector in [loading.load(path, workspace=workspace.directory)]
        for feed in connector.feeds()
    ]
    print_table("Sources", ("source", "feed", "record", "mode"), rows)


@command.command("check")
@click.argument("name")
@click.option("--rows", default=10, show_default=True, help="How many rows to show of each feed.")
@workspace_option
def check_command(name: str, rows: int, workspace_directory: Path | None) -> None:
    """Read the first rows of source NAME through its mapping; nothing is landed."""
    workspace = find_workspace(workspace_directory)
    connector = loading.load(workspace.source(name), workspace=workspace.directory)
    rejected = 0
    for feed in connector.feeds():
        preview = connector.preview(feed.name, rows=rows)
        print_table(f"{name}/{feed.name} → {feed.record}", preview.columns, preview.rows)
        print_table("how each field is read", ("field", "from"), sorted(preview.fields.items()))
        for reject in preview.rejects:
            rejected += 1
            place = f"{reject.file}:{reject.line or reject.row or ''}"
            ERR.print(f"{place}: {reject.column or ''} {reject.message}", soft_wrap=True)
    if rejected:
        raise FoundProblemsError


@command.command("sync")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--whole", "is_whole", is_flag=True, help="Read all of it again, and find what is gone."
)
@needs_database
def sync_command(
    name: str, as_json: bool, is_whole: bool, workspace: Workspace, acting_user: User
) -> None:
    """Land everything of source NAME; again, only what has changed."""
    connector = loading.load(
        workspace.source(name), workspace=workspace.directory, holding=holding_of(workspace)
    )
    results: list[FeedResult] = []
    with progress_bars(is_quiet=as_json) as bars:
        for feed in connector.feeds():
            task = bars.add_task(f"sync {name}/{feed.name}", total=None)
            results.append(
                sync_feed(
                    connector,
                    feed,
                    acting_user=acting_user,
                    progress=partial(_show_progress, bars, task),
                    is_whole=is_whole,
                )
            )
    show_feeds(results, as_json=as_json)
    if any(result.erased for result in results):
        OUT.print(
            "Of erased people only what is not personal landed (docs/guides/erase-a-person.md)."
        )
    if any(result.rejected for result in results):
        raise FoundProblemsError


@command.command("lag")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def lag_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """How far behind each feed was at the last run, and how far its contract lets it be."""
    found = feeds(viewer=viewer_of(acting_user))
    if as_json:
        print_json([asdict(feed) for feed in found])
    else:
        print_table(
            "Feeds",
            ("source", "feed", "newest known", "lag, hours", "promised, hours", "late"),
            [
                (
                    feed.source,
                    feed.feed,
                    feed.newest_known_at,
                    _hours(feed.lag_seconds),
                    _hours(feed.promised_seconds),
                    "late" if feed.is_late else "",
                )
                for feed in found
            ],
            right=("lag, hours", "promised, hours"),
        )
    if any(feed.is_late for feed in found):
        raise FoundProblemsError


def _hours(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds / 3600:,.1f}"


def _show_progress(bars: Progress, task: TaskID, count: int) -> None:
    bars.update(task, completed=count)


def show_feeds(results: list[FeedResult], *, as_json: bool) -> None:
    """What each feed brought."""
    if as_json:
        print_json([vars(result) for result in results])
        return
    print_table(
        "Landed",
        (
            "source",
            "feed",
            "record",
            "rows read",
            "versions landed",
            "gone",
            "in quarantine",
            "of erased",
        ),
        [
            (
                result.source,
                result.feed,
                result.record,
                f"{result.rows_read:,}",
                f"{result.landed:,}",
                f"{result.gone:,}",
                f"{result.rejected:,}",
                f"{result.erased:,}",
            )
            for result in results
        ],
        right=("rows read", "versions landed", "gone", "in quarantine", "of erased"),
    )
    held_back = [f"{it.source}/{it.feed}/{name}" for it in results for name in it.held_back]
    if held_back:
        OUT.print(
            f"Left out, since nobody signed an assessment: {', '.join(held_back)}. "
            "`troth assessment list` tells what waits; docs/guides/assess-a-field.md tells how.",
            soft_wrap=True,
        )
    if any(result.erased for result in results):
        OUT.print("Of erased people, only what is not personal landed.")
    if any(result.rejected for result in results):
        OUT.print("Rows in quarantine: `troth quarantine list` tells each with its reason.")
