"""How does a command get its workspace, its database and Django?

`needs_database` wraps a command: it starts or joins the workspace's PostgreSQL (or uses
TROTH_DATABASE_URL), brings the schema up, and hands the workspace in. Django itself is set up
before a command's module is imported, in `troth.cli`.
"""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from troth.actions.people import system_user
from troth.actions.reads import record_reads
from troth.connectors.workspace import Workspace, find_workspace, secret_of
from troth.store.connecting import connect_to
from troth.store.models import User
from troth.store.queries.viewing import acting
from troth.store.roles import missing_roles
from troth.store.server import Server, running


class SchemaBehindError(Exception):
    """The database's tables are older than this Troth. Run `troth upgrade` first."""

    code = "database:behind"


class RolesMissingError(Exception):
    """The server lacks roles that row-level security stands on. Run the statements as superuser."""

    code = "database:roles"


@contextmanager
def database(workspace: Workspace, *, keep: bool = False) -> Iterator[Server | None]:
    """The workspace's database, reachable through Django while inside.

    Gives the embedded server, or None where TROTH_DATABASE_URL names another.
    """
    settings.WORKSPACE = workspace.directory
    settings.SECRET_KEY = secret_of(workspace)
    os.environ["TROTH_WORKSPACE"] = str(workspace.directory)
    app_url = os.environ.get("TROTH_DATABASE_URL")
    if app_url:
        owner_url = os.environ.get("TROTH_OWNER_URL") or app_url
        connect_to(connections, app_url=app_url, owner_url=owner_url)
        try:
            yield None
        finally:
            _leave()
        return
    with running(workspace.private / "postgres", keep=keep) as server:
        connect_to(connections, app_url=server.app_url, owner_url=server.owner_url)
        try:
            yield server
        finally:
            _leave()


def _leave() -> None:
    """Record what was shown, however the command ended, and hang up."""
    with suppress(DatabaseError):  # the command has its own error to tell then
        record_reads()
    connections.close_all()


def environment_of(workspace: Workspace, server: Server | None) -> dict[str, str]:
    """What a process of ours needs to reach the same workspace and database."""
    found = {
        "TROTH_WORKSPACE": str(workspace.directory),
        "TROTH_SECRET_KEY": secret_of(workspace),
        "DJANGO_SETTINGS_MODULE": "troth.site.settings",
    }
    if server is not None:
        found |= {"TROTH_DATABASE_URL": server.app_url, "TROTH_OWNER_URL": server.owner_url}
    return found


def pending_migrations() -> list[str]:
    """The migrations that the database does not have yet."""
    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def role_statements() -> list[str]:
    """What a superuser has to run before row-level security can hold; none on our own server."""
    app, owner = _current_user("default"), _current_user("owner")
    if app is None or owner is None:
        return []
    return missing_roles(connections["owner"], app=app, owner=owner)


def _current_user(alias: str) -> str | None:
    """Who signs in; None for a superuser, whom no rule holds."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        name, is_superuser = cursor.fetchone()
    return None if is_superuser else str(name)


def upgrade_schema() -> list[str]:
    """Apply what is missing, as the owner role; what was applied."""
    pending = pending_migrations()
    if pending:
        statements = role_statements()
        if statements:
            raise RolesMissingError(
                "The server lacks roles that Troth stands on. As a superuser, in this database, "
                "run:\n  " + "\n  ".join(statements)
            )
        call_command("migrate", database="owner", verbosity=0, stdout=io.StringIO())
    return pending


def workspace_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--workspace DIR`."""
    return click.option(
        "--workspace",
        "workspace_directory",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="TROTH_WORKSPACE",
        help="The workspace; by default the nearest folder upwards with a troth.toml.",
    )(function)


def needs_database(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands `workspace` and `acting_user` to a command, with the database running."""

    @workspace_option
    @functools.wraps(function)
    def wrapped(*args: Any, workspace_directory: Path | None, **options: Any) -> Any:
        workspace = find_workspace(workspace_directory)
        with database(workspace):
            prepare_schema()
            user: User = system_user()
            with acting(user):
                return function(*args, workspace=workspace, acting_user=user, **options)

    return wrapped


def prepare_schema() -> None:
    """An own database is brought up at once; a server of yours only by `troth upgrade`."""
    if not os.environ.get("TROTH_DATABASE_URL"):
        upgrade_schema()
        return
    pending = pending_migrations()
    if pending:
        raise SchemaBehindError(
            f"The database lacks {len(pending)} migration(s), the first is {pending[0]}. "
            "Run `troth upgrade` first."
        )
