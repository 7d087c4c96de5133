"""What would another tier change, over HTTP?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.tier_previews import preview_tier
from troth.api.answering import json_answer
from troth.api.routes.describing import described
from troth.api.shapes.tiers import TierMove, TierPreviewFilters
from troth.api.signing_in import user_of

router = Router()


@router.get(
    "/customers/{path:customer_id}/tiers/{tier}",
    **described(
        "tier_preview", "Preview a move to another tier", tag="Customers", answers=TierMove
    ),
)
def tier_preview(
    request: HttpRequest, customer_id: str, tier: str, filters: Query[TierPreviewFilters]
) -> HttpResponse:
    """What would be otherwise if the customer were in this tier: policies, promises and clocks.

    Worked out by doing it and undoing it; nothing is kept. What was decided before `since` keeps
    the tier that it was decided in.
    """
    found = preview_tier(
        customer_id=customer_id, tier=tier, since=filters.since, acting_user=user_of(request)
    )
    return json_answer(TierMove.model_validate(found))
