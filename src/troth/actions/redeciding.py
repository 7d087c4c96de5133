"""What would the main job write of some customers, after who they are has changed?

Tiers, promises and priorities by the very code of the main job, at the moment of its last run, for
these customers alone. How long lanes take does not hang on who a customer is: what the recorded
decisions rest on is used again, so that nothing has to be counted over all orders.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from troth.actions.decisions import Tally
from troth.actions.priorities import PriorityDecider, record_priorities
from troth.actions.promises import LaneMark, PromiseDecider, record_promises
from troth.actions.tiers import assign_tiers_again
from troth.connectors.workspace import FILE_NAME, read_workspace
from troth.core.access.roles import Right
from troth.core.decisions.kinds import kind_named
from troth.core.decisions.lead_time import LaneStatistics
from troth.core.decisions.shared import SharedInputs
from troth.store.facts.cases import case_histories
from troth.store.facts.moments import newest_known_at
from troth.store.facts.orders import LEVELS, OrderHistory, order_histories
from troth.store.facts.receipts import Recorded, recorded_receipts
from troth.store.models import Clock, Promise, Run, User
from troth.store.queries.viewing import as_the_program

_BATCH = 500
_Item = TypeVar("_Item")
_CURRENCY = "EUR"  # as a workspace that names none


def moment() -> datetime:
    """What counted as now in the last run; without one, the newest thing known, else the clock."""
    last = Run.objects.exclude(finished_at=None).exclude(as_of=None).order_by("-pk").first()
    return (last.as_of if last is not None else newest_known_at()) or timezone.now()


def decide_again(customers: Collection[str], *, acting_user: User) -> None:
    """Tier, promise and prioritise these customers as the main job would. One entry a step.

    Runs in the caller's transaction; whoever may settle identity may do this. It reads as the
    program, as the main job does, whomever the caller may see: else what they may not see, or all
    of it where nobody's sight is set, would stay where it was.
    """
    directory = Path(settings.WORKSPACE)
    is_workspace = (directory / FILE_NAME).is_file()
    currency = read_workspace(directory).currency if is_workspace else _CURRENCY
    with as_the_program():
        assign_tiers_again(customers, as_of=moment(), currency=currency, acting_user=acting_user)
        decide_work_again(customers, acting_user=acting_user)


def decide_work_again(customers: Collection[str], *, acting_user: User) -> None:
    """Promise and prioritise these customers, in the tiers that their history says.

    Runs in the caller's transaction, and in the program's sight.
    """
    as_of = moment()
    scanned_until = _scanned_until(as_of)
    orders = list(order_histories(as_of, customers))
    for batch in _batches(orders):
        decider = PromiseDecider(as_of=as_of, lanes=_known_lanes(batch))
        record_promises(
            [decider.decided(order) for order in batch],
            Tally(),
            as_of=as_of,
            acting_user=acting_user,
            right=Right.SETTLE_IDENTITY,
            scanned_until=scanned_until,
        )
    cases = list(case_histories(as_of, customers))
    for part in _batches(cases):
        record_priorities(
            list(part),
            PriorityDecider(),
            Tally(),
            as_of=as_of,
            acting_user=acting_user,
            right=Right.SETTLE_IDENTITY,
            scanned_until=scanned_until,
        )


def _batches(found: Sequence[_Item]) -> list[Sequence[_Item]]:
    return [found[start : start + _BATCH] for start in range(0, len(found), _BATCH)]


def _scanned_until(as_of: datetime) -> datetime | None:
    """Up to which due time a scan since the last run has found clocks run out; None: up to none."""
    found = Clock.objects.filter(breached=True, state="in_progress", due_at__gt=as_of)
    last: datetime | None = found.aggregate(last=Max("due_at"))["last"]
    return last


def _known_lanes(orders: Sequence[OrderHistory]) -> dict[LaneMark, LaneStatistics]:
    """The lane statistics that the recorded promises of these orders rest on."""
    promises = Promise.objects.filter(pk__in=[order.key for order in orders])
    pairs = promises.values_list("first_decision_id", "latest_decision_id")
    found: dict[LaneMark, LaneStatistics] = {}
    for recorded in recorded_receipts(ids=sorted({one for pair in pairs for one in pair})):
        for lane in _lanes_of(recorded):
            found[lane.as_of, LEVELS.index(lane.level), lane.lane, lane.history_days] = lane
    return found


def _lanes_of(recorded: Recorded) -> tuple[LaneStatistics, ...]:
    """The lanes that a receipt rests on; none where it cannot be read: they are counted anew."""
    try:
        document = json.loads(recorded.content)
        kind = kind_named(document["kind"], document["semantics"])
        facts, _ = kind.read_inputs(
            document["inputs"],
            document["policies"],
            SharedInputs(recorded.shared),
            at=datetime.fromisoformat(document["at"]),
        )
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return ()
    lanes: tuple[LaneStatistics, ...] = facts.lanes
    return lanes
