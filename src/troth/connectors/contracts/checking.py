"""Which contracts does a workspace have, and do they fit its sources?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from troth.connectors.contracts.errors import ContractError, UnknownContractError
from troth.connectors.contracts.reading import read_contract
from troth.connectors.contracts.schema import Terms
from troth.connectors.contracts.shapes import Contract, FeedTerms, FieldTerms
from troth.connectors.errors import MappingFault, did_you_mean
from troth.connectors.mapping.check import check_mapping
from troth.connectors.mapping.nodes import Faults
from troth.connectors.mapping.shapes import FeedMap, FieldMap, SourceMap
from troth.core.records.fields import FieldType

FOLDER = "contracts"
# Which of the standard's types say the same as a field's own, or more strictly.
_TYPES: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("string",),
    FieldType.CODE: ("string",),
    FieldType.KEY: ("string",),
    FieldType.INTEGER: ("integer", "number"),
    FieldType.DECIMAL: ("number",),
    FieldType.BOOLEAN: ("boolean",),
    FieldType.INSTANT: ("timestamp", "date"),
    FieldType.DATE: ("date",),
    FieldType.MONEY: ("number",),
    FieldType.QUANTITY: ("number",),
}
Read = tuple[Contract, tuple[Terms, ...]]


def contracts_of(directory: Path) -> tuple[Contract, ...]:
    """Every contract of a workspace's folder, checked against its sources.

    Raises ContractError, MappingError.
    """
    sources = {
        path.stem: check_mapping(path, shown=str(path.relative_to(directory)))
        for path in sorted((directory / "sources").glob("*.yaml"))
    }
    return tuple(contract for contract, _ in _checked(directory, sources, None))


def contract_named(directory: Path, contract_id: str) -> Contract:
    """One contract. Raises UnknownContractError, ContractError, MappingError."""
    for contract in contracts_of(directory):
        if contract.id == contract_id:
            return contract
    raise UnknownContractError(
        " ".join((UnknownContractError.__doc__ or "").replace("this id", repr(contract_id)).split())
    )


def terms_of(source: SourceMap, *, workspace: Path) -> dict[str, tuple[FeedTerms, Contract]]:
    """Feed → what is agreed of it and in which contract, as far as it is in force.

    Every contract of the folder is read: one that is wrong could be about this source. Raises
    ContractError.
    """
    found = {}
    for contract, _ in _checked(workspace, {source.source: source}, source.source):
        if contract.is_in_force:
            for feed in contract.feeds:
                if feed.source == source.source:
                    found[feed.feed] = (feed, contract)
    return found


def _checked(
    directory: Path, sources: Mapping[str, SourceMap], only: str | None
) -> tuple[Read, ...]:
    """The contracts of a folder; the mappings that are known hold them. `only` this source's."""
    read: list[Read] = []
    faults: list[MappingFault] = []
    for path in sorted((directory / FOLDER).glob("*.yaml")):
        try:
            read.append(read_contract(path, shown=f"{FOLDER}/{path.name}"))
        except ContractError as wrong:
            faults += wrong.faults
    for contract, terms in read:
        held = Faults(contract.file)
        for item in terms:
            if only is None or item.feed.source == only:
                _fit(held, item, sources)
        faults += held.found
    faults += _twice(read)
    if faults:
        raise ContractError(tuple(faults))
    return tuple(read)


def _twice(read: Iterable[Read]) -> list[MappingFault]:
    """One id, and one feed, stand in one contract in force."""
    found: list[MappingFault] = []
    ids: dict[str, str] = {}
    feeds: dict[tuple[str, str], str] = {}
    for contract, terms in read:
        held = Faults(contract.file)
        if contract.id in ids:
            held.add_line(1, f"`id` {contract.id!r} is that of {ids[contract.id]} as well")
        ids[contract.id] = contract.file
        for item in terms if contract.is_in_force else ():
            place = (item.feed.source, item.feed.feed)
            if place in feeds:
                held.add(item.name_node, f"{'/'.join(place)} has a contract, {feeds[place]}")
            feeds[place] = contract.file
        found += held.found
    return found


def _fit(faults: Faults, terms: Terms, sources: Mapping[str, SourceMap]) -> None:
    source = sources.get(terms.feed.source)
    if source is None:
        known = ", ".join(sorted(sources)) or "none"
        hint = did_you_mean(terms.feed.source, sources)
        faults.add(
            terms.name_node,
            f"there is no source {terms.feed.source!r}{hint}; sources here: {known}",
        )
        return
    feeds = {feed.name: feed for feed in source.feeds}
    feed = feeds.get(terms.feed.feed)
    if feed is None:
        hint = did_you_mean(terms.feed.feed, feeds)
        faults.add(
            terms.name_node,
            f"{source.source} has no feed {terms.feed.feed!r}{hint}; it has {', '.join(feeds)}",
        )
    elif feed.kind.name != terms.feed.record:
        faults.add(
            terms.name_node,
            f"{source.source}/{feed.name} brings {feed.kind.name}, not {terms.feed.record}",
        )
    else:
        for field in terms.feed.fields:
            _fit_field(faults, terms, field, feed)


def _fit_field(faults: Faults, terms: Terms, field: FieldTerms, feed: FeedMap) -> None:
    node = terms.nodes[field.name]
    columns = columns_of(feed)
    found = columns.get(field.name)
    if found is None:
        hint = did_you_mean(field.name, columns)
        faults.add(
            node,
            f"the mapping of {terms.feed.source}/{feed.name} reads no {field.name!r}{hint}; "
            f"it reads {', '.join(columns)}",
        )
        return
    kind, named = found
    if field.logical_type and field.logical_type not in _TYPES[kind]:
        expected = " or ".join(_TYPES[kind])
        faults.add(
            node,
            f"`logicalType` of {field.name} is {field.logical_type}; the record's is {expected}",
        )
    if field.column and field.column not in named:
        faults.add(
            node,
            f"`physicalName` is {field.column!r}, and the mapping reads {field.name} from "
            f"{', '.join(named) or 'no column'}",
        )


def columns_of(feed: FeedMap) -> dict[str, tuple[FieldType, tuple[str, ...]]]:
    """Every name that a contract may use of a feed → its plain type, and the source's columns."""
    found: dict[str, tuple[FieldType, tuple[str, ...]]] = {"key": (FieldType.KEY, feed.key)}
    for mapped in (*feed.fields, *feed.custom):
        for name, kind in mapped.spec.columns:
            found[name] = (kind, _columns(mapped, name))
    return found


def _columns(mapped: FieldMap, name: str) -> tuple[str, ...]:
    if name == mapped.spec.name:
        return mapped.columns
    beside = mapped.currency_column or mapped.unit_column
    return (beside,) if beside else ()
