"""What does a contract say about each feed and each of its fields?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from troth.connectors.contracts.rules import OPTIONS, RuleReader
from troth.connectors.contracts.shapes import FeedTerms, FieldTerms
from troth.connectors.mapping.nodes import Faults, Node, is_null, node_of
from troth.core.records.kinds import BY_NAME, RecordKind

_ELEMENT = (
    *("id", "name", "physicalName", "physicalType", "businessName", "description", "logicalType"),
    *("tags", "authoritativeDefinitions", "customProperties", "relationships", "quality"),
)
_OBJECT = (*_ELEMENT, "dataGranularityDescription", "properties")
_PROPERTY = (
    *_ELEMENT,
    *("logicalTypeOptions", "required", "unique", "primaryKey", "primaryKeyPosition"),
    *("partitioned", "partitionKeyPosition", "classification", "encryptedName"),
    *("transformSourceObjects", "transformLogic", "transformDescription", "examples"),
    *("criticalDataElement", "items", "properties"),
)
# From the least careful to the most.
CLASSES = ("public", "internal", "confidential", "personal", "restricted")
_AT = ("entry", "batch")
VALIDATION = "validation"  # a custom property: where a rule is held
MAY_CHANGE = "mayChange"  # a custom property: who may change a field
Entries = Mapping[str, tuple[Node, Node]]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One object of `schema`, with the places of what it names."""

    feed: FeedTerms
    nodes: Mapping[str, Node]  # field → its name
    name_node: Node


