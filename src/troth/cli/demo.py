"""`troth demo`: a simulated company, a year of it, ready to look at."""

from __future__ import annotations

import os
from pathlib import Path

import click

from troth.actions import people
from troth.actions.running import RunResult
from troth.cli.metrics import headline
from troth.cli.printing import OUT, print_table, progress_bars
from troth.cli.run import run_with_bars, show_run
from troth.cli.serve import serve
from troth.cli.starting import database, prepare_schema
from troth.connectors.simulated import simulate
from troth.connectors.starter import write_starter_policies
from troth.connectors.workspace import FILE_NAME, Workspace, make_workspace, read_workspace
from troth.core.access.roles import Role
from troth.store.models import User
from troth.store.queries.viewing import viewer_of

_LOOPBACK = "127.0.0.1"
_PEOPLE = {
    Role.EXECUTIVE: "Eva Executive",
    Role.OPERATIONS_MANAGER: "Omar Operations",
    Role.OPERATIONS_ENGINEER: "Enno Engineer",
    Role.AGENT: "Aylin Agent",
    Role.STEWARD: "Stella Steward",
    Role.AUDITOR: "Aurel Auditor",
    Role.PRIVACY_OFFICER: "Priya Privacy",
    Role.ADMINISTRATOR: "Ada Administrator",
}


class DemoNeedsItsOwnDatabaseError(click.ClickException):
    """The demo prints links that sign anyone in: it runs on its own database only."""


@click.command("demo")
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path("troth-demo")
)
@click.option("--customers", default=1000, show_default=True)
@click.option("--months", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="Stop after the summary.")
def command(
    directory: Path, customers: int, months: int, seed: int, port: int, no_serve: bool
) -> None:
    """Make a company, run the main job on it, sum up what was found, and serve the console."""
    if os.environ.get("TROTH_DATABASE_URL"):
        raise DemoNeedsItsOwnDatabaseError(
            "TROTH_DATABASE_URL is set. The demo signs in whoever has its links, so it runs on "
            "its own embedded database only. Unset the variable, or use `troth run`."
        )
    workspace = _company(directory, customers=customers, months=months, seed=seed)
    with database(workspace):
        prepare_schema()
        result = run_with_bars(workspace, is_quiet=False)
        _sum_up(workspace, result)
        if no_serve:
            return
        OUT.print("Sign in (each link works once, within a day):", style="bold")
        for role, link in _links(port):
            # No table here: a link that is wrapped cannot be clicked.
            OUT.print(f"  {role:<20} {link}", soft_wrap=True, markup=False)
        serve(workspace, host=_LOOPBACK, port=port)


def _company(directory: Path, *, customers: int, months: int, seed: int) -> Workspace:
    """The demo's workspace, made once. A half-made one is made anew."""
    done = directory / ".troth" / "simulated"
    if done.exists():
        return read_workspace(directory)
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / FILE_NAME).exists():
        make_workspace(directory, name="Simulated company", now="data")
    write_starter_policies(directory / "policies", currency="EUR")
    with progress_bars(is_quiet=False) as bars:
        task = bars.add_task("simulate a company", total=100)
        simulate(
            directory,
            customers=customers,
            months=months,
            seed=seed,
            progress=lambda share: bars.update(task, completed=int(share * 100)),
        )
    done.write_text(f"customers={customers} months={months} seed={seed}\n", "utf-8")
    return read_workspace(directory)


def _sum_up(workspace: Workspace, result: RunResult) -> None:
    show_run(result)
    print_table(
        "What was found",
        ("question", "value", "of", "measure"),
        headline(workspace, viewer_of(people.system_user())),
        right=("value", "of"),
    )


def _links(port: int) -> list[tuple[str, str]]:
    system = people.system_user()
    links = []
    for role, name in _PEOPLE.items():
        user: User = people.add_user(username=role.value, name=name, role=role, acting_user=system)
        token = people.issue_login_link(user=user, acting_user=system)
        address = f"http://{_LOOPBACK}:{port}/sign-in/link/{token}"
        links.append((role.value.replace("_", " "), address))
    return links
