"""Who is this, what did we promise, what is open, what may I do? In one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.store.queries.cases import CaseRow, find_cases
from troth.store.queries.customers import CustomerRecord, customer
from troth.store.queries.moment import moment_of
from troth.store.queries.orders import PromiseRow, find_promises
from troth.store.queries.policies import PolicyValue, policies_for
from troth.store.queries.viewing import Viewer, viewing

_MOST = 20
_ACTIONS = (  # right → what it lets a person do for a customer; the stable codes of the API
    (Right.DECIDE, "decide:promise"),
    (Right.DECIDE, "decide:prioritise"),
    (Right.PUBLISH_POLICY, "policy:customer:publish"),
    (Right.SETTLE_IDENTITY, "identity:question:settle"),
    (Right.SETTLE_DIFFERENCES, "order:difference:accept"),
)


@dataclass(frozen=True, kw_only=True)
class CustomerContext:
    """A customer's context at a moment."""

    at: datetime
    customer: CustomerRecord
    open_promises: tuple[PromiseRow, ...]  # open and late, the soonest promised first
    recent_promises: tuple[PromiseRow, ...]  # all states, newest first
    open_cases: tuple[CaseRow, ...]  # by their place in the queue
    policies: tuple[PolicyValue, ...]  # every value that holds, and its layer
    may: tuple[str, ...]  # codes of what this viewer may do


def customer_context(
    *, viewer: Viewer, customer_id: str, at: datetime | None = None
) -> CustomerContext:
    """The context of a customer, by its id or by a source key; `at` is the main job's moment.

    Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS):
        moment = at or moment_of(viewer)
        found = customer(viewer=viewer, customer_id=customer_id)
        key = found.row.id
        waiting = [
            *find_promises(viewer=viewer, customer_id=key, state="late", size=_MOST).rows,
            *find_promises(
                viewer=viewer, customer_id=key, state="open", sort="promised", size=_MOST
            ).rows,
        ]
        waiting.sort(key=lambda row: (row.promised_at, row.order_key))
        return CustomerContext(
            at=moment,
            customer=found,
            open_promises=tuple(waiting[:_MOST]),
            recent_promises=find_promises(viewer=viewer, customer_id=key, size=_MOST).rows,
            open_cases=find_cases(viewer=viewer, customer_id=key, size=_MOST).rows,
            policies=policies_for(viewer=viewer, customer_id=key, at=moment),
            may=tuple(code for right, code in _ACTIONS if viewer.may(right)),
        )
