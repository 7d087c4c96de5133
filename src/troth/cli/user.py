"""`troth user`: people, programs, their tokens and links."""

from __future__ import annotations

import click

from troth.actions import people
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.access.roles import Role
from troth.store.models import ApiToken, User

_ROLES = click.Choice([role.value for role in Role])


@click.group("user")
def command() -> None:
    """People, programs, their tokens and links."""


def _find(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise click.ClickException(
            f"There is no user {username!r}. `troth user list` shows them all."
        )
    return found


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
@click.option("--days", default=90, show_default=True)
@needs_database
def token_command(
    username: str, label: str, days: int, workspace: Workspace, acting_user: User
) -> None:
    """An API token for USERNAME, shown once."""
    token = people.issue_token(
        user=_find(username), label=label, days=days, acting_user=acting_user
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
@needs_database
def tokens_command(workspace: Workspace, acting_user: User) -> None:
    """Every token, without its secret."""
    print_table(
        "Tokens",
        ("id", "user", "label", "expires", "revoked", "last used"),
        [
            (t.pk, t.user.username, t.label, t.expires_at, t.revoked_at, t.last_used_on)
            for t in ApiToken.objects.select_related("user").order_by("id")
        ],
    )
