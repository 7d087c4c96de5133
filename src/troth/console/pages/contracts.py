"""What is agreed about the data that comes in, and how many rows break it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from troth.connectors.contracts.assessing import collected
from troth.connectors.contracts.checking import contracts_of
from troth.connectors.contracts.errors import ContractError
from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FeedTerms
from troth.connectors.errors import MappingError
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.consent.assessments import Collected, Standing
from troth.store.queries.assessments import field_standings
from troth.store.queries.contracts import BrokenTerms, broken_terms


@page(Right.SEE_QUARANTINE)
def index(request: PageRequest) -> HttpResponse:
    """Each contract with its feeds, fields and rules; where one is wrong, every fault of it."""
    broken = broken_terms(viewer=request.reading.viewer)
    contracts: tuple[Contract, ...] = ()
    faults: tuple[str, ...] = ()
    try:
        contracts = contracts_of(Path(settings.WORKSPACE))
    except (ContractError, MappingError) as error:
        faults = tuple(str(fault) for fault in error.faults)
    fields = [item for contract in contracts for item in collected(contract)]
    standings = field_standings(
        viewer=request.reading.viewer,
        fields=fields,
        at=timezone.now(),
        right=Right.SEE_QUARANTINE,
    )
    context = {
        "contracts": [
            (contract, [_shown(feed, contract, broken, standings) for feed in contract.feeds])
            for contract in contracts
        ],
        "faults": faults,
    }
    return render(request, "pages/contracts.html", context)


def _shown(
    feed: FeedTerms,
    contract: Contract,
    broken: dict[tuple[str, str], BrokenTerms],
    standings: dict[Collected, Standing],
) -> dict[str, Any]:
    place = f"{feed.source}/{feed.feed}"
    return {
        "terms": feed,
        "rows": broken.get((feed.source, feed.feed), BrokenTerms()),
        "latency": described(feed, "latency"),
        "frequency": described(feed, "frequency"),
        "retention": described(feed, "retention"),
        "standings": [
            (item.field, word.value)
            for item, word in standings.items()
            if (item.contract, item.feed) == (contract.id, place) and not item.is_known
        ],
    }
