"""Roll-outs over HTTP: begin one, see how it goes, widen it, undo it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import rollout_checks, rollouts
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.rollouts import (
    NewRollout,
    RolledBack,
    Rollout,
    RolloutAdvance,
    RolloutFilters,
    RolloutList,
    RolloutReason,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.core.policies.versions import PolicyVersion
from troth.store.queries.policies import policy
from troth.store.queries.rollouts import rollout
from troth.store.queries.slices import next_rollouts

_TAG = "Policies"
_WHY = json_body(RolloutReason.model_json_schema(), {"reason": RolloutReason.EXAMPLE})
_NEXT = json_body(RolloutAdvance.model_json_schema(), {"advance": RolloutAdvance.EXAMPLE})
router = Router()


@router.get(
    "/rollouts",
    **described("rollout_list", "List roll-outs", tag=_TAG, answers=RolloutList),
)
def rollout_list(request: HttpRequest, filters: Query[RolloutFilters]) -> HttpResponse:
    """Roll-outs of policies in stages, the newest first."""
    found = next_rollouts(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        state=filters.state,
        kind=filters.kind,
    )
    return list_answer(request, filters, RolloutList, found)


@router.get(
    "/rollouts/{rollout_id}",
    **described("rollout_show", "Show a roll-out", tag=_TAG, answers=Rollout),
)
def rollout_show(request: HttpRequest, rollout_id: str) -> HttpResponse:
    """Its stages, and what was measured inside and outside."""
    return _answer(request, rollout_id)


@router.post(
    "/rollouts",
    **described(
        "rollout_start",
        "Start a roll-out",
        tag=_TAG,
        answers=Rollout,
        extra=json_body(NewRollout.model_json_schema(), {"rollout": NewRollout.EXAMPLE}),
    ),
)
def rollout_start(request: HttpRequest) -> HttpResponse:
    """Begin it: the first stage comes into force at once, unless it says when.

    A second roll-out of the same kind and scope is refused while one is open: 409.
    """
    viewer(request).require(Right.PUBLISH_POLICY)
    asked = body_of(request, NewRollout)
    row = rollouts.start(asked.model_dump(), acting_user=user_of(request))
    return _answer(request, row.pk)


@router.post(
    "/rollouts/{rollout_id}/advance",
    **described("rollout_advance", "Advance a roll-out", tag=_TAG, answers=Rollout, extra=_NEXT),
)
def rollout_advance(request: HttpRequest, rollout_id: str) -> HttpResponse:
    """Put the next stage into force."""
    viewer(request).require(Right.PUBLISH_POLICY)
    rollout(viewer=viewer(request), rollout_id=rollout_id)
    asked = body_of(request, RolloutAdvance)
    rollouts.advance(
        rollout_id, reason=asked.reason, acting_user=user_of(request), stage=asked.stage
    )
    return _answer(request, rollout_id)


@router.post(
    "/rollouts/{rollout_id}/check",
    **described("rollout_check", "Check a roll-out's guardrails", tag=_TAG, answers=Rollout),
)
def rollout_check(request: HttpRequest, rollout_id: str) -> HttpResponse:
    """Measure it now, and undo it where a guardrail is crossed."""
    viewer(request).require(Right.RUN)
    rollout(viewer=viewer(request), rollout_id=rollout_id)
    rollout_checks.check(rollout_id, acting_user=user_of(request))
    return _answer(request, rollout_id)


@router.post(
    "/rollouts/{rollout_id}/rollback",
    **described(
        "rollout_rollback", "Roll a roll-out back", tag=_TAG, answers=RolledBack, extra=_WHY
    ),
)
def rollout_rollback(request: HttpRequest, rollout_id: str) -> HttpResponse:
    """Put what held before into force again, for everybody, now."""
    viewer(request).require(Right.PUBLISH_POLICY)
    rollout(viewer=viewer(request), rollout_id=rollout_id)
    return _rolled_back(request, rollout_id)


@router.post(
    "/policies/{policy_id}/rollback",
    **described(
        "policy_rollback", "Roll a policy version back", tag=_TAG, answers=RolledBack, extra=_WHY
    ),
)
def policy_rollback(request: HttpRequest, policy_id: str) -> HttpResponse:
    """Put what held before this version into force again, now; it need not have been in stages."""
    viewer(request).require(Right.PUBLISH_POLICY)
    policy(viewer=viewer(request), policy_id=policy_id)
    return _rolled_back(request, policy_id)


def _rolled_back(request: HttpRequest, target: str) -> HttpResponse:
    asked = body_of(request, RolloutReason)
    restored: PolicyVersion | None = rollouts.roll_back(
        target, reason=asked.reason, acting_user=user_of(request)
    )
    found = {"target": target, "restored": None if restored is None else restored.id}
    return json_answer(RolledBack.model_validate(found))


def _answer(request: HttpRequest, rollout_id: str) -> HttpResponse:
    return json_answer(
        Rollout.model_validate(rollout(viewer=viewer(request), rollout_id=rollout_id))
    )
