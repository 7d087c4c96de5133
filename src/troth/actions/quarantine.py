"""How does a row get out of quarantine? It is read again through the mapping as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from troth.actions import events
from troth.actions.sync import land_reading, resolve_rows
from troth.connectors import files
from troth.connectors.workspace import Workspace
from troth.store.models import QuarantinedRow, User


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

    `ids` None replays all. A delta feed's other rows are untouched. Raises WorkspaceError where
    a row's source is no longer declared, MappingError where its mapping is wrong.
    """
    rows = QuarantinedRow.objects.filter(resolved_at=None).order_by("id")
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    by_feed: dict[tuple[str, str], list[QuarantinedRow]] = defaultdict(list)
    for row in rows:
        by_feed[(row.source, row.feed)].append(row)
    tried = landed = resolved = 0
    for (source, feed_name), waiting in sorted(by_feed.items()):
        if feed_name == events.FEED:
            results = events.replay_events([row.pk for row in waiting], acting_user=acting_user)
            tried += len(results)
            landed += sum(result.outcome == "landed" for result in results)
            resolved += sum(result.outcome != "rejected" for result in results)
            continue
        connector = files.load(workspace.source(source), workspace=workspace.directory)
        feed = next(item for item in connector.feeds() if item.name == feed_name)
        raws = list(dict.fromkeys(row.raw for row in waiting))
        with connector.reread(feed_name, raws) as reading:
            landed += land_reading(source, feed, reading, acting_user=acting_user)
            still = {reject.raw for reject in reading.rejects()}
        over = [row.pk for row in waiting if row.raw not in still]
        resolve_rows(over, resolution="replayed", source=source, acting_user=acting_user)
        tried += len(waiting)
        resolved += len(over)
    return Replayed(tried=tried, landed=landed, resolved=resolved)