def read_schema(
    faults: Faults, node: Node | None, *, is_at_entry: bool, roles: frozenset[str]
) -> tuple[Terms, ...]:
    """`schema`: one object a feed."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        if node is not None:
            faults.add(node, "`schema` must be a list of at least one object")
        return ()
    found = []
    for item in node.value:
        terms = _object(faults, item, is_at_entry=is_at_entry, roles=roles)
        if terms is not None:
            found.append(terms)
    return tuple(found)


def custom_properties(faults: Faults, entries: Entries) -> dict[str, Node]:
    """`customProperties`, by name."""
    node = node_of(entries, "customProperties")
    if node is None:
        return {}
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`customProperties` must be a list of property and value")
        return {}
    found: dict[str, Node] = {}
    for item in node.value:
        held = faults.entries(
            item, of="a custom property", known=("id", "property", "value", "description")
        )
        name, value = node_of(held, "property"), held.get("value")
        if name is None or value is None:
            faults.add(item, "a custom property needs `property` and `value`")
        else:
            found[faults.text(name, of="`property`")] = value[1]
    return found


def read_validation(faults: Faults, entries: Entries, usual: bool) -> bool:
    """Whether rules are held at entry, by the custom property `validation`; else as around it."""
    node = custom_properties(faults, entries).get(VALIDATION)
    if node is None or is_null(node):
        return usual
    return faults.choice(node, _AT, of=f"`{VALIDATION}`") != "batch"


def _object(
    faults: Faults, node: Node, *, is_at_entry: bool, roles: frozenset[str]
) -> Terms | None:
    entries = faults.entries(node, of="an object", known=_OBJECT)
    name_node, place_node = node_of(entries, "name"), node_of(entries, "physicalName")
    if name_node is None or place_node is None:
        faults.add(
            node,
            "an object needs `name`, the record that it is (order), and `physicalName`, the feed "
            "that brings it (erp/orders)",
        )
        return None
    kind = BY_NAME.get(faults.choice(name_node, BY_NAME, of="`name` of an object"))
    place = faults.text(place_node, of="`physicalName`")
    source, slash, feed = place.partition("/")
    if not (source and slash and feed) or "/" in feed:
        faults.add(place_node, f"`physicalName` is {place!r}; expected source/feed, as erp/orders")
        return None
    if kind is None:
        return None
    at_entry = read_validation(faults, entries, is_at_entry)
    _refuse_rules(faults, entries)
    fields = _fields(faults, entries, kind, is_at_entry=at_entry, roles=roles)
    about = node_of(entries, "description")
    return Terms(
        feed=FeedTerms(
            record=kind.name,
            source=source,
            feed=feed,
            about="" if about is None else faults.text(about, of="`description`"),
            fields=tuple(field for field, _ in fields),
            services=(),
            line=node.start_mark.line + 1,
        ),
        nodes={field.name: found for field, found in fields},
        name_node=place_node,
    )


def _refuse_rules(faults: Faults, entries: Entries) -> None:
    """Library rules of a whole object: nothing here could hold them."""
    node = node_of(entries, "quality")
    if not isinstance(node, yaml.SequenceNode):
        return
    for item in node.value:
        held = faults.entries(item, of="a quality rule")
        kind = node_of(held, "type")
        if kind is None or str(kind.value) == "library":
            faults.add(item, "a library rule of a whole object is not held here; say it of a field")


def _fields(
    faults: Faults, entries: Entries, kind: RecordKind, *, is_at_entry: bool, roles: frozenset[str]
) -> list[tuple[FieldTerms, Node]]:
    node = node_of(entries, "properties")
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`properties` must be a list")
        return []
    found: list[tuple[FieldTerms, Node]] = []
    for item in node.value:
        read = _field(faults, item, kind, is_at_entry=is_at_entry, roles=roles)
        if read is None:
            continue
        if any(read[0].name == other.name for other, _ in found):
            faults.add(read[1], f"there are two properties named {read[0].name!r}")
        else:
            found.append(read)
    return found


def _field(
    faults: Faults, node: Node, kind: RecordKind, *, is_at_entry: bool, roles: frozenset[str]
) -> tuple[FieldTerms, Node] | None:
    entries = faults.entries(node, of="a property", known=_PROPERTY)
    name_node = node_of(entries, "name")
    if name_node is None:
        faults.add(node, "a property has no `name`")
        return None
    name = faults.text(name_node, of="`name`")
    at_entry = read_validation(faults, entries, is_at_entry)
    type_node = node_of(entries, "logicalType")
    logical = "" if type_node is None else faults.choice(type_node, OPTIONS, of="`logicalType`")
    logical = logical if logical in OPTIONS else ""
    reader = RuleReader(faults, at_entry, [])
    reader.read_flags(entries)
    reader.read_options(entries, logical)
    _quality(faults, reader, entries, at_entry)
    column, about = node_of(entries, "physicalName"), node_of(entries, "description")
    critical = node_of(entries, "criticalDataElement")
    spec = kind.field(name)
    return (
        FieldTerms(
            name=name,
            column="" if column is None else faults.text(column, of="`physicalName`"),
            about=faults.text(about, of="`description`")
            if about is not None
            else (spec.about if spec is not None else ""),
            logical_type=logical,
            classification=_class(faults, entries, name, kind),
            is_critical=critical is not None and faults.flag(critical, of="`criticalDataElement`"),
            may_change=_may_change(faults, entries, roles),
            is_at_entry=at_entry,
            rules=tuple(reader.found),
            line=node.start_mark.line + 1,
        ),
        name_node,
    )


def _quality(faults: Faults, reader: RuleReader, entries: Entries, usual: bool) -> None:
    node = node_of(entries, "quality")
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`quality` must be a list")
        return
    for item in node.value:
        held = faults.entries(item, of="a quality rule")
        reader.is_at_entry = read_validation(faults, held, usual)
        reader.read_quality(item)


def _class(faults: Faults, entries: Entries, name: str, kind: RecordKind) -> str:
    """`classification`; no less careful than the record's own field is treated."""
    spec = kind.field(name)
    own = spec.sensitivity.value if spec is not None else "internal"
    node = node_of(entries, "classification")
    if node is None:
        return own
    word = faults.choice(node, CLASSES, of="`classification`")
    if (
        word in CLASSES
        and spec is not None
        and spec.sensitivity.is_stored_apart
        and (CLASSES.index(word) < CLASSES.index(own))
    ):
        faults.add(
            node, f"`classification` is {word}, and {kind.name}.{name} is {own}; nothing less holds"
        )
    return word


def _may_change(faults: Faults, entries: Entries, roles: frozenset[str]) -> tuple[str, ...]:
    node = custom_properties(faults, entries).get(MAY_CHANGE)
    if node is None:
        return ()
    names = faults.texts(node, of=f"`{MAY_CHANGE}`")
    for name in names:
        if name not in roles:
            known = ", ".join(sorted(roles)) or "none"
            faults.add(
                node, f"`{MAY_CHANGE}` names {name!r}; roles of this contract that write: {known}"
            )
    return names
