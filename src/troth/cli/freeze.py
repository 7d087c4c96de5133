"""`troth freeze`: when nothing may change for whom, and who lets something through."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from django.utils import timezone

from troth.actions import freezes as actions
from troth.actions.freeze_calendars import Importing, import_calendar
from troth.cli.failing import FoundProblemsError
from troth.cli.instants import INSTANT
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.calendars import written_calendar
from troth.connectors.calendars.lines import LARGEST
from troth.connectors.workspace import Workspace
from troth.core.access.roles import Right
from troth.core.policies.freezes import Between, FreezeKind, NewFreeze, WholeDays
from troth.core.policies.recurrence import parse
from troth.core.policies.scopes import Scope, ScopeError, parse_scope
from troth.store.models import User
from troth.store.queries import freezes as queries
from troth.store.queries.viewing import viewer_of

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_REASON = click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
_AS = click.option(
    "--as", "username", default="", help="Who does this; by default Troth itself, who made nothing."
)
_KIND = click.option(
    "--kind",
    type=click.Choice([kind.value for kind in FreezeKind]),
    default=FreezeKind.FISCAL_CLOSE.value,
    show_default=True,
)


class _Scope(click.ParamType[Scope]):
    """A layer and a key, as policies write it."""

    name = "scope"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Scope:
        if isinstance(value, Scope):
            return value
        try:
            return parse_scope(str(value))
        except ScopeError as error:
            self.fail(f"{error}.", param, ctx)


_FOR = click.option(
    "--for",
    "scope",
    type=_Scope(),
    required=True,
    help="company, or tier:Gold, segment:…, region:…, contract:…, customer:cus_…",
)


@click.group("freeze")
def command() -> None:
    """Freezes on a customer's calendar: add, end, import, export."""


def _who(username: str, acting_user: User) -> User:
    if not username:
        return acting_user
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise click.ClickException(
            f"There is no user {username!r}. `troth user list` shows them all."
        )
    return found


