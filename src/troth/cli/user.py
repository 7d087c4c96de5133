"""`troth user`: people, programs, their tokens and links."""

from __future__ import annotations

import click

from troth.actions import accounts, people
from troth.actions.sessions import end_sessions
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.access.roles import Right, Role
from troth.store.models import User
from troth.store.queries.people import tokens
from troth.store.queries.viewing import viewer_of

_ROLES = click.Choice([role.value for role in Role])


@click.group("user")
def command() -> None:
    """People, programs, their tokens and links."""


def _find(username: str) -> User:
    return accounts.find_user(username)


@command.command("add")
@click.argument("username")
@click.option("--name", required=True)
@click.option("--role", type=_ROLES, required=True)
@click.option("--program", is_flag=True, help="A program: it gets in with tokens alone.")
@click.password_option(
    "--password", required=False, prompt=False, help="Without one, only links and tokens work."
)
@needs_database
def add_command(
    username: str,
    name: str,
    role: str,
    program: bool,
    password: str | None,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Make an account."""
    people.add_user(
        username=username,
        name=name,
        role=Role(role),
        password=password,
        is_program=program,
        acting_user=acting_user,
    )
    OUT.print(f"{username} is there, as {role}.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Everybody with an account."""
    users = User.objects.order_by("username")
    if as_json:
        print_json(
            [
                {"username": u.username, "name": u.name, "role": u.role, "is_active": u.is_active}
                for u in users
            ]
        )
        return
    print_table(
        "People and programs",
        ("username", "name", "role", "active"),
        [(u.username, u.name, u.role, "yes" if u.is_active else "no") for u in users],
    )


@command.command("link")
@click.argument("username")
@click.option("--base", default="http://127.0.0.1:8000", show_default=True)
@needs_database
def link_command(username: str, base: str, workspace: Workspace, acting_user: User) -> None:
    """A link that signs USERNAME in once, within a day."""
    token = people.issue_login_link(user=_find(username), acting_user=acting_user)
    OUT.print(f"{base}/sign-in/link/{token}", soft_wrap=True)


@command.command("token")
@click.argument("username")
@click.option("--label", required=True, help="What it is for.")
@click.option("--days", default=90, show_default=True, help="How long; 365 at most.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([right.value for right in Right]),
    multiple=True,
    help="A right that it has; again for more. Without one: every right of the role.",
)
@needs_database
def token_command(
    username: str,
    label: str,
    days: int,
    scopes: tuple[str, ...],
    workspace: Workspace,
    acting_user: User,
) -> None:
    """An API token for USERNAME, shown once."""
    token = people.issue_token(
        user=_find(username),
        label=label,
        days=days,
        scopes=[Right(scope) for scope in scopes],
        acting_user=acting_user,
    )
    OUT.print(token, soft_wrap=True)


@command.command("revoke")
@click.argument("token_id", type=int)
@click.option("--reason", required=True)
@needs_database
def revoke_command(token_id: int, reason: str, workspace: Workspace, acting_user: User) -> None:
    """End a token now."""
    people.revoke_token(token_id=token_id, reason=reason, acting_user=acting_user)
    OUT.print(f"token {token_id} is ended.")


@command.command("tokens")
@click.option("--user", "username", help="Of this one alone.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def tokens_command(
    username: str | None, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Every token, without its secret."""
    found = tokens(viewer=viewer_of(acting_user), username=username)
    if as_json:
        print_json([vars(token) | {"is_in_force": token.is_in_force} for token in found])
        return
    print_table(
        "Tokens",
        ("id", "user", "label", "scopes", "expires", "revoked", "last used"),
        [
            (
                token.id,
                token.username,
                token.label,
                ", ".join(token.scopes) or "all",
                token.expires_at,
                token.revoked_at,
                token.last_used_on,
            )
            for token in found
        ],
    )


@command.command("deactivate")
@click.argument("username")
@click.option("--reason", required=True)
@needs_database
def deactivate_command(username: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Lock a leaver out at once: account, sessions and tokens."""
    accounts.deactivate(user=_find(username), reason=reason, acting_user=acting_user)
    OUT.print(f"{username} is locked out; no session and no token of theirs works any more.")


@command.command("activate")
@click.argument("username")
@needs_database
def activate_command(username: str, workspace: Workspace, acting_user: User) -> None:
    """Let somebody in again. Sessions and tokens that ended stay ended."""
    accounts.activate(user=_find(username), acting_user=acting_user)
    OUT.print(f"{username} is active.")


@command.command("change")
@click.argument("username")
@click.option("--role", type=_ROLES)
@click.option("--team")
@click.option("--region", "regions", multiple=True, help="Again for more; * is every one.")
@click.option("--reason", default="")
@needs_database
def change_command(
    username: str,
    role: str | None,
    team: str | None,
    regions: tuple[str, ...],
    reason: str,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Change the role, team or sales regions of USERNAME."""
    change = accounts.Change(
        role=None if role is None else Role(role), team=team, regions=regions or None
    )
    user = accounts.change_user(
        user=_find(username), change=change, reason=reason, acting_user=acting_user
    )
    OUT.print(f"{username}: {user.role}, team {user.team or 'none'}, {', '.join(user.regions)}")


@command.command("sign-out")
@click.argument("username")
@needs_database
def sign_out_command(username: str, workspace: Workspace, acting_user: User) -> None:
    """Sign USERNAME out everywhere."""
    ended = end_sessions(user=_find(username), acting_user=acting_user)
    OUT.print(f"{username}: {ended} session(s) ended.")


@command.command("remove-factor")
@click.argument("username")
@click.option("--reason", required=True)
@needs_database
def remove_factor_command(
    username: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Take the second factor away from who has lost it."""
    accounts.remove_second_factor(user=_find(username), reason=reason, acting_user=acting_user)
    OUT.print(f"{username} signs in without a second factor until a new one is set up.")
