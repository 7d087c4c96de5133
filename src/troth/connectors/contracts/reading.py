"""What does a contract file say, and what is wrong with it?

The file is an Open Data Contract Standard document, version 3. What it may say beyond the
standard stands in `customProperties`, the standard's own place for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from troth.connectors.contracts.errors import ContractError
from troth.connectors.contracts.schema import Terms, read_schema, read_validation
from troth.connectors.contracts.services import read_services, services_of
from troth.connectors.contracts.shapes import IN_FORCE, Access, Contract, Member, is_role
from troth.connectors.errors import MappingError
from troth.connectors.mapping.nodes import Faults, Node, node_of, read_yaml

_KEYS = (
    *("apiVersion", "kind", "id", "version", "status", "name", "tenant", "domain", "dataProduct"),
    *("description", "tags", "authoritativeDefinitions", "customProperties", "schema", "support"),
    *("price", "team", "roles", "servers", "slaProperties", "slaDefaultElement"),
    "contractCreatedTs",
)
_NEEDED = ("apiVersion", "kind", "id", "version", "status")
STANDARDS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0")
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
_DESCRIPTION = ("usage", "purpose", "limitations", "authoritativeDefinitions", "customProperties")
_MEMBER = (
    *("id", "username", "name", "description", "role", "dateIn", "dateOut"),
    *("replacedByUsername", "tags", "customProperties", "authoritativeDefinitions"),
)
_TEAM = (
    *("id", "name", "description", "members", "tags", "customProperties"),
    "authoritativeDefinitions",
)
_ROLE = (
    *("id", "role", "description", "access", "firstLevelApprovers", "secondLevelApprovers"),
    "customProperties",
)
Entries = Mapping[str, tuple[Node, Node]]


def read_contract(path: Path, *, shown: str | None = None) -> tuple[Contract, tuple[Terms, ...]]:
    """A contract, and its objects with the places of what they name.

    `shown` is the file's name in messages. Raises ContractError with every fault.
    """
    faults = Faults(shown or str(path))
    try:
        root = read_yaml(path, shown=faults.file, of="the contract")
    except MappingError as wrong:
        raise ContractError(wrong.faults) from wrong
    entries = faults.entries(root, of="a contract", known=_KEYS)
    texts = _fundamentals(faults, root, entries)
    roles = _roles(faults, node_of(entries, "roles"))
    team = _team(faults, node_of(entries, "team"))
    if texts["status"] in IN_FORCE:
        _check_team(faults, entries, root, team)
    writers = frozenset(item.role for item in roles if item.may_write)
    usual = read_validation(faults, entries, True)
    terms = read_schema(faults, node_of(entries, "schema"), is_at_entry=usual, roles=writers)
    services = read_services(faults, node_of(entries, "slaProperties"))
    held = services_of(faults, services, [item.feed.record for item in terms])
    for index, item in enumerate(terms):
        if any(_place(item) == _place(other) for other in terms[:index]):
            faults.add(item.name_node, f"there are two objects of {'/'.join(_place(item))}")
    if faults.found:
        raise ContractError(
            tuple(sorted(set(faults.found), key=lambda fault: (fault.line, fault.column)))
        )
    terms = tuple(
        replace(item, feed=replace(item.feed, services=held[item.feed.record])) for item in terms
    )
    contract = Contract(
        file=faults.file,
        id=texts["id"],
        name=texts["name"] or texts["id"],
        version=texts["version"],
        status=texts["status"],
        standard=texts["apiVersion"],
        purpose=_purpose(faults, node_of(entries, "description")),
        team=team,
        roles=roles,
        feeds=tuple(item.feed for item in terms),
    )
    return contract, terms


def _place(terms: Terms) -> tuple[str, str]:
    return terms.feed.source, terms.feed.feed


def _fundamentals(faults: Faults, root: Node, entries: Entries) -> dict[str, str]:
    texts = {}
    for name in (*_NEEDED, "name"):
        node = node_of(entries, name)
        if node is None and name in _NEEDED:
            faults.add(root, f"the contract has no `{name}`")
        texts[name] = "" if node is None else faults.text(node, of=f"`{name}`")
    for name, known in (
        ("apiVersion", STANDARDS),
        ("kind", ("DataContract",)),
        ("status", STATUSES),
    ):
        node = node_of(entries, name)
        if node is not None:
            faults.choice(node, known, of=f"`{name}`")
    return texts


def _purpose(faults: Faults, node: Node | None) -> str:
    if node is None:
        return ""
    entries = faults.entries(node, of="`description`", known=_DESCRIPTION)
    found = node_of(entries, "purpose")
    return "" if found is None else faults.text(found, of="`purpose`")


def _team(faults: Faults, node: Node | None) -> tuple[Member, ...]:
    """The team as version 3.1 writes it, or as a plain list of members."""
    if isinstance(node, yaml.MappingNode):
        node = node_of(faults.entries(node, of="`team`", known=_TEAM), "members")
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`team` must hold a list of members")
        return ()
    found = []
    for item in node.value:
        entries = faults.entries(item, of="a team member", known=_MEMBER)
        texts = {
            name: "" if (held := node_of(entries, name)) is None else faults.text(held, of=name)
            for name in ("username", "name", "role", "dateOut")
        }
        if not texts["username"]:
            faults.add(item, "a team member has no `username`")
        if not texts.pop("dateOut"):  # who left answers for nothing
            found.append(Member(**texts))
    return tuple(found)


def _check_team(faults: Faults, entries: Entries, root: Node, team: tuple[Member, ...]) -> None:
    node = node_of(entries, "team") or root
    for word, does in (("owner", "is accountable"), ("steward", "operates it")):
        if not any(is_role(item.role, word) for item in team):
            faults.add(
                node, f"a contract in force names who {does}: a team member with `role: {word}`"
            )


def _roles(faults: Faults, node: Node | None) -> tuple[Access, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`roles` must be a list")
        return ()
    found = []
    for item in node.value:
        entries = faults.entries(item, of="a role", known=_ROLE)
        texts = {
            name: "" if (held := node_of(entries, name)) is None else faults.text(held, of=name)
            for name in ("role", "access", "firstLevelApprovers", "secondLevelApprovers")
        }
        if not texts["role"]:
            faults.add(item, "a role has no `role`, its name")
        approvers = (texts["firstLevelApprovers"], texts["secondLevelApprovers"])
        found.append(
            Access(
                role=texts["role"],
                access=texts["access"],
                approvers=tuple(name for name in approvers if name),
            )
        )
    return tuple(found)
