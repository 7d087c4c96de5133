"""What is agreed about the data that comes in, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described
from troth.api.shapes.contracts import Contract, ContractList
from troth.api.shapes.shape import Paging
from troth.api.signing_in import viewer
from troth.connectors.contracts import checking
from troth.connectors.contracts.documents import document
from troth.store.queries.contracts import BrokenTerms, broken_terms

router = Router()


@router.get(
    "/contracts",
    **described("contract_list", "List contracts", tag="Landings", answers=ContractList),
)
def contract_list(request: HttpRequest, filters: Query[Paging]) -> HttpResponse:
    """Every contract: owner, steward, fields, rules, and how many rows break it."""
    broken = broken_terms(viewer=viewer(request))
    contracts = sorted(checking.contracts_of(Path(settings.WORKSPACE)), key=lambda item: item.id)
    found = slice_of(
        [Contract.model_validate(_with_rows(document(item), broken)) for item in contracts],
        reach_of(request, filters),
        key=lambda item: (item.id,),
    )
    return list_answer(request, filters, ContractList, found)


@router.get(
    "/contracts/{contract_id}",
    **described("contract_show", "Show a contract", tag="Landings", answers=Contract),
)
def contract_show(request: HttpRequest, contract_id: str) -> HttpResponse:
    """One contract with its fields and rules."""
    broken = broken_terms(viewer=viewer(request))
    found = checking.contract_named(Path(settings.WORKSPACE), contract_id)
    return json_answer(Contract.model_validate(_with_rows(document(found), broken)))


def _with_rows(found: dict[str, Any], broken: dict[tuple[str, str], BrokenTerms]) -> dict[str, Any]:
    for feed in found["feeds"]:
        rows = broken.get((feed["source"], feed["feed"]), BrokenTerms())
        feed |= {"kept_out": rows.kept_out, "let_in": rows.let_in}
    return found
