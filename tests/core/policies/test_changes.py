"""In which states can a change be, and what leads from one to another?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from troth.core.policies.changes import (
    OVER,
    TRANSITIONS,
    ChangeState,
    Step,
    StepError,
    after,
    state_at,
    steps_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_way_from_a_draft_into_force_goes_through_every_gate() -> None:
    state = ChangeState.DRAFT
    way = [state]
    for step in (Step.CHECK, Step.REPLAY, Step.PROPOSE, Step.SIGN, Step.APPROVE, Step.PUBLISH,
                 Step.BEGIN, Step.SUPERSEDE):  # fmt: skip
        state = after(state, step)
        way.append(state)
    assert [item.value for item in way] == [
        "draft", "checked", "replayed", "proposed", "proposed", "approved", "scheduled", "live",
        "superseded",
    ]  # fmt: skip


def test_nothing_but_the_table_leads_anywhere() -> None:
    possible = {(state, step) for state in ChangeState for step in Step if _works(state, step)}
    assert possible == set(TRANSITIONS)
    assert len(possible) < len(ChangeState) * len(Step) / 3  # most steps are refused


def _works(state: ChangeState, step: Step) -> bool:
    try:
        after(state, step)
    except StepError:
        return False
    return True


@pytest.mark.parametrize("state", [ChangeState.DRAFT, ChangeState.PROPOSED, ChangeState.REJECTED])
def test_only_what_is_approved_is_published(state: ChangeState) -> None:
    with pytest.raises(StepError, match="cannot be published"):
        after(state, Step.PUBLISH)
    assert after(ChangeState.APPROVED, Step.PUBLISH) is ChangeState.SCHEDULED


def test_editing_leads_back_to_a_draft_until_it_is_published() -> None:
    edited = {state for state in ChangeState if Step.EDIT in steps_of(state)}
    assert {after(state, Step.EDIT) for state in edited} == {ChangeState.DRAFT}
    assert ChangeState.APPROVED in edited
    assert edited.isdisjoint({ChangeState.SCHEDULED, ChangeState.LIVE, *OVER})


def test_a_refusal_says_what_can_be_done_instead() -> None:
    with pytest.raises(StepError, match=r"live cannot be edited. It can be superseded or be roll"):
        after(ChangeState.LIVE, Step.EDIT)
    with pytest.raises(StepError, match="write a new change"):
        after(ChangeState.WITHDRAWN, Step.EDIT)


def test_every_state_can_be_reached_and_what_is_over_leads_nowhere() -> None:
    reached, ways = {ChangeState.DRAFT}, list(TRANSITIONS.items())
    for _ in ways:
        reached |= {to for (state, _), to in ways if state in reached}
    assert reached == set(ChangeState)
    assert {state for state in ChangeState if not steps_of(state)} == OVER


@pytest.mark.parametrize(
    ("live_at", "ended_at", "state"),
    [
        (NOON + HOUR, None, "scheduled"),
        (NOON, None, "live"),
        (NOON - HOUR, NOON + HOUR, "live"),
        (NOON - HOUR, NOON, "superseded"),
        (NOON + HOUR, NOON - HOUR, "superseded"),  # taken over before it began
    ],
)
def test_time_alone_brings_a_published_change_into_force_and_ends_it(
    live_at: datetime, ended_at: datetime | None, state: str
) -> None:
    found = state_at(ChangeState.SCHEDULED, live_at=live_at, ended_at=ended_at, at=NOON)
    assert found.value == state
    draft = state_at(ChangeState.DRAFT, live_at=live_at, ended_at=ended_at, at=NOON)
    assert draft is ChangeState.DRAFT
