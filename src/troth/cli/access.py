"""`troth access`: who may do what to whom, and why; restricted customers and broken glass."""

from __future__ import annotations

from datetime import datetime

import click

from troth.actions import access as actions
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.access.roles import Right
from troth.store.facts.access import Glass
from troth.store.models import User
from troth.store.queries import access as queries
from troth.store.queries.access import Answer
from troth.store.queries.viewing import viewer_of

_RIGHT = click.Choice([right.value for right in Right])
_REASON = click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_AS = click.option(
    "--as", "username", required=True, help="Who does this: Troth itself needs no glass."
)


@click.group("access")
def command() -> None:
    """Who may do what to whom, and why; restricted customers and broken glass."""


def _find(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise click.ClickException(
            f"There is no user {username!r}. `troth user list` shows them all."
        )
    return found


@command.command("can")
@click.argument("user")
@click.argument("right", type=_RIGHT)
@click.argument("thing", default="")
@_JSON
@needs_database
def can_command(
    user: str, right: str, thing: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """May USER do RIGHT to THING? Exit code 0 says yes, 1 no.

    THING is a customer's id or a key of one's record, order, case, decision, policy or glass;
    without it, what belongs to the company.
    """
    answer = queries.can(
        viewer=viewer_of(acting_user), username=user, right=Right(right), thing=thing
    )
    if as_json:
        print_json(_answer(answer))
    else:
        OUT.print(f"{'yes' if answer.is_allowed else 'no'}: {answer.sentence}")
        if answer.because:
            OUT.print(f"because of {', '.join(answer.because)}")
    if not answer.is_allowed:
        raise FoundProblemsError


@command.command("who")
@click.argument("right", type=_RIGHT)
@click.argument("thing", default="")
@_JSON
@needs_database
def who_command(
    right: str, thing: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Who may do RIGHT to THING, and why; those who may not come last."""
    answers = queries.who(viewer=viewer_of(acting_user), right=Right(right), thing=thing)
    if as_json:
        print_json([_answer(answer) for answer in answers])
        return
    print_table(
        f"{right} {thing}",
        ("user", "role", "may", "because"),
        [
            (row.username, row.role.value, "yes" if row.is_allowed else "no", row.sentence)
            for row in answers
        ],
    )


@command.command("list")
@click.argument("user", default="")
@_JSON
@needs_database
def list_command(user: str, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Every right of everybody, or of USER, and how far it goes."""
    rows = queries.rights_of(viewer=viewer_of(acting_user), username=user)
    if as_json:
        print_json(
            [
                {
                    "user": row.username,
                    "role": row.role.value,
                    "right": row.right.value,
                    "reach": row.reach.name.lower(),
                    "team": row.team,
                    "regions": list(row.regions),
                    "agent_key": row.agent_key,
                }
                for row in rows
            ]
        )
        return
    print_table(
        "Rights",
        ("user", "role", "right", "reach", "team", "regions", "agent"),
        [
            (
                row.username,
                row.role.value,
                row.right.value,
                row.reach.name.lower(),
                row.team,
                ", ".join(row.regions),
                row.agent_key,
            )
            for row in rows
        ],
    )


@command.command("restricted")
@_JSON
@needs_database
def restricted_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """The restricted customers, each with the people who are named for it."""
    rows = queries.restricted_customers(viewer=viewer_of(acting_user))
    if as_json:
        print_json(
            [{"customer": row.id, "named": [item.username for item in row.named]} for row in rows]
        )
        return
    print_table(
        "Restricted customers",
        ("customer", "named", "until", "reason"),
        [
            (row.id, item.username, _until(item.ends_at), item.reason)
            for row in rows
            for item in row.named
        ]
        + [(row.id, "nobody", "", "") for row in rows if not row.named],
    )


@command.command("restrict")
@click.argument("customer")
@_REASON
@needs_database
def restrict_command(customer: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Make CUSTOMER visible to named people alone."""
    row = actions.restrict(customer_id=customer, reason=reason, acting_user=acting_user)
    OUT.print(f"{row.pk} is restricted: `troth access name {row.pk} USER` names who may see it.")


@command.command("unrestrict")
@click.argument("customer")
@_REASON
@needs_database
def unrestrict_command(customer: str, reason: str, workspace: Workspace, acting_user: User) -> None:
    """Make CUSTOMER visible again to whoever's rights reach it."""
    row = actions.unrestrict(customer_id=customer, reason=reason, acting_user=acting_user)
    OUT.print(f"{row.pk} is restricted no more.")


@command.command("name")
@click.argument("customer")
@click.argument("user")
@_REASON
@click.option("--until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="With its zone.")
@needs_database
def name_command(
    customer: str,
    user: str,
    reason: str,
    until: datetime | None,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Name USER for CUSTOMER: being restricted hides it from everybody else."""
    actions.name_person(
        customer_id=customer,
        user=_find(user),
        reason=reason,
        ends_at=until,
        acting_user=acting_user,
    )
    OUT.print(f"{user} is named for {customer}.")


@command.command("unname")
@click.argument("customer")
@click.argument("user")
@_REASON
@needs_database
def unname_command(
    customer: str, user: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Take the name of USER for CUSTOMER back."""
    actions.unname_person(
        customer_id=customer, user=_find(user), reason=reason, acting_user=acting_user
    )
    OUT.print(f"{user} is not named for {customer}.")


@command.command("break")
@click.argument("customer")
@_REASON
@click.option("--hours", default=1, show_default=True, help="1 to 24; then it is over by itself.")
@_AS
@needs_database
def break_command(
    customer: str,
    reason: str,
    hours: int,
    username: str,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """See the restricted CUSTOMER in an emergency. It is told, and reviewed by somebody else."""
    glass = actions.break_glass(
        customer_id=customer, reason=reason, hours=hours, acting_user=_find(username)
    )
    OUT.print(f"{glass.id}: {username} may see {glass.customer_id} until {glass.ends_at:%c %Z}.")


@command.command("glasses")
@click.option("--all", "is_all", is_flag=True, help="The reviewed ones too.")
@_JSON
@needs_database
def glasses_command(is_all: bool, as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """Who took access in an emergency, and what waits for a review."""
    rows = queries.glasses(viewer=viewer_of(acting_user), is_reviewed=None if is_all else False)
    if as_json:
        print_json([_glass(row) for row in rows])
        return
    print_table(
        "Broken glass",
        ("id", "customer", "user", "until", "reason", "verdict"),
        [
            (row.id, row.customer_id, row.username, row.ends_at, row.reason, _state(row))
            for row in rows
        ],
    )


@command.command("review")
@click.argument("glass_id", metavar="ID")
@click.option("--verdict", type=click.Choice(actions.VERDICTS), required=True)
@click.option("--comment", default="", help="What whoever reads it later should know.")
@_AS
@needs_database
def review_command(
    glass_id: str,
    verdict: str,
    comment: str,
    username: str,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Say whether breaking the glass ID was justified; not by whoever broke it."""
    actions.review_glass(
        glass_id=glass_id, verdict=verdict, comment=comment, acting_user=_find(username)
    )
    OUT.print(f"{glass_id}: {verdict}.")


def _answer(row: Answer) -> dict[str, object]:
    return {
        "user": row.username,
        "role": row.role.value,
        "right": row.right.value,
        "thing": row.thing or None,
        "is_allowed": row.is_allowed,
        "because": list(row.because),
        "sentence": row.sentence,
    }


def _glass(row: Glass) -> dict[str, object]:
    return {
        "id": row.id,
        "customer": row.customer_id,
        "user": row.username,
        "reason": row.reason,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "state": _state(row),
        "comment": row.comment,
    }


def _state(row: Glass) -> str:
    return "running" if row.is_running else row.verdict or "waits for a review"


def _until(instant: datetime | None) -> str:
    return "taken back" if instant is None else f"{instant:%Y-%m-%d %H:%M %Z}"
