"""How records that share no key are matched, over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from troth.api.answering import json_answer
from troth.api.routes.describing import described
from troth.api.shapes.matching import Matching
from troth.api.signing_in import viewer
from troth.store.queries.matching import matching

router = Router()


@router.get(
    "/match",
    **described("match_show", "Show how records are matched", tag="Customers", answers=Matching),
)
def match_show(request: HttpRequest) -> HttpResponse:
    """The model that was learnt, its thresholds, and what each threshold would come to."""
    found = matching(viewer=viewer(request))
    if found is None:
        return json_answer(Matching(**dict.fromkeys(Matching.model_fields)))
    return json_answer(Matching.model_validate(found))
