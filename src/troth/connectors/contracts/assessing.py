"""Which personal fields does a contract collect, and how does a feed land without some of them?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from troth.connectors.contracts.shapes import Contract, FeedTerms
from troth.connectors.mapping.feeds import used_columns
from troth.connectors.mapping.shapes import FeedMap, FieldMap, SourceMap
from troth.core.consent.assessments import PERSONAL_CLASSES, Collected
from troth.core.records.kinds import BY_NAME
from troth.core.records.values import Sensitivity

Agreed = Mapping[str, tuple[FeedTerms, Contract]]


def collected(contract: Contract) -> tuple[Collected, ...]:
    """Every field of a contract that it calls personal or restricted, in its order."""
    return tuple(item for feed in contract.feeds for item in _of_feed(feed, contract))


def held_to(
    source: SourceMap, agreed: Agreed, is_assessed: Callable[[Collected], bool] | None
) -> tuple[SourceMap, Agreed]:
    """The source as it may land: a personal custom field stands apart, or is left out.

    It is left out with its columns and with what the contract asks of it, so that neither a fact,
    its payload nor a row in quarantine has it. None: everything passes, since nothing is landed.
    """
    feeds, terms = [], dict(agreed)
    for feed in source.feeds:
        if feed.name not in agreed:
            feeds.append(feed)
            continue
        told, contract = agreed[feed.name]
        asked = {item.field: item for item in _of_feed(told, contract) if not item.is_known}
        held = {
            name
            for name, item in asked.items()
            if is_assessed is not None and not is_assessed(item)
        }
        kept = tuple(item for item in told.fields if item.name not in held)
        feeds.append(_without(_set_apart(feed, asked), held))
        terms[feed.name] = (replace(told, fields=kept), contract)
    return replace(source, feeds=tuple(feeds)), terms


def _of_feed(feed: FeedTerms, contract: Contract) -> tuple[Collected, ...]:
    kind = BY_NAME[feed.record]
    return tuple(
        Collected(
            contract=contract.id,
            feed=f"{feed.source}/{feed.feed}",
            record=feed.record,
            field=field.name,
            classification=field.classification,
            is_known=any(field.name == name for spec in kind.fields for name, _ in spec.columns),
        )
        for field in feed.fields
        if field.classification in PERSONAL_CLASSES
    )


def _set_apart(feed: FeedMap, asked: Mapping[str, Collected]) -> FeedMap:
    """The same, its personal custom fields as careful as their contract says."""
    return replace(feed, custom=tuple(_as_careful(item, asked) for item in feed.custom))


def _as_careful(field: FieldMap, asked: Mapping[str, Collected]) -> FieldMap:
    found = asked.get(field.spec.name)
    if found is None:
        return field
    return replace(field, spec=replace(field.spec, sensitivity=Sensitivity(found.classification)))


def _without(feed: FeedMap, held: set[str]) -> FeedMap:
    """The same without some custom fields; another digest, so that rows land anew with them."""
    if not held:
        return feed
    left = replace(feed, custom=tuple(it for it in feed.custom if it.spec.name not in held))
    unkept = frozenset(used_columns(feed)) - frozenset(used_columns(left))
    words = "\x1f".join([feed.digest, *sorted(held)])
    return replace(
        left,
        plain=feed.plain - unkept,
        ignore=feed.ignore | unkept,
        held_back=tuple(sorted(held)),
        unkept=unkept,
        digest=hashlib.md5(words.encode(), usedforsecurity=False).hexdigest(),
    )
