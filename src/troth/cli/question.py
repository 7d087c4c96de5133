"""`troth question`: see and settle who is who, where records would join two customers."""

from __future__ import annotations

import click

from troth.actions.questions import keep_apart, make_one, preview_one
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.questions import QuestionRow, find_questions
from troth.store.queries.viewing import viewer_of


@click.group("question")
def command() -> None:
    """See and settle who is who, where records would join two customers."""


@command.command("list")
@click.option("--all", "is_all", is_flag=True, help="The settled ones too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def list_command(
    is_all: bool, limit: int, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """The questions that wait for a steward, the oldest first."""
    found = find_questions(
        viewer=viewer_of(acting_user), is_settled=None if is_all else False, size=limit
    )
    if as_json:
        print_json([_document(row) for row in found.rows])
        return
    print_table(
        f"Identity: {found.total:,} questions" + ("" if is_all else " wait"),
        ("id", "record", "would join", "because", "settled"),
        [
            (
                row.id,
                row.source_key,
                "\n".join(f"{name} ({customer_id})" for customer_id, name in row.customers),
                row.because,
                row.verdict,
            )
            for row in found.rows
        ],
    )


@command.command("keep-apart")
@click.argument("question_id", metavar="ID")
@click.option("--reason", required=True, help="How you know, in a sentence; it is kept.")
@needs_database
def keep_apart_command(
    question_id: str, reason: str, workspace: Workspace, acting_user: User
) -> None:
    """Settle that the customers are not one; no later run asks again."""
    keep_apart(question_id=question_id, reason=reason, acting_user=acting_user)
    OUT.print(f"{question_id}: both stay customers of their own; this is not asked again.")


@command.command("make-one")
@click.argument("question_id", metavar="ID")
@click.option("--reason", default="", help="How you know, in a sentence; it is kept.")
@click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
@needs_database
def make_one_command(
    question_id: str, reason: str, preview: bool, workspace: Workspace, acting_user: User
) -> None:
    """Settle that the customers are one, by merging them."""
    if preview:
        done = preview_one(question_id=question_id, acting_user=acting_user)
    else:
        done = make_one(question_id=question_id, reason=reason, acting_user=acting_user)
    changed = len(done.consequences.aspects) + len(done.consequences.work)
    verb = "would become" if preview else "is now"
    OUT.print(f"{question_id}: {done.alias} {verb} {done.survivor}; {changed:,} things change.")
    OUT.print(f"`troth customer unmerge {done.alias}` takes it back.")


def _document(row: QuestionRow) -> dict[str, object]:
    return {
        "id": row.id,
        "source_key": row.source_key,
        "customers": [{"id": item, "name": name} for item, name in row.customers],
        "because": row.because,
        "asked_at": row.asked_at,
        "settled_at": row.settled_at,
        "verdict": row.verdict or None,
        "weight": row.weight,
        "probability": row.probability,
        "evidence": [vars(item) for item in row.evidence],
    }
