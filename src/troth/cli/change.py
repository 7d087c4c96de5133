"""`troth change`: write a change of policies, ask for its sign-offs, publish it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from troth.actions import changes
from troth.actions.access import active_user
from troth.actions.policies import written_in
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.core.policies.approvals import Function
from troth.store.models import User
from troth.store.queries.changes import STATES, ChangeRecord, change, find_changes
from troth.store.queries.moment import moment_of
from troth.store.queries.viewing import viewer_of

_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
_ID = click.argument("change_id", metavar="ID")
_REASON = click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group("change")
def command() -> None:
    """Write a change of policies, ask for its sign-offs, publish it."""


def _as_somebody(work: Callable[..., None]) -> Callable[..., None]:
    """A verb of a person: `--as` names who does it; without it, Troth itself."""

    @click.option("--as", "username", help="Who does this; by default Troth itself.")
    @needs_database
    @functools.wraps(work)
    def done(
        *args: Any, username: str | None, workspace: Workspace, acting_user: User, **named: Any
    ) -> None:
        work(*args, who=active_user(username) if username else acting_user, **named)

    return done


@command.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@_JSON
@needs_database
def list_command(
    state: str, limit: int, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """The changes, the one that moved last first."""
    found = find_changes(
        viewer=viewer_of(acting_user), at=moment_of(viewer_of(acting_user)), state=state, size=limit
    )
    if as_json:
        print_json([vars(row) for row in found.rows])
        return
    print_table(
        f"Changes: {found.total:,}",
        ("id", "change", "state", "reaches", "waits for", "by", "changed"),
        [
            (
                row.id,
                row.title,
                row.state.replace("_", " "),
                "" if row.customers is None else f"{row.customers:,}",
                ", ".join(row.missing) if row.state == "proposed" else "",
                row.author,
                instant_text(row.changed_at)[:16].replace("T", " "),
            )
            for row in found.rows
        ],
    )


@command.command("show")
@_ID
@_JSON
@needs_database
def show_command(change_id: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """What a change says, what was found, whom it reaches, who has to sign."""
    found = _read(change_id, acting_user)
    if as_json:
        print_json(to_document(found))
    else:
        show_change(found)


@command.command("draft")
@_FILES
@click.option("--title", required=True, help="What it is called in the list.")
@_REASON
@_as_somebody
def draft_command(files: tuple[Path, ...], title: str, reason: str, who: User) -> None:
    """Write down what FILES would change; nobody is asked yet."""
    row = changes.draft(written_in(files), title=title, reason=reason, acting_user=who)
    _told(row.pk, who)


@command.command("edit")
@_ID
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--title", help="Another title.")
@click.option("--reason", help="Another reason.")
@click.option(
    "--digest", help="Of what you read (`change show`): refused where it was edited since."
)
@_as_somebody
def edit_command(
    change_id: str,
    files: tuple[Path, ...],
    title: str | None,
    reason: str | None,
    digest: str | None,
    who: User,
) -> None:
    """Write a change anew, with FILES where any are given, upon what is in force now.

    Sign-offs that were given are void.
    """
    void = changes.edit(
        change_id,
        written=written_in(files) if files else None,
        title=title,
        reason=reason,
        seen=digest,
        acting_user=who,
    )
    if void:
        OUT.print(f"{void} sign-offs were for what it said before: they are void.")
    _told(change_id, who)


@command.command("check")
@_ID
@_as_somebody
def check_command(change_id: str, who: User) -> None:
    """Look for conflicts, measure whom it reaches, say who would have to sign."""
    changes.check_change(change_id, acting_user=who)
    _told(change_id, who)


@command.command("replay")
@_ID
@click.option(
    "--over",
    nargs=2,
    required=True,
    type=INSTANT,
    metavar="FROM UNTIL",
    help="The period whose decisions are made again; UNTIL is not within it.",
)
@_as_somebody
def replay_command(change_id: str, over: tuple[datetime, datetime], who: User) -> None:
    """Make past decisions again under a checked change, and keep with it what moved."""
    changes.replay_change(change_id, start=over[0], end=over[1], acting_user=who)
    _told(change_id, who)


@command.command("propose")
@_ID
@_as_somebody
def propose_command(change_id: str, who: User) -> None:
    """Ask for the sign-offs that a change needs; where it needs none, publish it."""
    changes.propose(change_id, acting_user=who)
    _told(change_id, who)


@command.command("sign")
@_ID
@click.option(
    "--for",
    "function",
    required=True,
    type=click.Choice([item.value for item in Function]),
    help="For which function.",
)
@click.option("--reject", is_flag=True, help="Say no.")
@click.option("--digest", help="Of what you read (`change show`); by default as it stands.")
@_REASON
@click.option("--as", "username", required=True, help="Whose sign-off it is: a person's.")
@needs_database
def sign_command(
    change_id: str, function: str, reject: bool, digest: str | None, reason: str,
    username: str, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Approve a change for one function, or reject it."""
    who = active_user(username)
    found = _read(change_id, who)
    changes.sign(
        change_id,
        function=Function(function),
        verdict=changes.REJECTED if reject else changes.APPROVED,
        reason=reason,
        seen=digest or found.digest,
        acting_user=who,
    )
    _told(change_id, who)


