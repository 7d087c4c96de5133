"""What is agreed about the data that comes in, over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described
from troth.api.shapes.contracts import Contract, ContractList
from troth.api.shapes.shape import Paging
from troth.api.signing_in import viewer
from troth.connectors.contracts import checking
from troth.connectors.contracts.assessing import collected
from troth.connectors.contracts.documents import document
from troth.connectors.contracts.shapes import Contract as Terms
from troth.core.access.roles import Right
from troth.core.consent.assessments import Collected, Standing
from troth.store.queries.assessments import field_standings
from troth.store.queries.contracts import BrokenTerms, broken_terms

router = Router()


@router.get(
    "/contracts",
    **described("contract_list", "List contracts", tag="Landings", answers=ContractList),
)
def contract_list(request: HttpRequest, filters: Query[Paging]) -> HttpResponse:
    """Every contract: owner, steward, fields, rules, and how many rows break it."""
    broken = broken_terms(viewer=viewer(request))
    found = sorted(checking.contracts_of(Path(settings.WORKSPACE)), key=lambda item: item.id)
    stand = _standings(request, found)
    contracts = slice_of(
        [Contract.model_validate(_with_rows(document(item, stand), broken)) for item in found],
        reach_of(request, filters),
        key=lambda item: (item.id,),
    )
    return list_answer(request, filters, ContractList, contracts)


@router.get(
    "/contracts/{contract_id}",
    **described("contract_show", "Show a contract", tag="Landings", answers=Contract),
)
def contract_show(request: HttpRequest, contract_id: str) -> HttpResponse:
    """One contract with its fields and rules."""
    broken = broken_terms(viewer=viewer(request))
    found = checking.contract_named(Path(settings.WORKSPACE), contract_id)
    return json_answer(
        Contract.model_validate(_with_rows(document(found, _standings(request, [found])), broken))
    )


def _standings(request: HttpRequest, contracts: Iterable[Terms]) -> dict[Collected, Standing]:
    asked = [item for contract in contracts for item in collected(contract)]
    return field_standings(
        viewer=viewer(request), fields=asked, at=timezone.now(), right=Right.SEE_QUARANTINE
    )


def _with_rows(found: dict[str, Any], broken: dict[tuple[str, str], BrokenTerms]) -> dict[str, Any]:
    for feed in found["feeds"]:
        rows = broken.get((feed["source"], feed["feed"]), BrokenTerms())
        feed |= {"kept_out": rows.kept_out, "let_in": rows.let_in}
    return found
