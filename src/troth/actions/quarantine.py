"""How does a row get out of quarantine? It is read again through the mapping as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from troth.actions import events
from troth.actions.holding import holding_of
from troth.actions.sync import land_reading, resolve_rows, sync_feed
from troth.connectors import loading
from troth.connectors.staging.holding import WITHHELD
from troth.connectors.workspace import Workspace
from troth.store.facts.landing import landed_keys
from troth.store.models import QuarantinedRow, User
from troth.store.queries.viewing import as_the_program


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a replay came to."""

    tried: int
    landed: int  # versions written
    resolved: int  # rows that are out of quarantine now


def replay(
    workspace: Workspace, *, ids: Iterable[int] | None = None, acting_user: User
) -> Replayed:
    """Read quarantined rows again; what passes now lands, the rest stays with its reason.

    A row that was not kept (its region was refused) is read from its export once more, and the
    rest of that export with it. `ids` None replays all. A delta feed's other rows are untouched.
    Raises WorkspaceError where a source is no longer declared, MappingError where its mapping is
    wrong.
    """
    with as_the_program():
        return _replay(workspace, ids, acting_user)


def _replay(workspace: Workspace, ids: Iterable[int] | None, acting_user: User) -> Replayed:
    rows = QuarantinedRow.objects.filter(resolved_at=None).order_by("id")
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    by_feed: dict[tuple[str, str], list[QuarantinedRow]] = defaultdict(list)
    for row in rows:
        by_feed[(row.source, row.feed)].append(row)
    tried = landed = resolved = 0
    for (source, feed_name), waiting in sorted(by_feed.items()):
        if feed_name == events.FEED:
            results = events.replay_events(
                [row.pk for row in waiting], acting_user=acting_user, holding=holding_of(workspace)
            )
            tried += len(results)
            landed += sum(result.outcome == "landed" for result in results)
            resolved += sum(result.outcome != "rejected" for result in results)
            continue
        connector = loading.load(
            workspace.source(source), workspace=workspace.directory, holding=holding_of(workspace)
        )
        feed = next(item for item in connector.feeds() if item.name == feed_name)
        tried += len(waiting)
        unheld = [row for row in waiting if row.raw == WITHHELD]
        if unheld:
            landed += sync_feed(connector, feed, acting_user=acting_user).landed
            resolved += _settle_unheld(feed.record, source, unheld, acting_user)
            waiting = [row for row in waiting if row.raw != WITHHELD]
        raws = list(dict.fromkeys(row.raw for row in waiting))
        if not raws:
            continue
        with connector.reread(feed_name, raws) as reading:
            landed += land_reading(source, feed, reading, acting_user=acting_user)
            still = {reject.raw for reject in reading.rejects()}
        over = [row.pk for row in waiting if row.raw not in still]
        resolve_rows(over, resolution="replayed", source=source, acting_user=acting_user)
        resolved += len(over)
    return Replayed(tried=tried, landed=landed, resolved=resolved)


def _settle_unheld(kind: str, source: str, rows: list[QuarantinedRow], acting_user: User) -> int:
    """Close the rows that were not kept and that their export has landed now; how many."""
    landed = landed_keys(kind, {row.key for row in rows if row.key})
    over = [row.pk for row in rows if row.key in landed]
    resolve_rows(over, resolution="replayed", source=source, acting_user=acting_user)
    return len(over)