@command.command("withdraw")
@_ID
@_REASON
@_as_somebody
def withdraw_command(change_id: str, reason: str, who: User) -> None:
    """Take a change back for good."""
    changes.withdraw(change_id, reason=reason, acting_user=who)
    OUT.print(f"{change_id} is withdrawn.")


@command.command("publish")
@_ID
@_as_somebody
def publish_command(change_id: str, who: User) -> None:
    """Put an approved change into force."""
    changes.publish_change(change_id, acting_user=who)
    _told(change_id, who)


def _read(change_id: str, who: User) -> ChangeRecord:
    viewer = viewer_of(who)
    return change(viewer=viewer, change_id=change_id, at=moment_of(viewer))


def _told(change_id: str, who: User) -> None:
    show_change(_read(change_id, who))


def show_change(found: ChangeRecord) -> None:
    """A change as lines for people."""
    row = found.row
    say = functools.partial(OUT.print, soft_wrap=True, markup=False, highlight=False)
    say(f"{row.id}  {row.title}: {row.state.replace('_', ' ')}")
    for item in found.policies:
        for difference in item.differences:
            say(f"  {item.title}: {difference.sentence}")
    for finding in found.findings:
        if not finding.is_hint:
            say(f"  {finding.kind}: {finding.sentence}")
    if found.reach is not None:
        money = ", ".join(f"{item.amount:,} {item.currency}".strip() for item in found.reach.money)
        moved = "" if found.reach.moved is None else f", {found.reach.moved:,} dates moved"
        say(
            f"  reaches {found.reach.customers:,} customers, {money or 'no money'} a year, "
            f"{found.reach.promises:,} open promises{moved}"
        )
    if found.rule:
        say(f"  {found.rule}")
    for needed in found.needed:
        who = ", ".join(needed.people) or "nobody here may give it"
        given = needed.given
        state = f"{given.verdict} by {given.name}" if given else f"may sign: {who}"
        say(f"  {needed.function}: {state}. {' '.join(needed.because)}")


def to_document(found: ChangeRecord) -> dict[str, Any]:
    """For machines, as the API has it."""
    return {
        **vars(found.row),
        **{
            name: value
            for name, value in vars(found).items()
            if name not in ("row", "policies", "findings", "reach", "needed", "sign_offs")
        },
        "policies": [
            {**vars(item), "differences": [vars(one) for one in item.differences]}
            for item in found.policies
        ],
        "findings": [{**vars(item), "witness": dict(item.witness)} for item in found.findings],
        "reach": None
        if found.reach is None
        else {**vars(found.reach), "money": [vars(item) for item in found.reach.money]},
        "needed": [
            {**vars(item), "given": None if item.given is None else vars(item.given)}
            for item in found.needed
        ],
        "sign_offs": [vars(item) for item in found.sign_offs],
    }
