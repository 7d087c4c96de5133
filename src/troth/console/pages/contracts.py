"""What is agreed about the data that comes in, and how many rows break it?"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from troth.connectors.contracts.checking import contracts_of
from troth.connectors.contracts.errors import ContractError
from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FeedTerms
from troth.connectors.errors import MappingError
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
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
    context = {
        "contracts": [
            (contract, [_shown(feed, broken) for feed in contract.feeds]) for contract in contracts
        ],
        "faults": faults,
    }
    return render(request, "pages/contracts.html", context)


def _shown(
    feed: FeedTerms, broken: dict[tuple[str, str], BrokenTerms]
) -> dict[str, FeedTerms | BrokenTerms | str]:
    return {
        "terms": feed,
        "rows": broken.get((feed.source, feed.feed), BrokenTerms()),
        "latency": described(feed, "latency"),
        "frequency": described(feed, "frequency"),
        "retention": described(feed, "retention"),
    }