@command.command("add")
@_FOR
@_KIND
@click.option("--title", required=True, help="What the customer is busy with; names no person.")
@_REASON
@click.option(
    "--from", "first", required=True, metavar="DAY|INSTANT",
    help="A day (2026-12-28: whole days) or an instant with its offset.",
)  # fmt: skip
@click.option(
    "--until", "last", required=True, metavar="DAY|INSTANT",
    help="The last day, frozen too; or the instant from which on it holds no more.",
)  # fmt: skip
@click.option("--zone", default="UTC", show_default=True, help="Whose days; as Europe/Berlin.")
@click.option("--rule", default="", help="How it returns: FREQ=YEARLY (RFC 5545).")
@_AS
@needs_database
def add_command(
    scope: Scope, kind: str, title: str, reason: str, first: str, last: str, zone: str, rule: str,
    username: str, workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Freeze a scope from a day or an instant until another."""
    row = actions.add(
        NewFreeze(
            kind=FreezeKind(kind),
            title=title,
            reason=reason,
            span=_span(first, last),
            time_zone=zone,
            repeats=parse(rule) if rule else None,
        ),
        scope=scope,
        acting_user=_who(username, acting_user),
    )
    OUT.print(f"{row.pk}: {scope} is frozen from {row.starts_at} until {row.ends_at}.")


def _span(first: str, last: str) -> WholeDays | Between:
    moments = []
    for name, text in (("--from", first), ("--until", last)):
        try:
            moments.append(datetime.fromisoformat(text))
        except ValueError as error:
            raise click.BadParameter(
                f"{text!r} is no day and no instant: write 2026-12-28 or 2026-12-28T18:00+01:00.",
                param_hint=name,
            ) from error
    is_day = [len(text.strip()) == len("2026-12-28") for text in (first, last)]
    start, end = moments
    if all(is_day):
        return WholeDays(first_on=start.date(), last_on=end.date())
    if any(is_day):
        raise click.BadParameter("Give two days or two instants.", param_hint="--until")
    if start.tzinfo is None or end.tzinfo is None:
        raise click.BadParameter(
            "An instant needs its offset: 2026-12-28T18:00+01:00.", param_hint="--from"
        )
    return Between(starts_at=start, ends_at=end)


@command.command("list")
@click.option("--state", type=click.Choice(queries.STATES), default="current", show_default=True)
@click.option("--at", type=INSTANT, help="As at this instant; by default now.")
@_JSON
@needs_database
def list_command(
    state: str, at: datetime | None, as_json: bool, workspace: Workspace, acting_user: User
) -> None:
    """Freezes by their next time."""
    found = queries.find_freezes(
        viewer=viewer_of(acting_user), at=at or timezone.now(), state=state, size=1000
    )
    if as_json:
        print_json([vars(row) for row in found.rows])
        return
    print_table(
        "Freezes",
        ("freeze", "for", "what", "state", "from", "until", "returns"),
        [
            (
                row.id,
                f"{row.layer} {row.scope}".strip(),
                f"{row.title} ({row.kind.replace('_', ' ')})",
                row.state,
                f"{row.next_starts_at or row.starts_at:%Y-%m-%d %H:%M} UTC",
                f"{row.next_ends_at or row.ends_at:%Y-%m-%d %H:%M} UTC",
                row.repeats,
            )
            for row in found.rows
        ],
    )
    if found.total > len(found.rows):
        OUT.print(f"{found.total - len(found.rows)} more; the console shows them all.")


@command.command("cancel")
@click.argument("freeze")
@_REASON
@_AS
@needs_database
def cancel_command(
    freeze: str, reason: str, username: str, workspace: Workspace, acting_user: User
) -> None:
    """End FREEZE (frz_…) now; what it held up may be published again."""
    actions.cancel(freeze_id=freeze, reason=reason, acting_user=_who(username, acting_user))
    OUT.print(f"{freeze} holds no more.")


@command.command("override")
@click.argument("freeze")
@click.argument("version")
@_REASON
@click.option("--as", "username", required=True, help="Who answers for it.")
@needs_database
def override_command(
    freeze: str, version: str, reason: str, username: str, workspace: Workspace, acting_user: User
) -> None:
    """Let VERSION (pol_…, as `troth policy plan` shows it) through FREEZE (frz_…).

    Somebody else than --as has to publish it.
    """
    row = actions.override(
        freeze_id=freeze, change=version, reason=reason, acting_user=_who(username, acting_user)
    )
    OUT.print(f"{row.pk}: {version} may be published within {freeze}, by somebody else.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_FOR
@_KIND
@click.option("--zone", default="", help="Of whole days, where FILE says none.")
@click.option("--dry-run", is_flag=True, help="Change nothing, say what would be.")
@_AS
@_JSON
@needs_database
def import_command(
    file: Path, scope: Scope, kind: str, zone: str, dry_run: bool, username: str, as_json: bool,
    workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Bring in the events of FILE (iCalendar), all or none; again changes what differs.

    Exit code 1 where freezes stand here whose events FILE has no more: end them with `cancel`.
    """
    user = _who(username, acting_user)
    viewer_of(user).require(Right.MANAGE_FREEZES)
    with file.open("rb") as opened:
        document = opened.read(LARGEST + 1)  # what is longer is refused without being read
    found = import_calendar(
        document,
        scope=scope,
        kind=FreezeKind(kind),
        time_zone=zone,
        name=file.name,
        acting_user=user,
        is_preview=dry_run,
    )
    if as_json:
        print_json(
            {"events": [vars(item) for item in found.events],
             "vanished": [vars(item) for item in found.vanished]}
        )  # fmt: skip
    else:
        _print_import(found, is_preview=dry_run)
    if found.vanished:
        raise FoundProblemsError


def _print_import(found: Importing, *, is_preview: bool) -> None:
    for item in found.events:
        what = f"would be {item.what}" if is_preview and item.what != "unchanged" else item.what
        changed = f" ({', '.join(item.changed)})" if item.changed else ""
        OUT.print(f"{what}: {item.title} {item.window_id}{changed}".rstrip(), soft_wrap=True)
    for item in found.vanished:
        OUT.print(
            f"no more in the calendar: {item.title} {item.window_id}; it still holds. "
            f"`troth freeze cancel {item.window_id}` ends it.",
            soft_wrap=True,
        )
    if not found.events:
        OUT.print("The calendar has no event.")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--layer", default="", help="Those of one layer alone.")
@click.option("--force", is_flag=True, help="Replace FILE.")
@needs_database
def export_command(
    file: Path, layer: str, force: bool, workspace: Workspace, acting_user: User
) -> None:
    """Write every freeze into FILE (iCalendar; - is the standard output)."""
    if str(file) != "-" and file.exists() and not force:
        raise click.ClickException(f"{file} exists already. Name another file, or give --force.")
    events = queries.freeze_events(viewer=viewer_of(acting_user), at=timezone.now(), layer=layer)
    document = written_calendar(events, name="Troth: freezes")
    if str(file) == "-":
        sys.stdout.buffer.write(document)
        return
    file.write_bytes(document)
    OUT.print(f"{file}: {len(events)} freezes.")
