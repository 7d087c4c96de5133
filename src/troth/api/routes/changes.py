"""Changes of policies over HTTP: read, write, check, sign, publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import changes
from troth.actions.policies import Written
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.changes import (
    ChangeDetail,
    ChangeDraft,
    ChangeEdit,
    ChangeFilters,
    ChangeList,
    ChangeReplay,
    ChangeSign,
    ChangeWithdraw,
)
from troth.api.shapes.shape import Shape
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.core.policies.approvals import SIGNS, Function
from troth.store.queries.changes import change, next_changes
from troth.store.queries.moment import moment_of

_TAG = "Changes"
router = Router()


def _described(
    operation_id: str, summary: str, *, takes: type[Shape] | None = None, name: str = ""
) -> dict[str, Any]:
    extra = json_body(takes.model_json_schema(), {name: takes.EXAMPLE}) if takes else None
    return described(operation_id, summary, tag=_TAG, answers=ChangeDetail, extra=extra)


@router.get("/changes", **described("change_list", "List changes", tag=_TAG, answers=ChangeList))
def change_list(request: HttpRequest, filters: Query[ChangeFilters]) -> HttpResponse:
    """Changes of policies, the newest first; drafts for those who write and check them."""
    seen_by = viewer(request)
    found = next_changes(
        viewer=seen_by,
        reach=reach_of(request, filters),
        at=moment_of(seen_by),
        state=filters.state,
    )
    return list_answer(request, filters, ChangeList, found)


@router.get("/changes/{change_id}", **_described("change_show", "Show a change"))
def change_show(request: HttpRequest, change_id: str) -> HttpResponse:
    """What it says in words, what was found, whom it reaches, who has to sign, who did."""
    return _shown(request, change_id)


@router.post(
    "/changes", **_described("change_draft", "Draft a change", takes=ChangeDraft, name="gold")
)
def change_draft(request: HttpRequest) -> HttpResponse:
    """Write a change down; nobody is asked yet."""
    viewer(request).require(Right.PROPOSE_POLICY)
    asked = body_of(request, ChangeDraft)
    row = changes.draft(
        _written(request, asked.policies),
        title=asked.title,
        reason=asked.reason,
        acting_user=user_of(request),
    )
    return _shown(request, row.pk)


@router.post(
    "/changes/{change_id}/edit",
    **_described("change_edit", "Edit a change", takes=ChangeEdit, name="title"),
)
def change_edit(request: HttpRequest, change_id: str) -> HttpResponse:
    """Write it anew upon what is in force now. Sign-offs that were given are void."""
    viewer(request).require(Right.PROPOSE_POLICY)
    asked = body_of(request, ChangeEdit)
    changes.edit(
        change_id,
        written=None if asked.policies is None else _written(request, asked.policies),
        title=asked.title,
        reason=asked.reason,
        seen=asked.digest,
        acting_user=user_of(request),
    )
    return _shown(request, change_id)


@router.post("/changes/{change_id}/check", **_described("change_check", "Check a change"))
def change_check(request: HttpRequest, change_id: str) -> HttpResponse:
    """Look for conflicts, measure whom it reaches, say who would have to sign."""
    changes.check_change(change_id, acting_user=user_of(request))
    return _shown(request, change_id)


@router.post(
    "/changes/{change_id}/replay",
    **_described("change_replay", "Replay a change", takes=ChangeReplay, name="quarter"),
)
def change_replay(request: HttpRequest, change_id: str) -> HttpResponse:
    """Make the decisions of a period again under a checked change, and keep what moved."""
    viewer(request).require(Right.PROPOSE_POLICY)
    asked = body_of(request, ChangeReplay)
    changes.replay_change(change_id, start=asked.start, end=asked.end, acting_user=user_of(request))
    return _shown(request, change_id)


@router.post("/changes/{change_id}/propose", **_described("change_propose", "Propose a change"))
def change_propose(request: HttpRequest, change_id: str) -> HttpResponse:
    """Ask for the sign-offs that it needs. Where it needs none, it is published if you may."""
    changes.propose(change_id, acting_user=user_of(request))
    return _shown(request, change_id)


@router.post(
    "/changes/{change_id}/sign",
    **_described("change_sign", "Sign a change", takes=ChangeSign, name="yes"),
)
def change_sign(request: HttpRequest, change_id: str) -> HttpResponse:
    """Approve or reject it for one function; not one's own. The last approval approves it."""
    seen_by = viewer(request)
    if not any(seen_by.may(right) for right in SIGNS.values()):
        seen_by.require(Right.SIGN_OPERATIONS)
    asked = body_of(request, ChangeSign)
    changes.sign(
        change_id,
        function=Function(asked.function),
        verdict=asked.verdict,
        reason=asked.reason,
        seen=asked.digest,
        acting_user=user_of(request),
    )
    return _shown(request, change_id)


@router.post(
    "/changes/{change_id}/withdraw",
    **_described("change_withdraw", "Withdraw a change", takes=ChangeWithdraw, name="unsigned"),
)
def change_withdraw(request: HttpRequest, change_id: str) -> HttpResponse:
    """Take it back for good."""
    viewer(request).require(Right.PROPOSE_POLICY)
    asked = body_of(request, ChangeWithdraw)
    changes.withdraw(change_id, reason=asked.reason, acting_user=user_of(request))
    return _shown(request, change_id)


@router.post("/changes/{change_id}/publish", **_described("change_publish", "Publish a change"))
def change_publish(request: HttpRequest, change_id: str) -> HttpResponse:
    """Put an approved change into force, planned again upon what is in force now."""
    changes.publish_change(change_id, acting_user=user_of(request))
    return _shown(request, change_id)


def _shown(request: HttpRequest, change_id: str) -> HttpResponse:
    seen_by = viewer(request)
    found = change(viewer=seen_by, change_id=change_id, at=moment_of(seen_by))
    return json_answer(ChangeDetail.model_validate(found))


def _written(request: HttpRequest, policies: Iterable[Mapping[str, Any]]) -> list[Written]:
    author = user_of(request)
    return [
        Written(document=document, place=f"policy {at}", author=author.name or author.username)
        for at, document in enumerate(policies, start=1)
    ]
