"""Policies over HTTP: which versions there are, what is wrong with them, what applies to whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.consolidating import consolidate
from troth.actions.pulling import rendered
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.changes import ChangeDetail
from troth.api.shapes.consolidation import (
    Consolidate,
    ConsolidationFilters,
    PolicyConsolidation,
)
from troth.api.shapes.policies import (
    PolicyCheck,
    PolicyDetail,
    PolicyFile,
    PolicyFiles,
    PolicyFilters,
    PolicyList,
    PullFilters,
)
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.queries.changes import change
from troth.store.queries.consolidation import consolidation
from troth.store.queries.moment import moment_of
from troth.store.queries.policies import policy
from troth.store.queries.policy_findings import policy_check
from troth.store.queries.policy_texts import policy_texts
from troth.store.queries.slices import next_policies

router = Router()


@router.get(
    "/policies",
    **described("policy_list", "List policy versions", tag="Policies", answers=PolicyList),
)
def policy_list(request: HttpRequest, filters: Query[PolicyFilters]) -> HttpResponse:
    """Every policy version that was ever published, the newest first."""
    found = next_policies(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        kind=filters.kind,
        layer=filters.layer,
        scope=filters.scope,
    )
    return list_answer(request, filters, PolicyList, found)


@router.get(
    "/policies/check",
    **described("policy_check", "Check the policies", tag="Policies", answers=PolicyCheck),
)
def show_check(request: HttpRequest) -> HttpResponse:
    """Conflicts among the versions in force or to come, each with a case that shows it."""
    return json_answer(PolicyCheck.model_validate(policy_check(viewer=viewer(request))))


@router.get(
    "/policies/consolidate",
    **described(
        "policy_consolidation", "Find policies that could end or be one", tag="Policies",
        answers=PolicyConsolidation,
    ),
)  # fmt: skip
def show_consolidation(request: HttpRequest, filters: Query[ConsolidationFilters]) -> HttpResponse:
    """Each policy of a customer or contract: last use, cost, and what would change without it."""
    found = consolidation(viewer=viewer(request), kind=filters.kind)
    return json_answer(PolicyConsolidation.model_validate(found))


@router.post(
    "/policies/consolidate",
    **described(
        "policy_consolidate", "Draft a consolidation", tag="Policies", answers=ChangeDetail,
        extra=json_body(Consolidate.model_json_schema(), {"tier": Consolidate.EXAMPLE}),
    ),
)  # fmt: skip
def draft_consolidation(request: HttpRequest) -> HttpResponse:
    """Draft the change that ends policies, or unites them; refused where anything would change."""
    seen_by = viewer(request)
    seen_by.require(Right.PROPOSE_POLICY)
    asked = body_of(request, Consolidate)
    row = consolidate(asked.ids, reason=asked.reason, acting_user=user_of(request))
    found = change(viewer=seen_by, change_id=row.pk, at=moment_of(seen_by))
    return json_answer(ChangeDetail.model_validate(found))


@router.get(
    "/policies/pull",
    **described("policy_pull", "Pull the policies as text", tag="Policies", answers=PolicyFiles),
)
def policy_pull(request: HttpRequest, filters: Query[PullFilters]) -> HttpResponse:
    """What is in force or to come, as the files in which somebody would write it."""
    found = policy_texts(viewer=viewer(request), kind=filters.kind, is_all=filters.all)
    files = [PolicyFile(name=item.name, text=rendered(item)) for item in found]
    return json_answer(PolicyFiles(data=files))


@router.get(
    "/policies/{policy_id}",
    **described("policy_show", "Show a policy version", tag="Policies", answers=PolicyDetail),
)
def policy_show(request: HttpRequest, policy_id: str) -> HttpResponse:
    """One version, what it changed against the one before, and the versions around it."""
    found = policy(viewer=viewer(request), policy_id=policy_id)
    return json_answer(PolicyDetail.model_validate(found))
