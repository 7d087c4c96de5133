"""`troth doctor`: what is used here, and what to do where something is wrong?"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import psycopg
from django.db import Error, connections
from django.utils import timezone

from troth.actions.backups import newest_backup_at
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json
from troth.cli.starting import database, pending_migrations, role_statements, workspace_option
from troth.connectors.workspace import Workspace, WorkspaceError, find_workspace
from troth.store.queries.outbox import backlog_now
from troth.store.queries.viewing import as_the_program
from troth.store.server import ServerError, status

_LOW_DISK_BYTES = 2 * 1024**3
_OLD_BACKLOG = timedelta(hours=84)  # ten tries are over by then, whatever chance did to the waits


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    about: str
    found: str
    is_well: bool = True
    remedy: str = ""


@click.command("doctor")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(workspace_directory: Path | None, as_json: bool) -> None:
    """Say what is used here, versions, disk, and what to do where something is wrong."""
    findings = list(_examine(workspace_directory))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok[/]   " if finding.is_well else "[red]wrong[/]"
            OUT.print(f"{mark} {finding.about}: {finding.found}", soft_wrap=True)
            if finding.remedy:
                OUT.print(f"      → {finding.remedy}", soft_wrap=True)
    if not all(finding.is_well for finding in findings):
        raise FoundProblemsError


def _examine(start: Path | None) -> Iterator[Finding]:
    yield Finding(about="Troth", found=version("troth"))
    yield Finding(about="Python", found=f"{platform.python_version()} on {platform.platform()}")
    try:
        workspace = find_workspace(start)
    except WorkspaceError as error:
        yield Finding(about="workspace", found=str(error), is_well=False, remedy="troth init DIR")
        return
    yield Finding(
        about="workspace",
        found=f"{workspace.directory} ({workspace.name}; {len(workspace.sources)} sources, "
        f"{len(workspace.policies)} policy files)",
    )
    yield _disk(workspace)
    yield _backup(workspace)
    yield from _server(workspace)


def _durability() -> Finding:
    """Whether what this role commits survives a power cut, as its own sessions are set."""
    with connections["default"].cursor() as cursor:
        names = ("synchronous_commit", "fsync", "full_page_writes")
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
        found = dict(zip(names, cursor.fetchone(), strict=True))
    lax = sorted(name for name, value in found.items() if value == "off")
    return Finding(
        about="durability",
        found=", ".join(f"{name} {value}" for name, value in found.items()),
        is_well=not lax,
        remedy=f"Turn {', '.join(lax)} on for this role and database: what was answered as done "
        "can be lost in a crash."
        if lax
        else "",
    )


def _outbox() -> Finding:
    found = backlog_now()
    age = timezone.now() - found.oldest_at if found.oldest_at else timedelta(0)
    is_well = age < _OLD_BACKLOG or not found.waiting
    text = f"{found.waiting:,} wait, {found.dead:,} could not be sent"
    if found.waiting:
        text += f"; the oldest has waited {age // timedelta(minutes=1):,} minutes"
    return Finding(
        about="outbox",
        found=text,
        is_well=is_well,
        remedy=""
        if is_well
        else "Let `troth serve` run, or run `troth webhook deliver`; "
        "`troth outbox list --state waiting` shows what each address answered.",
    )


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.directory).free
    return Finding(
        about="disk",
        found=f"{free / 1024**3:.1f} GiB free",
        is_well=free >= _LOW_DISK_BYTES,
        remedy=""
        if free >= _LOW_DISK_BYTES
        else "Free some space: PostgreSQL stops when the disk is full. Nothing is lost then.",
    )


def _backup(workspace: Workspace) -> Finding:
    plan = workspace.backup
    newest = newest_backup_at(plan.folder if plan else workspace.directory / "backups")
    if newest is None:
        return Finding(
            about="backup",
            found="none yet",
            is_well=plan is None,  # whoever asked for them has to be told
            remedy="troth backup; with a section backup in troth.toml, `troth serve` makes them.",
        )
    hours = (timezone.now() - newest).total_seconds() / 3600
    is_well = plan is None or hours <= 2 * plan.every.total_seconds() / 3600
    return Finding(
        about="backup",
        found=f"the newest is {hours:,.0f} hours old",
        is_well=is_well,
        remedy="" if is_well else "Look into the log of `troth serve jobs`, or run troth backup.",
    )


def _server(workspace: Workspace) -> Iterator[Finding]:
    if os.environ.get("TROTH_DATABASE_URL"):
        yield Finding(about="database", found="yours, by TROTH_DATABASE_URL")
    else:
        try:
            found = status(workspace.private / "postgres")
        except ServerError as error:
            yield Finding(about="database", found=str(error), is_well=False)
            return
        binaries = found.binaries
        yield Finding(
            about="database",
            found=f"embedded, {found.state}; data in {found.data_directory}"
            + (f"; PostgreSQL {binaries.version} from {binaries.folder}" if binaries else ""),
            is_well=found.problem is None,
            remedy=str(found.problem or ""),
        )
        if found.problem is not None:
            return
    yield from _inside(workspace)


def _regions(workspace: Workspace) -> Finding:
    """Where the customers here may be held, and whether that is allowed."""
    with as_the_program(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT region, count(*) FROM store_customer GROUP BY 1 ORDER BY 1")
        held: list[tuple[str, int]] = cursor.fetchall()
    beyond = [name for name, _ in held if workspace.regions and name not in workspace.regions]
    allowed = ", ".join(workspace.regions) or "every one"
    counts = ", ".join(f"{count:,} customers in {name}" for name, count in held) or "no customer"
    return Finding(
        about="regions",
        found=f"{counts}; may be held: {allowed}",
        is_well=not beyond,
        remedy=f"{', '.join(beyond)}: move them to a workspace of that region, or allow it in "
        "troth.toml."
        if beyond
        else "",
    )


def _inside(workspace: Workspace) -> Iterator[Finding]:
    try:
        with database(workspace):
            with connections["default"].cursor() as cursor:
                cursor.execute(
                    "SELECT version(), current_user, pg_size_pretty(pg_database_size("
                    "current_database())), (SELECT bool_or(rolsuper) FROM pg_roles"
                    " WHERE rolname = current_user)"
                )
                told: tuple[Any, ...] = cursor.fetchone()
            yield Finding(about="server", found=f"{told[0].split(',')[0]}; {told[2]} of data")
            yield Finding(
                about="application role",
                found=f"{told[1]}{' (superuser)' if told[3] else ''}",
                is_well=not told[3],
                remedy="Connect as a role that owns nothing: a superuser sees past every rule."
                if told[3]
                else "",
            )
            statements = role_statements()
            yield Finding(
                about="row-level security",
                found="lacks roles" if statements else "its roles are there",
                is_well=not statements,
                remedy=f"As a superuser: {' '.join(statements)}" if statements else "",
            )
            yield _durability()
            pending = pending_migrations()
            yield Finding(
                about="tables",
                found=f"{len(pending)} migrations behind" if pending else "up to date",
                is_well=not pending,
                remedy="troth upgrade" if pending else "",
            )
            if not pending:
                yield _regions(workspace)
            if not pending:
                yield _outbox()
    except (ServerError, Error, psycopg.Error, OSError) as error:
        yield Finding(
            about="server",
            found=str(error).strip(),
            is_well=False,
            remedy="Read the log named above, or point TROTH_DATABASE_URL at another server.",
        )
