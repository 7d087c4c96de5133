"""`troth customer`: make customers one, and part them again, with what changes shown first."""

from __future__ import annotations

from dataclasses import asdict

import click

from troth.actions.field_words import FIELDS, believe, disbelieve
from troth.actions.merging import Merged, merge, preview_merge, preview_unmerge, unmerge
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User


@click.group("customer")
def command() -> None:
    """Make customers one, and part them again."""


@command.command("merge")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@click.option("--reason", default="", help="How you know, in a sentence; it is kept.")
@click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def merge_command(  # exempt: one parameter an option
    one: str,
    other: str,
    reason: str,
    preview: bool,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Make two customers one, by id, alias or source key. The one known longest survives."""
    if preview:
        done = preview_merge(customers=(one, other), acting_user=acting_user)
    else:
        done = merge(customers=(one, other), reason=reason, acting_user=acting_user)
    _tell(done, f"{done.alias} becomes {done.survivor}", as_json=as_json, is_preview=preview)


@command.command("unmerge")
@click.argument("alias", metavar="ID")
@click.option("--reason", default="", help="How you know, in a sentence; it is kept.")
@click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def unmerge_command(  # exempt: one parameter an option
    alias: str,
    reason: str,
    preview: bool,
    as_json: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Take a merge back, by the id that was merged. Each record goes back to where it was."""
    if preview:
        done = preview_unmerge(customer_id=alias, acting_user=acting_user)
    else:
        done = unmerge(customer_id=alias, reason=reason, acting_user=acting_user)
    title = f"{done.alias} is a customer of its own beside {done.survivor}"
    _tell(done, title, as_json=as_json, is_preview=preview)


@command.command("believe")
@click.argument("source_key", metavar="KEY")
@click.argument("field", type=click.Choice(FIELDS))
@click.option("--reason", required=True, help="How you know, in a sentence; it is kept.")
@needs_database
def believe_command(
    source_key: str, field: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Believe one source record about one field of its customer, before every rule."""
    believe(source_key=source_key, field=field, reason=reason, acting_user=acting_user)
    OUT.print(f"{source_key} is believed about {field}, whatever the rules say.")


@command.command("disbelieve")
@click.argument("customer_id", metavar="ID")
@click.argument("field", type=click.Choice(FIELDS))
@click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
@needs_database
def disbelieve_command(
    customer_id: str, field: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Take back what was said of one field: the rules choose again."""
    count = disbelieve(customer_id=customer_id, field=field, reason=reason, acting_user=acting_user)
    OUT.print(f"{customer_id}: {count:,} words about {field} taken back; the rules choose again.")


def _tell(done: Merged, title: str, *, as_json: bool, is_preview: bool) -> None:
    if as_json:
        print_json(
            {
                "verdict": done.verdict or None,
                "survivor": done.survivor,
                "alias": done.alias,
                "aspects": [asdict(item) for item in done.consequences.aspects],
                "work": [asdict(item) for item in done.consequences.work],
                "unchanged_work": done.consequences.unchanged_work,
            }
        )
        return
    print_table(
        f"{title}{' (preview: nothing was changed)' if is_preview else ''}",
        ("what", "before", "after"),
        [
            *(
                (
                    f"{item.group}: {item.name}",
                    "\n".join(f"{key}: {value}" for key, value in item.before.items()),
                    "\n".join(f"{key}: {value}" for key, value in item.after.items()),
                )
                for item in done.consequences.aspects
            ),
            *(
                (
                    f"{item.kind} {item.subject} ({item.metric})",
                    f"{item.due_before} {item.state_before}",
                    f"{item.due_after} {item.state_after}",
                )
                for item in done.consequences.work
            ),
        ],
    )
    OUT.print(f"{done.consequences.unchanged_work:,} promises and clocks stay as they are.")
