"""How is a contract told to machines, under the names of its standard where it has them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FeedTerms, FieldTerms
from troth.core.consent.assessments import Collected, Standing


def document(
    contract: Contract, standings: Mapping[Collected, Standing] | None = None
) -> dict[str, Any]:
    """One contract, whole; `standings`: of its personal fields, where they were asked for."""
    stand = {item.name: word.value for item, word in (standings or {}).items()
             if item.contract == contract.id}  # fmt: skip
    return {
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "status": contract.status,
        "api_version": contract.standard,
        "file": contract.file,
        "purpose": contract.purpose,
        "owner": contract.owner,
        "steward": contract.steward,
        "may_change": list(contract.may_change),
        "feeds": [_feed(feed, contract, stand) for feed in contract.feeds],
    }


def _feed(feed: FeedTerms, contract: Contract, stand: Mapping[str, str]) -> dict[str, Any]:
    return {
        "source": feed.source,
        "feed": feed.feed,
        "record": feed.record,
        "description": feed.about,
        "latency": described(feed, "latency"),
        "latency_seconds": feed.seconds("latency"),
        "frequency": described(feed, "frequency"),
        "retention": described(feed, "retention"),
        "fields": [
            _field(field, contract)
            | {"assessment": stand.get(f"{feed.source}/{feed.feed}/{field.name}")}
            for field in feed.fields
        ],
    }


def _field(field: FieldTerms, contract: Contract) -> dict[str, Any]:
    return {
        "name": field.name,
        "column": field.column,
        "description": field.about,
        "logical_type": field.logical_type,
        "classification": field.classification,
        "is_critical": field.is_critical,
        "may_change": list(field.may_change or contract.may_change),
        "validation": "entry" if field.is_at_entry else "batch",
        "rules": [
            {
                "test": rule.test,
                "says": rule.says,
                "asks": rule.asks,
                "validation": "entry" if rule.is_at_entry else "batch",
                "code": rule.code,
                "line": rule.line,
            }
            for rule in field.rules
        ],
    }
