"""How is a contract told to machines, under the names of its standard where it has them?"""

from __future__ import annotations

from typing import Any

from troth.connectors.contracts.services import described
from troth.connectors.contracts.shapes import Contract, FeedTerms, FieldTerms


def document(contract: Contract) -> dict[str, Any]:
    """One contract, whole."""
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
        "feeds": [_feed(feed, contract) for feed in contract.feeds],
    }


def _feed(feed: FeedTerms, contract: Contract) -> dict[str, Any]:
    return {
        "source": feed.source,
        "feed": feed.feed,
        "record": feed.record,
        "description": feed.about,
        "latency": described(feed, "latency"),
        "latency_seconds": feed.seconds("latency"),
        "frequency": described(feed, "frequency"),
        "retention": described(feed, "retention"),
        "fields": [_field(field, contract) for field in feed.fields],
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
