"""In which states can a change of policies be, and what may be done to it in each?

draft → checked → replayed → proposed → approved → scheduled → live → superseded or rolled back;
rejected and withdrawn are ways out. Whatever edits the content leads back to draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class ChangeState(StrEnum):
    """How far a change has come."""

    DRAFT = "draft"  # written; nobody has looked
    CHECKED = "checked"  # conflicts looked for, reach measured
    REPLAYED = "replayed"  # past decisions made again under it
    PROPOSED = "proposed"  # waits for its sign-offs
    APPROVED = "approved"  # has them all
    REJECTED = "rejected"  # somebody who was asked said no
    WITHDRAWN = "withdrawn"  # taken back by those who wrote it
    SCHEDULED = "scheduled"  # published, not in force yet
    LIVE = "live"
    SUPERSEDED = "superseded"  # later versions hold in the place of all of its own
    ROLLED_BACK = "rolled_back"


class Step(StrEnum):
    """What can be done to a change, or happens to it."""

    EDIT = "edit"
    CHECK = "check"
    REPLAY = "replay"
    PROPOSE = "propose"
    SIGN = "sign"  # a sign-off that is not the last
    APPROVE = "approve"  # the last of the sign-offs; at once where none is needed
    REJECT = "reject"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    BEGIN = "begin"  # its first version comes into force
    SUPERSEDE = "supersede"
    ROLL_BACK = "roll_back"


_S, _T = ChangeState, Step
_OPEN = (_S.DRAFT, _S.CHECKED, _S.REPLAYED, _S.PROPOSED, _S.APPROVED)

TRANSITIONS: Mapping[tuple[ChangeState, Step], ChangeState] = {
    **{(state, _T.EDIT): _S.DRAFT for state in (*_OPEN, _S.REJECTED)},
    **{(state, _T.CHECK): _S.CHECKED for state in (_S.DRAFT, _S.CHECKED, _S.REPLAYED)},
    **{(state, _T.REPLAY): _S.REPLAYED for state in (_S.CHECKED, _S.REPLAYED)},
    **{(state, _T.PROPOSE): _S.PROPOSED for state in (_S.CHECKED, _S.REPLAYED)},
    (_S.PROPOSED, _T.SIGN): _S.PROPOSED,
    (_S.PROPOSED, _T.APPROVE): _S.APPROVED,
    (_S.PROPOSED, _T.REJECT): _S.REJECTED,
    **{(state, _T.WITHDRAW): _S.WITHDRAWN for state in (*_OPEN, _S.REJECTED)},
    (_S.APPROVED, _T.PUBLISH): _S.SCHEDULED,
    (_S.SCHEDULED, _T.BEGIN): _S.LIVE,
    (_S.SCHEDULED, _T.SUPERSEDE): _S.SUPERSEDED,
    (_S.LIVE, _T.SUPERSEDE): _S.SUPERSEDED,
    (_S.SCHEDULED, _T.ROLL_BACK): _S.ROLLED_BACK,
    (_S.LIVE, _T.ROLL_BACK): _S.ROLLED_BACK,
}
"""(state, step) → the state after it. What is not here is not possible."""

UNPROPOSED = frozenset({_S.DRAFT, _S.CHECKED, _S.REPLAYED})
"""Nobody was asked yet: for those who write policies and those who check them."""
PUBLISHED = frozenset({_S.SCHEDULED, _S.LIVE, _S.SUPERSEDED, _S.ROLLED_BACK})
OVER = frozenset({_S.WITHDRAWN, _S.SUPERSEDED, _S.ROLLED_BACK})

_DOES = {
    _T.EDIT: "be edited",
    _T.CHECK: "be checked",
    _T.REPLAY: "be replayed",
    _T.PROPOSE: "be proposed",
    _T.SIGN: "be signed",
    _T.APPROVE: "be signed",
    _T.REJECT: "be rejected",
    _T.WITHDRAW: "be withdrawn",
    _T.PUBLISH: "be published",
    _T.BEGIN: "come into force",
    _T.SUPERSEDE: "be superseded",
    _T.ROLL_BACK: "be rolled back",
}


class StepError(ValueError):
    """This cannot be done to a change in its state. The message says what can be done instead."""

    code = "change.step"


def after(state: ChangeState, step: Step) -> ChangeState:
    """The state that a step leads to. Raises StepError."""
    found = TRANSITIONS.get((state, step))
    if found is None:
        steps = steps_of(state)
        instead = f"It can {' or '.join(dict.fromkeys(_DOES[s] for s in steps))}." if steps else (
            "It is over: write a new change."
        )  # fmt: skip
        raise StepError(f"A change that is {told(state)} cannot {_DOES[step]}. {instead}")
    return found


def steps_of(state: ChangeState) -> tuple[Step, ...]:
    """What can be done in a state, in the order of the steps."""
    return tuple(step for step in Step if (state, step) in TRANSITIONS)


def told(state: ChangeState) -> str:
    """The state in words."""
    return state.value.replace("_", " ")


def state_at(
    state: ChangeState, *, live_at: datetime | None, ended_at: datetime | None, at: datetime
) -> ChangeState:
    """What a published change is at an instant: time alone makes it live, and superseded.

    `live_at`: when the first of its versions comes into force; `ended_at`: from when on none of
    them holds any more. Any other state stays what it is.
    """
    if state is not ChangeState.SCHEDULED:
        return state
    if ended_at is not None and ended_at <= at:
        return after(state, Step.SUPERSEDE)
    if live_at is not None and live_at <= at:
        return after(state, Step.BEGIN)
    return state
