"""`troth assessment`: what is assessed before personal fields are collected, and who signed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import click
from django.utils import timezone

from troth.actions import assessments as actions
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.consent.assessments import Answers
from troth.core.consent.purposes import Basis
from troth.store.models import User
from troth.store.queries.assessments import STATES, AssessmentRow, find_assessments
from troth.store.queries.assessments import assessment as one_assessment
from troth.store.queries.viewing import viewer_of

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_ID = click.argument("assessment_id", metavar="ID")
_REASON = click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
_AS = click.option(
    "--as", "username", required=True, help="Who signs: a person, and not who drafted it."
)
_YEAR = timedelta(days=365)


@click.group("assessment")
def command() -> None:
    """Privacy impact assessments of the personal fields that contracts collect."""


@command.command("list")
@click.option(
    "--state", type=click.Choice([*STATES, "all"]), default="all", show_default=True,
    help="Not signed yet, signed, refused, or over.",
)  # fmt: skip
@click.option("--contract", default="", help="Of this contract.")
@_JSON
@needs_database
def list_command(
    state: str, contract: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Every assessment, the newest first."""
    found = find_assessments(
        viewer=viewer_of(acting_user), at=timezone.now(), state=state, contract=contract
    )
    if as_json:
        print_json([asdict(row) for row in found])
        return
    print_table(
        "Assessments",
        ("id", "contract", "fields", "state", "until", "drafted by", "signed by"),
        [
            (
                row.id,
                row.contract,
                " ".join(row.fields),
                row.state,
                row.expires_on or "–",
                row.drafted_by,
                row.signed_by or "–",
            )
            for row in found
        ],
    )


@command.command("show")
@_ID
@_JSON
@needs_database
def show_command(
    assessment_id: str, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """One assessment, whole."""
    _tell(assessment_id, as_json, acting_user)


@command.command("draft")
@click.argument("contract_id", metavar="CONTRACT")
@click.option(
    "--field", "fields", multiple=True,
    help="As crm/accounts/birthday; may be repeated. By default all that are held back.",
)  # fmt: skip
@click.option("--purpose", "purposes", multiple=True, required=True, help="May be repeated.")
@click.option("--basis", type=click.Choice([item.value for item in Basis]), required=True)
@click.option("--description", required=True, help="What is done with the fields, and how.")
@click.option("--interest", default="", help="The legitimate interest, where that is the basis.")
@click.option("--necessity", required=True, help="Why it cannot be done with less.")
@click.option("--risks", required=True, help="What may happen to the people.")
@click.option("--measures", required=True, help="What is done against it.")
@click.option("--retention", required=True, help="How long it is kept.")
@click.option("--recipients", required=True, help="Who gets to see it.")
@click.option("--as", "username", default="", help="Who drafts it; by default Troth itself.")
@_JSON
@needs_database
# exempt: an assessment's answers
def draft_command(
    contract_id: str, fields: tuple[str, ...], purposes: tuple[str, ...], basis: str,
    description: str, interest: str, necessity: str, risks: str, measures: str, retention: str,
    recipients: str, username: str, as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Draft an assessment of fields of CONTRACT; somebody else signs it."""
    row = actions.draft_assessment(
        workspace=workspace.directory,
        contract_id=contract_id,
        fields=fields,
        answers=Answers(
            description=description,
            purposes=purposes,
            basis=Basis(basis),
            interest=interest,
            necessity=necessity,
            risks=risks,
            measures=measures,
            retention=retention,
            recipients=recipients,
        ),
        acting_user=_who(username, acting_user),
    )
    if as_json:
        _tell(row.pk, as_json, acting_user)
        return
    OUT.print(f"{row.pk}: drafted for {', '.join(row.fields)}. Somebody else has to sign it.")


@command.command("sign")
@_ID
@_REASON
@click.option(
    "--until", type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The last day on which it counts; by default in a year.",
)  # fmt: skip
@click.option("--conditions", default="", help="Under which it is a yes.")
@_AS
@_JSON
@needs_database
def sign_command(
    assessment_id: str, reason: str, until: datetime | None, conditions: str, username: str,
    as_json: bool, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Say yes to an assessment: its fields land from the next sync on."""
    actions.sign_assessment(
        assessment_id,
        reason=reason,
        expires_on=_today() + _YEAR if until is None else until.date(),
        conditions=conditions,
        acting_user=_who(username, acting_user),
    )
    _tell(assessment_id, as_json, acting_user)


@command.command("refuse")
@_ID
@_REASON
@_AS
@_JSON
@needs_database
def refuse_command(
    assessment_id: str, reason: str, username: str, as_json: bool, workspace: Workspace,
    acting_user: User,
) -> None:  # fmt: skip
    """Say no to an assessment: its fields are left out from the next sync on."""
    actions.refuse_assessment(assessment_id, reason=reason, acting_user=_who(username, acting_user))
    _tell(assessment_id, as_json, acting_user)


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _who(username: str, acting_user: User) -> User:
    if not username:
        return acting_user
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise click.ClickException(
            f"There is no user {username!r}. `troth user list` shows them all."
        )
    return found


def _tell(assessment_id: str, as_json: bool, acting_user: User) -> None:
    row = one_assessment(
        viewer=viewer_of(acting_user), assessment_id=assessment_id, at=timezone.now()
    )
    if as_json:
        print_json(asdict(row))
        return
    print_table(f"{row.id}: {row.contract} {row.contract_version}", ("what", "is"), _lines(row))


def _lines(row: AssessmentRow) -> list[tuple[str, str]]:
    lines = [
        ("fields", ", ".join(f"{name} ({kind})" for name, kind in row.fields.items())),
        ("state", row.state),
        ("description", row.description),
        ("purposes", ", ".join(row.purposes)),
        ("basis", f"{row.basis.replace('_', ' ')}, {row.article}"),
        ("interest", row.interest),
        ("necessity", row.necessity),
        ("risks", row.risks),
        ("measures", row.measures),
        ("retention", row.retention),
        ("recipients", row.recipients),
        ("drafted", f"{row.drafted_at:%Y-%m-%d} {row.drafted_by}"),
    ]
    if row.signed_at is not None:
        lines.append(("signed", f"{row.signed_at:%Y-%m-%d} {row.signed_by}: {row.reason}"))
        lines.append(("conditions", row.conditions))
        lines.append(("until", "" if row.expires_on is None else str(row.expires_on)))
    return [(name, text) for name, text in lines if text]
